//! What else is copied where this restore copies EBS snapshots.

use aws_sdk_ec2::types::{Filter, Snapshot};
use futures_util::future::join_all;
use restore::RestoreId;
use restore::facts::Facts;
use restore::plan::{CopiesUnderWay, copying};
use restore::request::Request;
use restore::tag;
use step::{CallContext as _, StepError};

use super::DESCRIBE_SNAPSHOTS;
use crate::accounts::{Accounts, Clients};
use crate::obstacles::Obstacles;

/// Notes for each place that receives copies of this restore how many of others are under way to it.
///
/// One call a place, and its one answer, however many snapshots there are: EC2 picks those that are
/// pending, and of them the copies, which alone have a type of transfer (BC:ec2.Snapshot.TransferType).
///
/// # Errors
///
/// Only what trying again may mend. A role that may not ask is an obstacle: by the same call the step
/// that copies looks for what it has made.
pub(crate) async fn look(
    accounts: &Accounts,
    obstacles: &mut Obstacles,
    request: &Request,
    restore_id: &RestoreId,
    facts: &mut Facts,
) -> Result<(), StepError> {
    let places = copying(request, facts);
    let there = places.iter().filter_map(|session| accounts.of(session));
    let looks = there.map(async |clients| (clients, of_others(clients, restore_id).await));
    for (clients, others) in join_all(looks).await {
        if let Some(others) = obstacles.note(others)? {
            let session = clients.session.clone();
            facts.copies_under_way.push(CopiesUnderWay { session, others });
        }
    }
    Ok(())
}

async fn of_others(clients: &Clients, restore_id: &RestoreId) -> Result<usize, StepError> {
    let one_of = |name: &str, values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Filter::builder().name(name).set_values(Some(values)).build()
    };
    let found = clients
        .ec2
        .describe_snapshots()
        .owner_ids("self")
        .filters(one_of("status", &["pending"]))
        .filters(one_of("transfer-type", &["standard", "time-based"]))
        .send()
        .await
        .during(DESCRIBE_SNAPSHOTS)
        .map_err(|error| error.by(&clients.session, "the copies that are under way"))?;
    Ok(found.snapshots().iter().filter(|copy| !is_of(copy, restore_id)).count())
}

/// Whether an earlier run of the restore has begun the copy.
fn is_of(copy: &Snapshot, restore_id: &RestoreId) -> bool {
    let is_id = |key: Option<&str>, value: Option<&str>| {
        key == Some(tag::ID) && value == Some(restore_id.as_str())
    };
    copy.tags().iter().any(|tag| is_id(tag.key(), tag.value()))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::error::ErrorMetadata;
    use aws_sdk_ec2::operation::describe_snapshots::{
        DescribeSnapshotsError, DescribeSnapshotsOutput,
    };
    use aws_sdk_ec2::types::Tag;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use restore::preflight::{Proof, Row};

    use super::*;
    use crate::accounts::tests::clients;

    /// What is found of the example from one Region to another, where EC2 answers `rule`.
    async fn looked_at(rule: &Rule) -> (Vec<CopiesUnderWay>, Vec<Row>) {
        let example = include_str!("../../../../statemachine/examples/ec2-cross-region.json");
        let request = Request::read(&serde_json::from_str(example).unwrap()).unwrap();
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [rule]);
        let target = Clients { ec2, session: request.target_session(), ..clients() };
        let accounts = Accounts { target: Some(target), ..Accounts::default() };
        let mut facts = Facts {
            snapshots: vec![],
            target_key: None,
            staging_key: None,
            intermediate_key: None,
            target: None,
            copies_under_way: vec![],
            not_restored: vec![],
            obstacles: vec![],
            preflight: vec![],
        };
        let restore_id = RestoreId::try_from("orders").unwrap();
        let mut obstacles = Obstacles::default();
        look(&accounts, &mut obstacles, &request, &restore_id, &mut facts).await.unwrap();
        (facts.copies_under_way, obstacles.into_parts().1)
    }

    fn copy_of(restore: Option<&str>) -> Snapshot {
        let tags = restore.map(|id| vec![Tag::builder().key(tag::ID).value(id).build()]);
        Snapshot::builder().snapshot_id("snap-1").set_tags(tags).build()
    }

    #[tokio::test]
    async fn the_copies_of_others_are_counted_by_one_call_where_this_restore_makes_its_own() {
        let pending = mock!(Client::describe_snapshots)
            .match_requests(|asked| {
                let asked = asked.filters().iter().map(|it| (it.name(), it.values()));
                let status = [String::from("pending")];
                let kinds = ["standard", "time-based"].map(String::from);
                asked.eq([(Some("status"), &status[..]), (Some("transfer-type"), &kinds[..])])
            })
            .then_output(|| {
                DescribeSnapshotsOutput::builder()
                    .snapshots(copy_of(None))
                    .snapshots(copy_of(Some("orders")))
                    .snapshots(copy_of(Some("another")))
                    .next_token("there is more")
                    .build()
            });

        let (found, rows) = looked_at(&pending).await;

        let [CopiesUnderWay { session, others: 2 }] = &found[..] else { panic!("{found:?}") };
        assert_eq!(session.region.as_str(), "eu-central-1");
        assert_eq!((pending.num_calls(), rows), (1, vec![]));
    }

    #[tokio::test]
    async fn a_role_that_may_not_look_is_given_the_statement_that_its_copies_need_too() {
        let denied = mock!(Client::describe_snapshots).then_error(|| {
            let error = ErrorMetadata::builder().code("UnauthorizedOperation").build();
            DescribeSnapshotsError::generic(error)
        });

        let (found, rows) = looked_at(&denied).await;

        assert_eq!(found, []);
        let [Row { action, proof: Proof::Denied { .. }, .. }] = &rows[..] else {
            panic!("{rows:?}")
        };
        assert_eq!(action, DESCRIBE_SNAPSHOTS);
    }
}
