//! How a restore leaves the permissions that it uses.

use permission::{Permission, Snapshot};
use restore::share::{Departed, Use, Uses};
use restore::{AccountId, RestoreId, Service, tag};
use step::StepError;

use crate::found::{Found, Kind};
use crate::place::Place;

/// The permissions of which a snapshot's tags say that `restore_id` uses them, one for each
/// account: an earlier run under the same id may have restored into another one.
pub(crate) fn of_tags(
    service: Service,
    restore_id: &RestoreId,
    tags: &[(&str, &str)],
) -> Vec<Kind> {
    let accounts = tags.iter().filter_map(|(key, _)| {
        let (account, user) = tag::share_of(key)?;
        (user == *restore_id).then_some(account)
    });
    accounts
        .filter_map(|account| {
            let uses = Uses::of(&account, restore_id, tags.iter().copied());
            let (own, others) = (uses.own?, uses.relying());
            Some(Kind::Share { service, account, own, others })
        })
        .collect()
}

/// Leaves the permission of `account`, of which this restore's tag said `own`.
pub(crate) async fn depart(
    place: &Place,
    found: &Found,
    account: &AccountId,
    own: Use,
    restore_id: &RestoreId,
) -> Result<Departed, StepError> {
    let snapshot = match found.kind {
        Kind::Share { service: Service::Rds, .. } => Snapshot::Db(&place.rds, &found.arn),
        _ => Snapshot::Ebs(&place.ec2, &found.id),
    };
    Permission { snapshot, account, restore_id }.depart(own).await
}

/// Restores by their names.
pub(crate) fn names(restores: &[RestoreId]) -> String {
    restores.iter().map(RestoreId::as_str).collect::<Vec<_>>().join(", ")
}
