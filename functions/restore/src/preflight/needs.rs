//! Which role needs which permission, from the path alone.

mod calls;
mod grants;
mod keys;

use super::Need;
use crate::facts::Facts;
use crate::plan;
use crate::plan::path::Path;
use crate::request::Request;
use crate::{KeyArn, RestoreId};

/// Everything that the restore's roles will have to be allowed, each thing once, in the order of
/// the path.
#[must_use]
pub fn needs(request: &Request, restore_id: &RestoreId, facts: &Facts) -> Vec<Need> {
    let (hops, grants) = if facts.is_past_snapshots() {
        (Vec::new(), Vec::new())
    } else {
        (Path::of(request, facts).hops().0, plan::grants_of(request, restore_id, facts))
    };
    let mut needs: Vec<Need> = Vec::new();
    let all = keys::of(request, facts, &hops)
        .into_iter()
        .map(|need| need.given_by(&grants))
        .chain(grants::of(request, &grants))
        .chain(calls::of(request, facts, &hops))
        .filter(|need| !may_come_to_nothing(need, request, facts));
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

/// Whether it is known only once the source role may look at the key: what is under the account's
/// default key is staged, and of that key nobody needs more than a look.
fn may_come_to_nothing(need: &Need, request: &Request, facts: &Facts) -> bool {
    let is_staged_if_default =
        request.flow().crosses_accounts() && request.source.staging_kms_key_id.is_some();
    let is_look = need.action == "kms:DescribeKey"
        && need.session.role_arn == request.source_session().role_arn;
    let mut unseen = facts.snapshots.iter().filter_map(|one| one.key.as_ref());
    is_staged_if_default
        && !is_look
        && unseen.any(|key| key.unseen && key.arn.as_str() == need.resource)
}

/// The KMS actions that the restore role needs on `key` for what comes after the share.
pub(crate) fn of_restore_role_on(
    key: &KeyArn,
    request: &Request,
    facts: &Facts,
) -> Vec<&'static str> {
    let hops = Path::of(request, facts).hops().0;
    let mut actions = Vec::new();
    for need in keys::of(request, facts, &hops) {
        let is_of_it =
            need.session.role_arn == request.target.role_arn && need.resource == key.as_str();
        if is_of_it && !actions.contains(&need.action) {
            actions.push(need.action);
        }
    }
    actions
}

#[cfg(test)]
mod tests;
