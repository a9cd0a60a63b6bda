use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::delete_db_instance::DeleteDbInstanceOutput;
use aws_sdk_rds::operation::describe_db_instances::{
    DescribeDBInstancesError, DescribeDbInstancesOutput,
};
use aws_sdk_rds::types::Tag;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use serde_json::json;

use super::*;
use crate::example::{db_launch, restore_id, session};

fn launch() -> DbLaunch {
    let next = json!([{ "dbInstanceClass": "db.m6g.large" }]);
    DbLaunch { alternatives: serde_json::from_value(next).unwrap(), ..db_launch(&json!({})) }
}

fn found(of: &str, step: &str, status: &str) -> DbInstance {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    DbInstance::builder()
        .db_instance_identifier("orders")
        .db_instance_status(status)
        .tag_list(tag("restore:id", of))
        .tag_list(tag("restore:step", step))
        .build()
}

#[test]
fn only_what_this_restore_has_begun_goes() {
    const OURS: &str = "create-instance";
    for (found, expected) in [
        (None, Ok(Plan::Nothing)),
        (Some(found("orders", OURS, "insufficient-capacity")), Ok(Plan::Delete)),
        (Some(found("orders", OURS, "deleting")), Ok(Plan::Wait)),
        (Some(found("orders", "finished", "available")), Err(ErrorName::AlreadyExists)),
        (Some(found("other", OURS, "available")), Err(ErrorName::AlreadyExists)),
    ] {
        let planned = plan(&restore_id(), found.as_ref());
        assert_eq!(planned.map_err(|error| error.name()), expected, "{found:?}");
    }
}

#[tokio::test]
async fn a_db_instance_without_capacity_is_deleted_without_a_last_snapshot() {
    let describe = mock!(Client::describe_db_instances).then_output(|| {
        let found = found("orders", "create-instance", "insufficient-capacity");
        DescribeDbInstancesOutput::builder().db_instances(found).build()
    });
    let delete = mock!(Client::delete_db_instance)
        .match_requests(|request| {
            request.db_instance_identifier() == Some("orders")
                && request.skip_final_snapshot() == Some(true)
        })
        .then_output(|| DeleteDbInstanceOutput::builder().build());
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &delete]);

    let given_up = db_instance(&rds, &restore_id(), &session(), &launch(), 0).await.unwrap();

    assert!(matches!(given_up, GivenUp::Pending { .. }), "{given_up:?}");
    assert_eq!(delete.num_calls(), 1);
}

#[tokio::test]
async fn where_aws_made_none_the_next_class_is_told_at_once() {
    let nothing = mock!(Client::describe_db_instances).then_error(|| {
        let error = ErrorMetadata::builder().code("DBInstanceNotFound").build();
        DescribeDBInstancesError::generic(error)
    });
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&nothing]);

    let given_up = db_instance(&rds, &restore_id(), &session(), &launch(), 0).await.unwrap();

    let GivenUp::Done { db_launch: Some(next), .. } = given_up else { panic!("{given_up:?}") };
    assert_eq!(next.settings.db_instance_class.as_deref(), Some("db.m6g.large"));
    assert_eq!(next.alternatives, []);
}
