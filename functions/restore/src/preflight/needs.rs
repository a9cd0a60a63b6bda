//! Which role needs which permission, from the path alone.

mod calls;
mod keys;

use super::Need;
use crate::facts::Facts;
use crate::plan::path::Path;
use crate::request::Request;

/// Everything that the restore's roles will have to be allowed, each thing once, in the order of
/// the path.
#[must_use]
pub fn needs(request: &Request, facts: &Facts) -> Vec<Need> {
    let hops =
        if facts.is_past_snapshots() { Vec::new() } else { Path::of(request, facts).hops().0 };
    let mut needs: Vec<Need> = Vec::new();
    let all = keys::of(request, facts, &hops).into_iter().chain(calls::of(request, facts, &hops));
    for need in all {
        match needs.iter_mut().find(|known| known.is_same(&need)) {
            Some(known) => {
                let more = need.needed_for.into_iter();
                let more = more.filter(|step| !known.needed_for.contains(step)).collect::<Vec<_>>();
                known.needed_for.extend(more);
            }
            None => needs.push(need),
        }
    }
    needs
}

#[cfg(test)]
mod tests;
