//! Whom the source's snapshots are shared with already.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{CreateVolumePermission, PermissionGroup, SnapshotAttributeName};
use futures_util::future::try_join_all;
use restore::AccountId;
use restore::facts::SnapshotFacts;
use restore::plan::Sharing;
use step::{CallContext as _, StepError};

use crate::accounts::Clients;
use crate::obstacles::Obstacles;

const READ: &str = "ec2:DescribeSnapshotAttribute";

/// Notes of each snapshot whom it is shared with, and whether `target` is one of them. EC2 knows no
/// limit to the number of accounts.
///
/// # Errors
///
/// Only what trying again may mend: a read that the role may not make is noted as such, and then
/// nothing is known of any.
pub(crate) async fn look(
    source: &Clients,
    obstacles: &mut Obstacles,
    snapshots: &mut [SnapshotFacts],
    target: &AccountId,
) -> Result<(), StepError> {
    // One snapshot can become several volumes.
    let ids: BTreeSet<String> = snapshots.iter().map(|snapshot| snapshot.id.clone()).collect();
    let looks = try_join_all(ids.iter().map(async |id| shared_with(source, id, target).await));
    let Some(all) = obstacles.ask(source, READ, looks.await)? else { return Ok(()) };
    for (id, sharing) in ids.iter().zip(all) {
        for snapshot in snapshots.iter_mut().filter(|snapshot| snapshot.id == *id) {
            snapshot.shared_with = Some(sharing);
        }
    }
    Ok(())
}

async fn shared_with(source: &Clients, id: &str, target: &AccountId) -> Result<Sharing, StepError> {
    let described = source
        .ec2
        .describe_snapshot_attribute()
        .snapshot_id(id)
        .attribute(SnapshotAttributeName::CreateVolumePermission)
        .send()
        .await
        .during(READ)
        .map_err(|error| error.by(&source.session, id))?;
    let allowed = described.create_volume_permissions().iter().filter_map(named);
    Ok(Sharing::with(allowed, target))
}

/// The account, or everybody: a permission is of one of them.
fn named(permission: &CreateVolumePermission) -> Option<&str> {
    permission.user_id().or_else(|| permission.group().map(PermissionGroup::as_str))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::error::ErrorMetadata;
    use aws_sdk_ec2::operation::describe_snapshot_attribute::{
        DescribeSnapshotAttributeError, DescribeSnapshotAttributeOutput,
    };
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use restore::availability::Availability;
    use restore::preflight::{Proof, Row};

    use super::*;
    use crate::accounts::tests::clients;

    fn snapshot(id: &str) -> SnapshotFacts {
        SnapshotFacts {
            path: "source.ec2.instanceId".to_owned(),
            id: id.to_owned(),
            availability: Availability::Ready,
            key: None,
            unusable: None,
            unshareable: None,
            shared_with: None,
            size_gib: 8,
            taken_at: None,
            archived_again: None,
            option_group: None,
            lasting_options: Vec::new(),
        }
    }

    /// What is known of `snapshots` where EC2 answers `rule`, and what could not be looked at.
    async fn looked_at(rule: &Rule, ids: &[&str]) -> (Vec<Option<Sharing>>, Vec<Row>) {
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [rule]);
        let source = Clients { ec2, ..clients() };
        let mut snapshots: Vec<SnapshotFacts> = ids.iter().map(|id| snapshot(id)).collect();
        let (mut obstacles, target) = (Obstacles::default(), "444455556666".try_into().unwrap());
        look(&source, &mut obstacles, &mut snapshots, &target).await.unwrap();
        let (found, rows) = obstacles.into_parts();
        assert_eq!(found, []);
        (snapshots.into_iter().map(|snapshot| snapshot.shared_with).collect(), rows)
    }

    #[tokio::test]
    async fn each_snapshot_is_asked_for_once_and_tells_whom_it_is_shared_with() {
        let shared = mock!(Client::describe_snapshot_attribute)
            .match_requests(|asked| {
                asked.attribute() == Some(&SnapshotAttributeName::CreateVolumePermission)
            })
            .then_output(|| {
                let permission = CreateVolumePermission::builder;
                DescribeSnapshotAttributeOutput::builder()
                    .create_volume_permissions(permission().user_id("444455556666").build())
                    .create_volume_permissions(permission().user_id("999988887777").build())
                    .create_volume_permissions(permission().group(PermissionGroup::All).build())
                    .build()
            });

        let (told, rows) = looked_at(&shared, &["snap-a", "snap-b", "snap-a"]).await;

        let expected = Some(Sharing { accounts: 2, target: true, everybody: true });
        assert_eq!(told, [expected, expected, expected]);
        assert_eq!((shared.num_calls(), rows), (2, vec![]));
    }

    #[tokio::test]
    async fn where_nobody_may_ask_it_is_said_once_and_stands_in_nobodys_way() {
        let denied = mock!(Client::describe_snapshot_attribute).then_error(|| {
            let error = ErrorMetadata::builder().code("UnauthorizedOperation").build();
            DescribeSnapshotAttributeError::generic(error)
        });

        let (told, rows) = looked_at(&denied, &["snap-a", "snap-b"]).await;

        assert_eq!(told, [None, None]);
        let [Row { action, proof: Proof::CannotBeProven { .. }, .. }] = &rows[..] else {
            panic!("{rows:?}")
        };
        assert_eq!(action, READ);
    }
}
