//! Whether the target's quotas leave room for what the restore makes.
//!
//! RDS tells of its quotas and of what is used (BC:rds.DescribeAccountAttributes); EC2 tells of none
//! that a restore meets.

use std::collections::BTreeMap;

use aws_sdk_rds::types::AccountQuota;
use restore::plan::{DbQuota, Obstacle, ObstacleKind, Room, Scarce};
use restore::request::RdsTarget;
use restore::tag::Made;
use restore::{Flow, RestoreId, name};
use step::{CallContext as _, StepError};

use crate::accounts::{Accounts, Clients};
use crate::obstacles::Obstacles;

const ATTRIBUTES: &str = "rds:DescribeAccountAttributes";
const SNAPSHOTS: &str = "rds:DescribeDBSnapshots";

/// Notes each quota that is too small for the DB instance, of `gib`, and the copies that `flow`
/// makes on the way to it; what the DB instance takes of quotas, as long as it is there.
///
/// # Errors
///
/// Only what trying again may mend: a read that the role may not make is noted as such.
pub(super) async fn check(
    accounts: &Accounts,
    obstacles: &mut Obstacles,
    flow: Flow,
    restore_id: &RestoreId,
    asked: &RdsTarget,
    gib: i32,
) -> Result<Vec<Room>, StepError> {
    let mut room = Vec::new();
    let Some(target) = &accounts.target else { return Ok(room) };
    if let Some(quotas) = read(target, obstacles).await? {
        let gib = asked.allocated_storage.unwrap_or(gib);
        for (quota, more) in [(DbQuota::Instances, 1), (DbQuota::Storage, gib)] {
            obstacles.extend(quotas.without_room(target, quota.name(), quota.counts(), more));
            room.extend(quotas.room(target, quota, more));
        }
        if let Some(made) = last_copy(flow) {
            let full = quotas.without_room(target, MANUAL, "manual DB snapshots", 1);
            note_unless_made(target, obstacles, full, &name::db_snapshot(restore_id, made)).await?;
        }
    }
    if let (Flow::RdsCrossAccountCrossRegion, Some(first)) = (flow, &accounts.restore_at_source)
        && let Some(quotas) = read(first, obstacles).await?
    {
        let full = quotas.without_room(first, MANUAL, "manual DB snapshots", 1);
        let copy = name::db_snapshot(restore_id, Made::CopyInTargetAccount);
        note_unless_made(first, obstacles, full, &copy).await?;
    }
    Ok(room)
}

const MANUAL: &str = "ManualSnapshots";

/// The copy that a flow always makes in the target Region; within one location it depends on the
/// keys.
const fn last_copy(flow: Flow) -> Option<Made> {
    match flow {
        Flow::RdsCrossRegion => Some(Made::Copy),
        Flow::RdsCrossAccount | Flow::RdsCrossAccountCrossRegion => Some(Made::ReencryptedCopy),
        _ => None,
    }
}

/// A copy that an earlier run has made needs no more room.
async fn note_unless_made(
    clients: &Clients,
    obstacles: &mut Obstacles,
    full: Option<Obstacle>,
    copy: &str,
) -> Result<(), StepError> {
    let Some(full) = full else { return Ok(()) };
    let described = clients.rds.describe_db_snapshots().db_snapshot_identifier(copy).send().await;
    let made = match described.during(SNAPSHOTS) {
        Ok(described) => !described.db_snapshots().is_empty(),
        Err(error) if error.code() == Some("DBSnapshotNotFound") => false,
        Err(error) => return Err(error.by(&clients.session, copy)),
    };
    obstacles.extend((!made).then_some(full));
    Ok(())
}

async fn read(clients: &Clients, obstacles: &mut Obstacles) -> Result<Option<Quotas>, StepError> {
    let described = clients.rds.describe_account_attributes().send().await.during(ATTRIBUTES);
    let described = obstacles.ask(clients, ATTRIBUTES, described)?;
    Ok(described.map(|it| Quotas::of(it.account_quotas())))
}

/// What is used of each quota, and what there may be.
#[derive(Debug)]
struct Quotas(BTreeMap<String, (i64, i64)>);

impl Quotas {
    fn of(quotas: &[AccountQuota]) -> Self {
        let read = |quota: &AccountQuota| {
            Some((quota.account_quota_name()?.to_owned(), (quota.used()?, quota.max()?)))
        };
        Self(quotas.iter().filter_map(read).collect())
    }

    /// The room that so many `more` take of a quota; nothing where it is not known how many.
    fn room(&self, clients: &Clients, quota: DbQuota, more: i32) -> Option<Room> {
        let (used, most) = *self.0.get(quota.name())?;
        let needed = u64::try_from(more).ok().filter(|needed| *needed > 0)?;
        Some(Room {
            account_id: clients.session.account_id.clone(),
            region: clients.session.region.clone(),
            of: Scarce::Quota(quota),
            needed,
            free: u64::try_from(most.saturating_sub(used)).unwrap_or_default(),
        })
    }

    /// That the quota `named` has no room for so many `more`.
    fn without_room(
        &self,
        clients: &Clients,
        named: &str,
        what: &str,
        more: i32,
    ) -> Option<Obstacle> {
        let (used, most) = *self.0.get(named)?;
        if used + i64::from(more) <= most {
            return None;
        }
        let session = &clients.session;
        let message = format!(
            "account {} has {used} of at most {most} {what} in Region {} (quota {named}), and the restore needs {more} more: \
             remove some or ask AWS for a higher quota",
            session.account_id, session.region
        );
        Some(Obstacle::new(ObstacleKind::LimitReached, message))
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::Client;
    use aws_sdk_rds::error::ErrorMetadata;
    use aws_sdk_rds::operation::describe_account_attributes::{
        DescribeAccountAttributesError, DescribeAccountAttributesOutput,
    };
    use aws_sdk_rds::operation::describe_db_snapshots::{
        DescribeDBSnapshotsError, DescribeDbSnapshotsOutput,
    };
    use aws_sdk_rds::types::DbSnapshot;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

    use super::*;
    use crate::accounts::tests::clients;

    fn quotas<const N: usize>(all: [(&'static str, i64, i64); N]) -> Rule {
        mock!(Client::describe_account_attributes).then_output(move || {
            let quotas = all.iter().map(|(name, used, max)| {
                AccountQuota::builder().account_quota_name(*name).used(*used).max(*max).build()
            });
            DescribeAccountAttributesOutput::builder()
                .set_account_quotas(Some(quotas.collect()))
                .build()
        })
    }

    fn copies(made: bool) -> Rule {
        let asked = mock!(Client::describe_db_snapshots).match_requests(|asked| {
            asked.db_snapshot_identifier() == Some("orders-reencrypt-copy")
        });
        if made {
            asked.then_output(|| {
                let copy = DbSnapshot::builder().status("available").build();
                DescribeDbSnapshotsOutput::builder().db_snapshots(copy).build()
            })
        } else {
            asked.then_error(|| {
                let error = ErrorMetadata::builder().code("DBSnapshotNotFound").build();
                DescribeDBSnapshotsError::generic(error)
            })
        }
    }

    async fn checked(rules: &[&Rule]) -> (Vec<Obstacle>, Vec<Room>) {
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules.iter().copied());
        let accounts =
            Accounts { target: Some(Clients { rds, ..clients() }), ..Accounts::default() };
        let mut obstacles = Obstacles::default();
        let restore_id = RestoreId::try_from("orders").unwrap();
        let asked = serde_json::json!({ "dbInstanceIdentifier": "orders" });
        let asked = serde_json::from_value(asked).unwrap();
        let flow = Flow::RdsCrossAccount;
        let room = check(&accounts, &mut obstacles, flow, &restore_id, &asked, 100).await.unwrap();
        (obstacles.into_parts().0, room)
    }

    #[tokio::test]
    async fn every_quota_without_room_is_told_with_its_figures() {
        let full =
            quotas([("DBInstances", 40, 40), ("AllocatedStorage", 950, 1000), (MANUAL, 100, 100)]);

        let (found, _) = checked(&[&full, &copies(false)]).await;

        assert!(found.iter().all(|it| it.kind == ObstacleKind::LimitReached), "{found:?}");
        let told: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[1].contains("950 of at most 1000 GiB of storage"), "{told:?}");
    }

    #[tokio::test]
    async fn a_copy_that_is_made_needs_no_more_room() {
        let full =
            quotas([("DBInstances", 39, 40), ("AllocatedStorage", 900, 1000), (MANUAL, 100, 100)]);

        assert_eq!(checked(&[&full, &copies(true)]).await.0, []);
    }

    #[tokio::test]
    async fn what_a_db_instance_takes_is_told_with_what_there_is_and_its_copies_are_not() {
        let roomy =
            quotas([("DBInstances", 38, 40), ("AllocatedStorage", 800, 1000), (MANUAL, 0, 100)]);

        let (found, room) = checked(&[&roomy]).await;

        assert_eq!(found, []);
        let of = |quota, needed, free| Room {
            account_id: "111122223333".try_into().unwrap(),
            region: "eu-west-1".try_into().unwrap(),
            of: Scarce::Quota(quota),
            needed,
            free,
        };
        assert_eq!(room, [of(DbQuota::Instances, 1, 2), of(DbQuota::Storage, 100, 200)]);
    }

    #[tokio::test]
    async fn of_what_cannot_be_read_nothing_is_told() {
        let denied = mock!(Client::describe_account_attributes).then_error(|| {
            let error = ErrorMetadata::builder().code("AccessDenied").build();
            DescribeAccountAttributesError::generic(error)
        });
        let half = quotas([("DBInstances", 41, 40)]);

        assert_eq!(checked(&[&denied]).await.1, []);
        let told: Vec<Scarce> = checked(&[&half]).await.1.into_iter().map(|it| it.of).collect();
        assert_eq!(told, [Scarce::Quota(DbQuota::Instances)]);
    }
}
