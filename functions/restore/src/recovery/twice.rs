//! What two restores of a plan must not have in common.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::expand::Draft;
use super::{Faults, RecoveryPlan};

/// Tells of ids that two restores have: those that the plan gives, whatever else is wrong with
/// their restores, and those that follow from what is restored.
pub(super) fn used(plan: &RecoveryPlan, drafts: &[Draft], faults: &mut Faults) {
    let named =
        plan.places().filter_map(|(path, _, restore)| Some((restore.restore_id.as_ref()?, path)));
    let derived = drafts.iter().filter(|draft| !draft.named);
    let derived =
        derived.filter_map(|draft| Some((draft.request.restore_id.as_ref()?, draft.path.clone())));
    let mut places = BTreeMap::new();
    for (id, path) in named.chain(derived) {
        match places.entry(id) {
            Entry::Vacant(place) => drop(place.insert(path)),
            Entry::Occupied(earlier) => faults.at(
                format!("{path}.restoreId"),
                format!("`{id}` is also the id of {}", earlier.get()),
            ),
        }
    }
}

/// Tells of DB instances that two restores would make: an identifier is one in an account and
/// Region, in whichever case it is written (RDS/Overview.DBInstance).
pub(super) fn made(drafts: &[Draft], faults: &mut Faults) {
    let mut places = BTreeMap::new();
    for Draft { path, request, .. } in drafts {
        let Some(target) = &request.target.rds else { continue };
        let place = (&request.target.account_id, &request.target.region, target.identifier());
        match places.entry(place) {
            Entry::Vacant(place) => drop(place.insert(path)),
            Entry::Occupied(earlier) => faults.at(
                format!("{path}.target.rds.dbInstanceIdentifier"),
                format!(
                    "`{}` is also made by {}, in the same account and Region",
                    target.db_instance_identifier,
                    earlier.get()
                ),
            ),
        }
    }
}
