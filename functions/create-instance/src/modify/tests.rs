use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::describe_db_instances::DescribeDbInstancesOutput;
use aws_sdk_rds::operation::modify_db_instance::{
    ModifyDBInstanceError, ModifyDbInstanceInput, ModifyDbInstanceOutput,
};
use aws_sdk_rds::types::builders::DbInstanceBuilder;
use aws_sdk_rds::types::{MasterUserSecret, Tag};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use serde_json::{Value, json};

use super::*;
use crate::example::{KEY, db_launch, restore_id, session};

const ROLE: &str = "arn:aws:iam::444455556666:role/monitoring";

/// A DB instance as a restore leaves it.
fn restored() -> DbInstanceBuilder {
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
fn modified() -> DbInstanceBuilder {
    restored()
        .deletion_protection(true)
        .max_allocated_storage(1000)
        .monitoring_interval(60)
        .monitoring_role_arn(ROLE)
        .performance_insights_enabled(true)
        .preferred_maintenance_window("sun:03:00-sun:04:00")
        .master_user_secret(MasterUserSecret::builder().build())
}

fn all() -> Value {
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

fn described(instance: fn() -> DbInstanceBuilder) -> Rule {
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
fn only_what_is_not_yet_as_asked_is_changed() {
    let monitoring = |interval, role_arn: Option<&str>| {
        Some(Monitoring { interval, role_arn: role_arn.map(str::to_owned) })
    };
    let none = Changes::default;
    for (asked, found, changes) in vec![
        (json!({}), restored(), none()),
        (all(), modified(), none()),
        (json!({ "deletionProtection": false }), restored(), none()),
        (
            json!({ "maxAllocatedStorage": 500 }),
            modified(),
            Changes { max_allocated_storage: Some(500), ..none() },
        ),
        // A limit at the size that it has: scaling is off, as asked.
        (json!({ "maxAllocatedStorage": 100 }), restored(), none()),
        (
            json!({ "monitoringInterval": 60, "monitoringRoleArn": ROLE }),
            modified().monitoring_role_arn("arn:other"),
            Changes { monitoring: monitoring(60, Some(ROLE)), ..none() },
        ),
        (
            json!({ "monitoringInterval": 0 }),
            modified(),
            Changes { monitoring: monitoring(0, None), ..none() },
        ),
        (json!({ "monitoringInterval": 0 }), restored(), none()),
        (
            json!({ "enablePerformanceInsights": false }),
            modified(),
            Changes { enable_performance_insights: Some(false), ..none() },
        ),
        (json!({ "enablePerformanceInsights": false }), restored(), none()),
        (json!({ "manageMasterUserPassword": false }), restored(), none()),
        (
            json!({ "preferredMaintenanceWindow": "mon:02:00-mon:02:30" }),
            restored(),
            Changes {
                preferred_maintenance_window: Some("mon:02:00-mon:02:30".to_owned()),
                ..none()
            },
        ),
    ] {
        assert_eq!(plan(&db_launch(&asked).settings, &found.build()), changes, "{asked}");
    }
}

#[tokio::test]
async fn all_that_is_asked_for_is_applied_at_once() {
    let (describe, modifies) = (described(restored), modifies());
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    modify(&rds, &restore_id(), &session(), &db_launch(&all())).await.unwrap();

    assert_eq!(modifies.num_calls(), 1);
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let (describe, modifies) = (described(modified), modifies());
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    modify(&rds, &restore_id(), &session(), &db_launch(&all())).await.unwrap();

    assert_eq!(modifies.num_calls(), 0);
}

#[tokio::test]
async fn a_db_instance_that_its_owner_has_changed_since_is_not_changed_back() {
    let finished = || {
        let finished = Tag::builder().key("restore:step").value("finished").build();
        restored().tag_list(finished).db_instance_status("stopped")
    };
    let (describe, modifies) = (described(finished), modifies());
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    let known = modify(&rds, &restore_id(), &session(), &db_launch(&all())).await.unwrap();

    assert_eq!((known, modifies.num_calls()), (true, 0));
}

#[tokio::test]
async fn a_change_under_way_is_not_begun_again() {
    let describe = described(|| restored().db_instance_status("modifying"));
    let modifies = modifies();
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    let error = modify(&rds, &restore_id(), &session(), &db_launch(&all())).await.unwrap_err();

    assert_eq!((error.name(), modifies.num_calls()), (ErrorName::Throttled, 0));
}

#[tokio::test]
async fn a_db_instance_of_somebody_else_is_not_modified() {
    let describe = described(|| {
        restored().set_tag_list(Some(vec![Tag::builder().key("restore:id").value("x").build()]))
    });
    let modifies = modifies();
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &modifies]);

    let error = modify(&rds, &restore_id(), &session(), &db_launch(&all())).await.unwrap_err();

    assert_eq!((error.name(), modifies.num_calls()), (ErrorName::AlreadyExists, 0));
}

#[tokio::test]
async fn a_refused_modification_is_sent_once_and_names_the_role() {
    for (code, name) in [
        ("InvalidDBInstanceState", ErrorName::Throttled),
        ("Throttling", ErrorName::Throttled),
        ("AccessDenied", ErrorName::AccessDenied),
        ("InvalidParameterCombination", ErrorName::InvalidInput),
    ] {
        let describe = described(restored);
        let refused = mock!(Client::modify_db_instance).then_error(move || {
            ModifyDBInstanceError::generic(ErrorMetadata::builder().code(code).build())
        });
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &refused]);

        let error = modify(&rds, &restore_id(), &session(), &db_launch(&all())).await.unwrap_err();

        assert_eq!((error.name(), refused.num_calls()), (name, 1), "{code}");
        assert!(error.to_string().contains("role/restore-target"), "{error}");
    }
}
