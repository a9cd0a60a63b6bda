//! Which layers a restore lies over.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::{Layer, Stack};
use super::{Faults, RecoveryPlan};
use crate::id::Label;

/// The defaults and profiles of a plan, without those at fault.
pub(super) struct Profiles<'a> {
    defaults: Option<Layer<'a>>,
    /// Each with what it extends, itself last; none where anything is wrong with them.
    chains: BTreeMap<&'a Label, Option<Vec<Link<'a>>>>,
}

/// One profile of a chain.
type Link<'a> = (&'a Label, Layer<'a>);

impl<'a> Profiles<'a> {
    /// Looks through the profiles of `plan`, and tells what is wrong with each where it is written:
    /// the restores that lie over it would only repeat it.
    pub(super) fn of(plan: &'a RecoveryPlan, faults: &mut Faults) -> Self {
        let defaults = sound("defaults", plan.defaults.layer(), faults);
        let mut layers = BTreeMap::new();
        for (name, profile) in &plan.profiles {
            layers.insert(name, sound(&format!("profiles.{name}"), profile.layer(), faults));
            if let Some(base) = &profile.extends
                && !plan.profiles.contains_key(base)
            {
                faults.at(format!("profiles.{name}.extends"), unknown(plan, base));
            }
        }
        circles(plan, faults);
        let chain = |name: &'a Label| {
            let mut chain = Vec::new();
            for name in ancestry(plan, name)? {
                chain.push((name, layers.get(name).copied().flatten()?));
            }
            chain.reverse();
            Some(chain)
        };
        let chains = plan.profiles.keys().map(|name| (name, chain(name))).collect();
        Self { defaults, chains }
    }

    /// What a restore lies over: the defaults, its wave's profile and its own, each profile over
    /// what it extends. Nothing where one of them is at fault.
    ///
    /// What both profiles extend is laid once, beneath the wave's: else what the wave's profile
    /// changes of it would be undone by the restore's.
    pub(super) fn beneath(&self, wave: Option<&Label>, own: Option<&Label>) -> Option<Stack> {
        let mut links: Vec<&Link<'a>> = Vec::new();
        for name in [wave, own].into_iter().flatten() {
            for link in self.chains.get(name)?.as_ref()? {
                if link.0 == name || !links.iter().any(|laid| laid.0 == link.0) {
                    links.push(link);
                }
            }
        }
        Some(links.into_iter().fold(Stack::on(self.defaults?), |stack, link| stack.with(link.1)))
    }
}

/// The words for a profile that is named and not there.
pub(super) fn unknown(plan: &RecoveryPlan, name: &Label) -> String {
    if plan.profiles.is_empty() {
        return format!("there is no profile `{name}`; the plan has none");
    }
    let names: Vec<String> = plan.profiles.keys().map(|name| format!("`{name}`")).collect();
    format!("there is no profile `{name}` but {}", names.join(", "))
}

fn sound<'a>(place: &str, layer: Layer<'a>, faults: &mut Faults) -> Option<Layer<'a>> {
    match layer.misfit() {
        None => Some(layer),
        Some(fault) => {
            faults.within(place, fault);
            None
        }
    }
}

/// The profile `name` and all that it extends, itself first; nothing where that has no end.
fn ancestry<'a>(plan: &'a RecoveryPlan, name: &'a Label) -> Option<Vec<&'a Label>> {
    let mut names = vec![name];
    while let Some(base) = base(plan, names.last()?) {
        if names.contains(&base) || !plan.profiles.contains_key(base) {
            return None;
        }
        names.push(base);
    }
    Some(names)
}

fn base<'a>(plan: &'a RecoveryPlan, name: &Label) -> Option<&'a Label> {
    plan.profiles.get(name)?.extends.as_ref()
}

/// Tells each circle of profiles once, at the first of it in the order of names.
fn circles(plan: &RecoveryPlan, faults: &mut Faults) {
    let mut told: BTreeSet<&Label> = BTreeSet::new();
    for start in plan.profiles.keys() {
        let mut names = vec![start];
        while let Some(next) = names.last().and_then(|name| base(plan, name)) {
            if next == start {
                if !told.contains(start) {
                    let circle: Vec<&str> =
                        names.iter().chain([&start]).map(|name| name.as_str()).collect();
                    let problem = format!("goes in a circle: {}", circle.join(" → "));
                    faults.at(format!("profiles.{start}.extends"), problem);
                    told.extend(&names);
                }
                break;
            }
            if names.contains(&next) {
                break;
            }
            names.push(next);
        }
    }
}
