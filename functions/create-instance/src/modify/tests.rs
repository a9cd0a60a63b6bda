use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::describe_db_instances::DescribeDbInstancesOutput;
use aws_sdk_rds::operation::modify_db_instance::{
    ModifyDBInstanceError, ModifyDbInstanceInput, ModifyDbInstanceOutput,
};
use aws_sdk_rds::types::builders::DbInstanceBuilder;
use aws_sdk_rds::types::{MasterUserSecret, Tag};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use serde_json::{Value, json};
use step::ErrorName;

use super::*;
use crate::example::{KEY, db_launch, restore_id, session};

pub(super) const ROLE: &str = "arn:aws:iam::444455556666:role/monitoring";

/// A DB instance as RDS tells it.
pub(super) type Found = fn() -> DbInstanceBuilder;

/// A DB instance as a restore leaves it.
pub(super) fn restored() -> DbInstanceBuilder {
    DbInstance::builder()
        .db_instance_identifier("orders")
        .kms_key_id(KEY)
        .db_instance_status("available")
        .allocated_storage(100)
        .monitoring_interval(0)
        .performance_insights_enabled(false)
        .preferred_maintenance_window("mon:01:00-mon:01:30")
        .tag_list(Tag::builder().key("restore:id").value("orders").build())
}

/// The same, as [`all`] asks for it.
pub(super) fn modified() -> DbInstanceBuilder {
    restored()
        .deletion_protection(true)
        .max_allocated_storage(1000)
        .monitoring_interval(60)
        .monitoring_role_arn(ROLE)
        .performance_insights_enabled(true)
        .preferred_maintenance_window("sun:03:00-sun:04:00")
        .master_user_secret(MasterUserSecret::builder().build())
}

pub(super) fn all() -> Value {
    json!({
        "deletionProtection": true,
        "maxAllocatedStorage": 1000,
        "monitoringInterval": 60,
        "monitoringRoleArn": ROLE,
        "enablePerformanceInsights": true,
        "preferredMaintenanceWindow": "Sun:03:00-Sun:04:00",
        "manageMasterUserPassword": true,
    })
}

fn described(instance: impl Fn() -> DbInstanceBuilder + Send + Sync + 'static) -> Rule {
    mock!(Client::describe_db_instances).then_output(move || {
        DescribeDbInstancesOutput::builder().db_instances(instance().build()).build()
    })
}

fn modifies() -> Rule {
    mock!(Client::modify_db_instance)
        .match_requests(|request| {
            let expected = ModifyDbInstanceInput::builder()
                .db_instance_identifier("orders")
                .apply_immediately(true)
                .deletion_protection(true)
                .max_allocated_storage(1000)
                .monitoring_interval(60)
                .monitoring_role_arn(ROLE)
                .enable_performance_insights(true)
                .preferred_maintenance_window("Sun:03:00-Sun:04:00")
                .manage_master_user_password(true);
            *request == expected.build().unwrap()
        })
        .then_output(|| ModifyDbInstanceOutput::builder().build())
}

#[test]
fn what_is_there_is_told_by_the_values_once_it_is_available() {
    let launch = db_launch(&all());
    let wait = |asked, words: &str| Plan::Wait { asked, waiting_for: words.to_owned() };
    let to_take_on = "is to take on deletionProtection, maxAllocatedStorage, monitoringInterval, \
                      enablePerformanceInsights, preferredMaintenanceWindow, \
                      manageMasterUserPassword";
    let never = Plan::Never("storage-full".to_owned());
    let cases: [(Found, &str, Option<u32>, Plan); 9] = [
        (modified, "available", None, Plan::Nothing),
        (modified, "available", Some(0), Plan::Nothing),
        // Not asked for yet: a first backup.
        (restored, "backing-up", None, wait(false, "is backing-up")),
        (restored, "modifying", Some(20), wait(true, "is modifying")),
        // All is told, and not all is done.
        (modified, "modifying", Some(20), wait(true, "is modifying")),
        // Asked for, and not begun.
        (restored, "available", Some(0), wait(false, to_take_on)),
        (restored, "available", Some(599), wait(false, to_take_on)),
        (modified, "storage-full", Some(20), never),
        (modified, "storage-optimization", None, wait(false, "is storage-optimization")),
    ];
    for (found, state, since_asked, expected) in cases {
        let found = found().db_instance_status(state).build();
        assert_eq!(plan(&launch, &found, since_asked), expected, "{state} {since_asked:?}");
    }
    for since_asked in [None, Some(600)] {
        let planned = plan(&launch, &restored().build(), since_asked);
        assert!(matches!(planned, Plan::Ask(_)), "{since_asked:?}: {planned:?}");
    }
}

#[test]
fn what_has_begun_is_waited_for_and_not_asked_for_again() {
    let creating = MasterUserSecret::builder().secret_status("creating").build();
    let found = modified().master_user_secret(creating).build();

    let planned = plan(&db_launch(&all()), &found, None);

    let waiting_for = "is taking on manageMasterUserPassword".to_owned();
    assert_eq!(planned, Plan::Wait { asked: false, waiting_for });
}

/// The first call.
const FIRST: Elapsed = Elapsed { seconds: 0, since_asked: None };

/// The answer to a call of [`all`].
async fn answer(rds: &Client, elapsed: Elapsed) -> Result<Modified, StepError> {
    modify(rds, &restore_id(), &session(), &db_launch(&all()), elapsed).await
}

/// Whether it says that the modification is under way, and in how many seconds to ask again.
fn pending(answer: &Modified) -> (bool, u32) {
    match answer {
        Modified::Pending { asked, wait_seconds, waiting_for } => {
            assert!(waiting_for.starts_with("DB instance orders "), "{waiting_for}");
            (*asked, *wait_seconds)
        }
        Modified::Done => panic!("it is done"),
    }
}

#[tokio::test]
async fn all_that_is_asked_for_is_applied_at_once() {
    let (describe, modifies) = (described(restored), modifies());
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    let answer = answer(&rds, FIRST).await.unwrap();

    assert_eq!((pending(&answer), modifies.num_calls()), ((true, 5), 1));
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let (describe, modifies) = (described(modified), modifies());
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    let answer = answer(&rds, FIRST).await.unwrap();

    assert_eq!((answer, modifies.num_calls()), (Modified::Done, 0));
}

#[tokio::test]
async fn what_was_asked_for_a_moment_ago_is_not_asked_for_again() {
    let (describe, modifies) = (described(restored), modifies());
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    let answer = answer(&rds, Elapsed { seconds: 60, since_asked: Some(30) }).await.unwrap();

    assert_eq!((pending(&answer), modifies.num_calls()), ((false, 10), 0));
}

#[tokio::test]
async fn a_db_instance_that_its_owner_has_changed_since_is_not_changed_back() {
    let finished = || {
        let finished = Tag::builder().key("restore:step").value("finished").build();
        restored().tag_list(finished).db_instance_status("stopped")
    };
    let (describe, modifies) = (described(finished), modifies());
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    let answer = answer(&rds, FIRST).await.unwrap();

    assert_eq!((answer, modifies.num_calls()), (Modified::Done, 0));
}

#[tokio::test]
async fn a_backup_that_begins_right_before_the_call_is_waited_for() {
    for (since_asked, is_under_way) in [(None, false), (Some(600), true)] {
        let describe = described(restored);
        let refused = mock!(Client::modify_db_instance).then_error(|| {
            let code = ErrorMetadata::builder().code("InvalidDBInstanceState");
            ModifyDBInstanceError::generic(code.message("not in available state").build())
        });
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &refused]);

        let answer = answer(&rds, Elapsed { seconds: 600, since_asked }).await.unwrap();

        assert_eq!((pending(&answer), refused.num_calls()), ((is_under_way, 100), 1));
        let Modified::Pending { waiting_for, .. } = answer else { unreachable!() };
        assert!(waiting_for.contains("not in available state"), "{waiting_for}");
    }
}

#[tokio::test]
async fn a_state_that_does_not_pass_is_told_with_the_key_where_that_is_why() {
    for (status, name, words) in [
        ("storage-full", ErrorName::ResourceFailed, "DB instance orders: storage-full (orders"),
        ("inaccessible-encryption-credentials", ErrorName::KeyNotUsable, "kms:CreateGrant on arn:"),
    ] {
        let describe = described(move || restored().db_instance_status(status));
        let modifies = modifies();
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

        let error = answer(&rds, FIRST).await.unwrap_err();

        assert_eq!((error.name(), modifies.num_calls()), (name, 0), "{status}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.to_string().contains("role/restore-target"), "{error}");
    }
}

#[tokio::test]
async fn a_db_instance_of_somebody_else_is_not_modified() {
    let describe = described(|| {
        restored().set_tag_list(Some(vec![Tag::builder().key("restore:id").value("x").build()]))
    });
    let modifies = modifies();
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    let error = answer(&rds, FIRST).await.unwrap_err();

    assert_eq!((error.name(), modifies.num_calls()), (ErrorName::AlreadyExists, 0));
}

#[tokio::test]
async fn a_refused_modification_is_sent_once_and_names_the_role() {
    for (code, name) in [
        ("DBInstanceNotFound", ErrorName::Throttled),
        ("Throttling", ErrorName::Throttled),
        ("AccessDenied", ErrorName::AccessDenied),
        ("InvalidParameterCombination", ErrorName::InvalidInput),
    ] {
        let describe = described(restored);
        let refused = mock!(Client::modify_db_instance).then_error(move || {
            ModifyDBInstanceError::generic(ErrorMetadata::builder().code(code).build())
        });
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &refused]);

        let error = answer(&rds, FIRST).await.unwrap_err();

        assert_eq!((error.name(), refused.num_calls()), (name, 1), "{code}");
        assert!(error.to_string().contains("role/restore-target"), "{error}");
    }
}
