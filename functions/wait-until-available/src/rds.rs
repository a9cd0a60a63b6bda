//! DB snapshots and DB instances.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbSnapshot;
use restore::availability::Availability;
use step::{CallContext as _, StepError, keys};

use crate::look::{Endpoint, Look, Seen};
use crate::snapshots::{SHARE_SEEN_SECONDS, withdrawn};

/// Looks at DB snapshots that another account has shared.
pub(crate) async fn shared_snapshots(
    rds: &Client,
    look: Look<'_>,
    arns: &[String],
) -> Result<Vec<Seen>, StepError> {
    let account = &look.session.account_id;
    let mut seen = Vec::with_capacity(arns.len());
    // RDS describes one snapshot by its ARN, or all that are shared; a restore has one.
    for arn in arns {
        let what = format!("shared DB snapshot {arn}");
        seen.push(match describe(rds, look, arn).await? {
            Some(snapshot) => of_snapshot(what, &snapshot),
            None => Seen::absent(what, look.elapsed_seconds >= SHARE_SEEN_SECONDS, || {
                withdrawn(account, "ModifyDBSnapshotAttribute")
            }),
        });
    }
    Ok(seen)
}

/// Looks at a DB snapshot of the session's own account.
pub(crate) async fn snapshot(rds: &Client, look: Look<'_>, arn: &str) -> Result<Seen, StepError> {
    let what = format!("DB snapshot {arn}");
    Ok(match describe(rds, look, arn).await? {
        Some(snapshot) => of_snapshot(what, &snapshot),
        None => Seen::absent(what, look.is_settled(), || "it has been deleted".to_owned()),
    })
}

/// Looks at a DB instance.
pub(crate) async fn instance(
    rds: &Client,
    look: Look<'_>,
    identifier: &str,
) -> Result<Seen, StepError> {
    let what = format!("DB instance {identifier}");
    let answer = rds
        .describe_db_instances()
        .db_instance_identifier(identifier)
        .send()
        .await
        .during("rds:DescribeDBInstances");
    let found = match answer {
        Ok(answer) => answer.db_instances.into_iter().flatten().next(),
        Err(error) if error.code() == Some("DBInstanceNotFound") => None,
        Err(error) => return Err(error.by(look.session, identifier)),
    };
    let Some(found) = found else {
        return Ok(Seen::absent(what, look.is_settled(), || "it has been deleted".to_owned()));
    };
    let state = found.db_instance_status().unwrap_or("creating");
    let endpoint = found.endpoint().and_then(|endpoint| {
        Some(Endpoint { address: endpoint.address()?.to_owned(), port: endpoint.port() })
    });
    Ok(Seen::new(what, state, Availability::of_db_instance(state))
        .at(endpoint)
        .hinting(|reason| keys::of_db_instance(look.session, look.keys, reason)))
}

async fn describe(
    rds: &Client,
    look: Look<'_>,
    arn: &str,
) -> Result<Option<DbSnapshot>, StepError> {
    let answer = rds
        .describe_db_snapshots()
        .db_snapshot_identifier(arn)
        // Without this a snapshot of another account is not found, however it is named
        // (BC:rds.DescribeDBSnapshotsMessage.IncludeShared).
        .include_shared(true)
        .send()
        .await
        .during("rds:DescribeDBSnapshots");
    match answer {
        Ok(answer) => Ok(answer.db_snapshots.into_iter().flatten().next()),
        Err(error) if error.code() == Some("DBSnapshotNotFound") => Ok(None),
        Err(error) => Err(error.by(look.session, arn)),
    }
}

fn of_snapshot(what: String, snapshot: &DbSnapshot) -> Seen {
    let state = snapshot.status().unwrap_or("creating");
    let percent = snapshot.percent_progress().and_then(|percent| u8::try_from(percent).ok());
    Seen::new(what, state, Availability::of_db_snapshot(state, percent))
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::error::ErrorMetadata;
    use aws_sdk_rds::operation::describe_db_instances::{
        DescribeDBInstancesError, DescribeDbInstancesOutput,
    };
    use aws_sdk_rds::operation::describe_db_snapshots::{
        DescribeDBSnapshotsError, DescribeDbSnapshotsOutput,
    };
    use aws_sdk_rds::types::DbInstance;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use step::ErrorName;

    use super::*;
    use crate::look::conclude;
    use crate::look::tests::{after, session};

    const ARN: &str = "arn:aws:rds:eu-west-1:111122223333:snapshot:orders";
    const PENDING: Availability = Availability::Pending { percent: None };

    fn answering(status: &'static str, percent: i32) -> Rule {
        mock!(Client::describe_db_snapshots)
            .match_requests(|input| {
                input.db_snapshot_identifier() == Some(ARN) && input.include_shared() == Some(true)
            })
            .then_output(move || {
                let snapshot = DbSnapshot::builder().status(status).percent_progress(percent);
                DescribeDbSnapshotsOutput::builder().db_snapshots(snapshot.build()).build()
            })
    }

    fn refusing(code: &'static str) -> Rule {
        mock!(Client::describe_db_snapshots).then_error(move || {
            let metadata = ErrorMetadata::builder().code(code).message("no");
            DescribeDBSnapshotsError::generic(metadata.build())
        })
    }

    fn instance_in(status: &'static str) -> Rule {
        mock!(Client::describe_db_instances)
            .match_requests(|input| input.db_instance_identifier() == Some("orders"))
            .then_output(move || {
                let instance = DbInstance::builder().db_instance_status(status).build();
                DescribeDbInstancesOutput::builder().db_instances(instance).build()
            })
    }

    async fn look_at_snapshot(rule: &Rule, elapsed: u32) -> Result<Seen, StepError> {
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [rule]);
        snapshot(&rds, after(elapsed, &session()), ARN).await
    }

    async fn look_at_instance(rule: &Rule, elapsed: u32) -> Result<Seen, StepError> {
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [rule]);
        instance(&rds, after(elapsed, &session()), "orders").await
    }

    #[tokio::test]
    async fn a_snapshot_in_the_making_is_as_far_as_rds_says() {
        let rule = answering("creating", 42);

        let seen = look_at_snapshot(&rule, 60).await.unwrap();

        assert_eq!(seen.availability, Availability::Pending { percent: Some(42) });
        assert_eq!(rule.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_snapshot_is_there_or_never_will_be() {
        let there = look_at_snapshot(&answering("available", 100), 60).await.unwrap();
        let failed = look_at_snapshot(&answering("failed", 7), 60).await.unwrap();

        assert_eq!(there.availability, Availability::Ready);
        assert_eq!(failed.availability, Availability::Failed { reason: "failed".to_owned() });
    }

    #[tokio::test]
    async fn a_snapshot_that_rds_does_not_know_yet_is_pending_and_later_gone() {
        let rule = refusing("DBSnapshotNotFound");

        assert_eq!(look_at_snapshot(&rule, 119).await.unwrap().availability, PENDING);
        let late = look_at_snapshot(&rule, 120).await.unwrap();
        assert!(matches!(late.availability, Availability::Failed { .. }));
    }

    #[tokio::test]
    async fn a_share_that_is_not_seen_yet_is_waited_for_longer() {
        for (elapsed, failed) in [(120, false), (899, false), (900, true)] {
            let rule = refusing("DBSnapshotNotFound");
            let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&rule]);
            let session = session();

            let seen = shared_snapshots(&rds, after(elapsed, &session), &[ARN.to_owned()]).await;

            let seen = seen.unwrap().remove(0);
            let is_failed = matches!(seen.availability, Availability::Failed { .. });
            assert_eq!(is_failed, failed, "after {elapsed} s: {seen:?}");
        }
    }

    #[tokio::test]
    async fn a_share_is_seen_by_the_other_account() {
        let rule = answering("available", 100);
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&rule]);

        let seen = shared_snapshots(&rds, after(5, &session()), &[ARN.to_owned()]).await.unwrap();

        assert_eq!(seen[0].availability, Availability::Ready);
    }

    #[tokio::test]
    async fn an_instance_passes_through_states_that_mean_nothing() {
        for status in ["creating", "backing-up", "modifying", "configuring-iam-database-auth"] {
            let seen = look_at_instance(&instance_in(status), 600).await.unwrap();
            assert_eq!(seen.availability, PENDING, "{status}");
            assert_eq!(seen.state, format!("is {status}"));
        }
        let seen = look_at_instance(&instance_in("available"), 600).await.unwrap();
        assert_eq!(seen.availability, Availability::Ready);
    }

    #[tokio::test]
    async fn an_instance_that_is_there_is_told_with_its_endpoint() {
        let rule = mock!(Client::describe_db_instances).then_output(|| {
            let endpoint = aws_sdk_rds::types::Endpoint::builder().address("orders.rds").port(5432);
            let instance = DbInstance::builder().db_instance_status("available");
            let instance = instance.endpoint(endpoint.build()).build();
            DescribeDbInstancesOutput::builder().db_instances(instance).build()
        });

        let seen = look_at_instance(&rule, 600).await.unwrap();

        let told = serde_json::to_value(conclude(&[seen], after(600, &session())).unwrap());
        let endpoint = serde_json::json!({ "address": "orders.rds", "port": 5432 });
        assert_eq!(
            told.unwrap(),
            serde_json::json!({ "state": "available", "endpoint": endpoint })
        );
    }

    #[tokio::test]
    async fn an_instance_without_its_key_says_what_the_role_needs() {
        let rule = instance_in("inaccessible-encryption-credentials");

        let seen = look_at_instance(&rule, 600).await.unwrap();

        let error = conclude(&[seen], after(600, &session())).unwrap_err();
        assert_eq!(error.name(), ErrorName::KeyNotUsable);
        assert!(error.to_string().contains("role/restore-target needs kms:DescribeKey"), "{error}");
    }

    #[tokio::test]
    async fn an_instance_that_rds_does_not_know_yet_is_pending_and_later_gone() {
        let rule = mock!(Client::describe_db_instances).then_error(|| {
            let metadata = ErrorMetadata::builder().code("DBInstanceNotFound").message("no");
            DescribeDBInstancesError::generic(metadata.build())
        });

        assert_eq!(look_at_instance(&rule, 119).await.unwrap().availability, PENDING);
        let late = look_at_instance(&rule, 120).await.unwrap();
        assert!(matches!(late.availability, Availability::Failed { .. }));
    }

    #[tokio::test]
    async fn a_refused_look_keeps_its_class() {
        for (code, name) in [
            ("ThrottlingException", ErrorName::Throttled),
            ("AccessDenied", ErrorName::AccessDenied),
        ] {
            let error = look_at_snapshot(&refusing(code), 60).await.unwrap_err();
            assert_eq!(error.name(), name, "{code}");
            assert!(error.to_string().contains(ARN), "{error}");
        }
    }
}
