//! EBS snapshots: shared ones, until they are seen; copies, until they are completed.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Snapshot, SnapshotState};
use restore::AccountId;
use restore::availability::Availability;
use step::{CallContext as _, StepError, keys};

use crate::look::{Look, Seen};

/// The most ids that one call takes (EC2API/ec2-api-pagination).
const IDS_PER_CALL: usize = 1000;

/// How long a share may take to be seen. It is verified when it is given, so that one which is
/// not seen after this has been withdrawn. The state machine has given it once more meanwhile.
pub(crate) const SHARE_SEEN_SECONDS: u32 = 900;

/// Why a share that was given is not there: `call` is the one that takes it, in the source account.
pub(crate) fn withdrawn(account: &AccountId, call: &str) -> String {
    format!(
        "account {account} does not see it, though it was shared: the share has been withdrawn. \
         CloudTrail in the account of the snapshot tells by whom ({call})"
    )
}

/// Looks at snapshots that another account has shared.
pub(crate) async fn shared(
    ec2: &Client,
    look: Look<'_>,
    ids: &[String],
) -> Result<Vec<Seen>, StepError> {
    let found = describe(ec2, look, ids).await?;
    let account = &look.session.account_id;
    Ok(each(ids, &found, "shared snapshot", |what, snapshot| match snapshot {
        Some(snapshot) => of_snapshot(what, snapshot),
        None => Seen::absent(what, look.elapsed_seconds >= SHARE_SEEN_SECONDS, || {
            withdrawn(account, "ModifySnapshotAttribute")
        }),
    }))
}

/// Looks at copies that this restore has started.
pub(crate) async fn copies(
    ec2: &Client,
    look: Look<'_>,
    ids: &[String],
) -> Result<Vec<Seen>, StepError> {
    let found = describe(ec2, look, ids).await?;
    Ok(each(ids, &found, "copy", |what, snapshot| match snapshot {
        Some(snapshot) => of_snapshot(what, snapshot)
            .hinting(|reason| keys::of_copy(look.session, look.keys, reason)),
        None => Seen::absent(what, look.is_settled(), || "it has been deleted".to_owned()),
    }))
}

/// What there is of `ids`.
///
/// By id rather than by filter: an account can have 100,000 snapshots (EBS/ebs-resource-quotas),
/// which a filter pages through. Of an id that is not there, AWS says so or nothing at all
/// (BC:ec2.DescribeSnapshots); the error leaves out those that are, which the next look finds
/// again, and matters only until AWS is settled.
async fn describe(
    ec2: &Client,
    look: Look<'_>,
    ids: &[String],
) -> Result<Vec<Snapshot>, StepError> {
    let mut found = Vec::new();
    for ids in ids.chunks(IDS_PER_CALL) {
        let answer = ec2
            .describe_snapshots()
            .set_snapshot_ids(Some(ids.to_vec()))
            .send()
            .await
            .during("ec2:DescribeSnapshots");
        match answer {
            Ok(answer) => found.extend(answer.snapshots.unwrap_or_default()),
            Err(StepError::Call { code, message, .. }) if code == "InvalidSnapshot.NotFound" => {
                found.extend(others_than_named(ids, &message));
            }
            Err(error) => return Err(error.by(look.session, &ids.join(", "))),
        }
    }
    Ok(found)
}

/// Those of `ids` that AWS does not name as not found: they are there, in a state not told.
fn others_than_named(ids: &[String], message: &str) -> Vec<Snapshot> {
    let named = ids.iter().any(|id| message.contains(id.as_str()));
    ids.iter()
        .filter(|id| named && !message.contains(id.as_str()))
        .map(|id| Snapshot::builder().snapshot_id(id).state(SnapshotState::Pending).build())
        .collect()
}

fn each(
    ids: &[String],
    found: &[Snapshot],
    kind: &str,
    see: impl Fn(String, Option<&Snapshot>) -> Seen,
) -> Vec<Seen> {
    ids.iter()
        .map(|id| {
            let snapshot = found.iter().find(|snapshot| snapshot.snapshot_id() == Some(id));
            see(format!("{kind} {id}"), snapshot)
        })
        .collect()
}

fn of_snapshot(what: String, snapshot: &Snapshot) -> Seen {
    let state = snapshot.state().map_or("pending", SnapshotState::as_str);
    let availability =
        Availability::of_snapshot(state, snapshot.progress(), snapshot.state_message());
    Seen::new(what, state, availability)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::error::ErrorMetadata;
    use aws_sdk_ec2::operation::describe_snapshots::{
        DescribeSnapshotsError, DescribeSnapshotsOutput,
    };
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use step::ErrorName;

    use super::*;
    use crate::look::conclude;
    use crate::look::tests::{after, both_keys, session};

    fn snapshot(id: &str, state: &str) -> Snapshot {
        Snapshot::builder().snapshot_id(id).state(state.into()).build()
    }

    fn answering(snapshots: Vec<Snapshot>) -> Rule {
        mock!(Client::describe_snapshots).then_output(move || {
            DescribeSnapshotsOutput::builder().set_snapshots(Some(snapshots.clone())).build()
        })
    }

    fn refusing(code: &'static str, message: &'static str) -> Rule {
        mock!(Client::describe_snapshots).then_error(move || {
            DescribeSnapshotsError::generic(
                ErrorMetadata::builder().code(code).message(message).build(),
            )
        })
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    async fn look_at(rule: &Rule, asked: &[&str], elapsed: u32) -> Result<Vec<Seen>, StepError> {
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [rule]);
        copies(&ec2, after(elapsed, &session()), &ids(asked)).await
    }

    #[tokio::test]
    async fn all_copies_are_seen_in_one_call() {
        let copying =
            Snapshot::builder().snapshot_id("snap-2").state("pending".into()).progress("42%");
        let rule = answering(vec![copying.build(), snapshot("snap-1", "completed")]);

        let seen = look_at(&rule, &["snap-1", "snap-2"], 60).await.unwrap();

        assert_eq!(rule.num_calls(), 1);
        assert_eq!(seen[0].availability, Availability::Ready);
        assert_eq!(seen[1].availability, Availability::Pending { percent: Some(42) });
    }

    #[tokio::test]
    async fn no_snapshots_are_never_asked_for_since_aws_would_answer_with_all() {
        let rule = answering(vec![]);

        assert_eq!(look_at(&rule, &[], 60).await.unwrap(), []);
        assert_eq!(rule.num_calls(), 0);
    }

    #[tokio::test]
    async fn a_copy_whose_key_is_out_of_reach_names_the_role_and_both_keys() {
        let failed = Snapshot::builder()
            .snapshot_id("snap-1")
            .state(SnapshotState::Error)
            .state_message("Given key ID is not accessible")
            .build();
        let (session, keys) = (session(), both_keys());
        let look = Look { keys: &keys, ..after(60, &session) };
        let rule = answering(vec![failed]);
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&rule]);

        let seen = copies(&ec2, look, &ids(&["snap-1"])).await.unwrap();

        let error = conclude(&seen, look).unwrap_err();
        assert_eq!(error.name(), ErrorName::KeyNotUsable);
        for part in [
            "copy snap-1: error: Given key ID is not accessible",
            "arn:aws:iam::444455556666:role/restore-target needs kms:DescribeKey",
            &format!("on {} and {}, by its own policy and by the keys'", keys[0], keys[1]),
        ] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[tokio::test]
    async fn a_copy_that_aws_does_not_know_yet_is_pending_and_later_gone() {
        let rule = refusing("InvalidSnapshot.NotFound", "The snapshot 'snap-1' does not exist.");

        let early = look_at(&rule, &["snap-1", "snap-2"], 119).await.unwrap();
        let late = look_at(&rule, &["snap-1", "snap-2"], 120).await.unwrap();

        assert!(matches!(early[0].availability, Availability::Pending { .. }));
        assert!(matches!(late[0].availability, Availability::Failed { .. }));
        // The other one is not blamed.
        assert!(matches!(late[1].availability, Availability::Pending { .. }));
    }

    #[tokio::test]
    async fn a_share_that_is_not_seen_yet_is_waited_for_longer() {
        let session = session();
        for (elapsed, failed) in [(120, false), (899, false), (900, true)] {
            for rule in [answering(vec![]), refusing("InvalidSnapshot.NotFound", "no such")] {
                let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&rule]);
                let seen = shared(&ec2, after(elapsed, &session), &ids(&["snap-1"])).await.unwrap();
                let is_failed = matches!(seen[0].availability, Availability::Failed { .. });
                assert_eq!(is_failed, failed, "after {elapsed} s: {:?}", seen[0]);
            }
        }
    }

    #[tokio::test]
    async fn a_share_that_is_seen_is_there() {
        let rule = answering(vec![snapshot("snap-1", "completed")]);
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&rule]);

        let seen = shared(&ec2, after(5, &session()), &ids(&["snap-1"])).await.unwrap();

        assert_eq!(seen[0].availability, Availability::Ready);
    }

    #[tokio::test]
    async fn a_refused_look_keeps_its_class_and_names_the_role() {
        for (code, name) in [
            ("RequestLimitExceeded", ErrorName::Throttled),
            ("UnauthorizedOperation", ErrorName::AccessDenied),
            ("SomethingNew", ErrorName::Unexpected),
        ] {
            let error = look_at(&refusing(code, "no"), &["snap-1"], 60).await.unwrap_err();
            assert_eq!(error.name(), name, "{code}");
            assert!(error.to_string().contains("role/restore-target"), "{error}");
        }
    }
}
