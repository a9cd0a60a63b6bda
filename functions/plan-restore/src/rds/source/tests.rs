//! A DB instance whose network is translated, against a mocked RDS.

use aws_sdk_rds::Client;
use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::describe_db_instances::{
    DescribeDBInstancesError, DescribeDbInstancesOutput,
};
use aws_sdk_rds::types::{
    DbInstance, DbParameterGroupStatus, DbSubnetGroup, VpcSecurityGroupMembership,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use serde_json::{Value, json};

use super::*;
use crate::accounts::tests::clients;

fn request(source: &Value, map: &Value) -> Request {
    Request::read(&json!({
        "source": {
            "accountId": "111122223333", "region": "eu-west-1",
            "roleArn": "arn:aws:iam::111122223333:role/restore-source", "rds": source,
        },
        "target": {
            "accountId": "444455556666", "region": "eu-central-1",
            "roleArn": "arn:aws:iam::444455556666:role/restore-target",
            "kmsKeyId": "alias/orders", "networkMap": map,
            "rds": { "dbInstanceIdentifier": "orders-dr", "dbInstanceClass": "db.m7g.large" },
        },
    }))
    .unwrap()
}

fn by_instance() -> Value {
    json!({ "dbInstanceIdentifier": "Orders", "at": "latest" })
}

fn map() -> Value {
    json!({
        "dbSubnetGroups": { "orders": "orders-dr" },
        "securityGroups": { "sg-0a0a0a0a": "sg-0d0d0d0d" },
        "dbParameterGroups": { "other": "other-dr" },
    })
}

/// The DB instance, in a subnet group, a security group and a parameter group.
fn there() -> Rule {
    mock!(Client::describe_db_instances)
        .match_requests(|asked| asked.db_instance_identifier() == Some("orders"))
        .then_output(|| {
            let subnets = DbSubnetGroup::builder().db_subnet_group_name("orders").build();
            let group =
                VpcSecurityGroupMembership::builder().vpc_security_group_id("sg-0a0a0a0a").build();
            let parameters = DbParameterGroupStatus::builder()
                .db_parameter_group_name("orders-postgres16")
                .build();
            let instance = DbInstance::builder()
                .db_instance_class("db.r7g.large")
                .db_subnet_group(subnets)
                .vpc_security_groups(group)
                .db_parameter_groups(parameters)
                .build();
            DescribeDbInstancesOutput::builder().db_instances(instance).build()
        })
}

fn refused(code: &'static str) -> Rule {
    mock!(Client::describe_db_instances).then_error(move || {
        DescribeDBInstancesError::generic(ErrorMetadata::builder().code(code).build())
    })
}

/// What comes of it, with how many obstacles and how many reads that were denied.
async fn looked_at(request: &Request, rule: &Rule) -> (Option<Completed>, Vec<Obstacle>, usize) {
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [rule]);
    let accounts = Accounts { source: Some(Clients { rds, ..clients() }), ..Accounts::default() };
    let mut obstacles = Obstacles::default();
    let found = completed(&accounts, &mut obstacles, request).await.unwrap();
    let (obstacles, denied) = obstacles.into_parts();
    (found, obstacles, denied.len())
}

#[tokio::test]
async fn the_groups_of_a_db_instance_are_what_the_map_makes_of_them() {
    let asked = request(&by_instance(), &map());

    let (found, obstacles, denied) = looked_at(&asked, &there()).await;

    assert_eq!((obstacles, denied), (vec![], 0));
    let Completed { request, not_restored, .. } = found.unwrap();
    assert_eq!(request.source, asked.source);
    // What no map speaks of is as the request has it, which for RDS is as it was.
    assert_eq!(
        serde_json::to_value(request.target.rds).unwrap(),
        json!({
            "dbInstanceIdentifier": "orders-dr", "dbInstanceClass": "db.m7g.large",
            "dbSubnetGroupName": "orders-dr", "vpcSecurityGroupIds": ["sg-0d0d0d0d"],
        })
    );
    assert_eq!(
        not_restored,
        ["DB parameter group: `orders-postgres16` has no entry in \
          `target.networkMap.dbParameterGroups`"]
    );
}

#[tokio::test]
async fn a_db_instance_is_not_asked_where_there_is_nothing_to_translate() {
    let keys = json!({ "keyNames": { "ops": "ops-dr" } });
    for (source, map) in [
        (by_instance(), json!({})),
        (by_instance(), keys),
        (json!({ "dbSnapshotIdentifier": "orders-nightly" }), map()),
    ] {
        let rule = there();

        let (found, obstacles, denied) = looked_at(&request(&source, &map), &rule).await;

        assert_eq!((found, obstacles, denied), (None, vec![], 0), "{source} {map}");
        assert_eq!(rule.num_calls(), 0);
    }
}

#[tokio::test]
async fn a_security_group_without_an_entry_stands_in_the_way() {
    let other = json!({ "securityGroups": { "sg-0b0b0b0b": "sg-0d0d0d0d" } });

    let (found, obstacles, _) = looked_at(&request(&by_instance(), &other), &there()).await;

    assert_eq!(found, None);
    let [only] = &obstacles[..] else { panic!("{obstacles:?}") };
    let words = "target.rds.vpcSecurityGroupIds: required: `sg-0a0a0a0a` has no entry";
    assert!(only.message.starts_with(words), "{}", only.message);
}

#[tokio::test]
async fn a_db_instance_that_is_gone_has_nothing_to_translate_which_is_told() {
    let asked = request(&by_instance(), &map());

    let (found, obstacles, _) = looked_at(&asked, &refused("DBInstanceNotFound")).await;

    let Completed { request, not_restored, .. } = found.unwrap();
    assert_eq!((request, obstacles), (asked, vec![]));
    assert!(not_restored[0].contains("DB instance Orders, which is not there any more"));
}

#[tokio::test]
async fn a_role_that_may_not_look_is_told_what_would_let_it() {
    let asked = request(&by_instance(), &map());

    let (found, obstacles, denied) = looked_at(&asked, &refused("AccessDenied")).await;

    assert_eq!((found, obstacles, denied), (None, vec![], 1));
}
