//! Accounts, Regions and roles held against each other.

use serde_json::json;

use super::{accepts, refuses};
use crate::Flow;
use crate::request::examples::SOURCE_ACCOUNT;

#[test]
fn a_role_belongs_to_the_account_it_serves() {
    for (change, path) in [
        (json!({ "source": { "roleArn": "arn:aws:iam::444455556666:role/r" } }), "source.roleArn"),
        (json!({ "target": { "roleArn": "arn:aws:iam::111122223333:role/r" } }), "target.roleArn"),
    ] {
        refuses(Flow::Ec2CrossAccount, &change, &[(path, "is a role of account")]);
    }
}

#[test]
fn a_role_belongs_to_the_partition_it_works_in() {
    for (change, path) in [
        (
            json!({ "source": { "roleArn": "arn:aws-cn:iam::111122223333:role/r" } }),
            "source.roleArn",
        ),
        (
            json!({ "target": { "roleArn": "arn:aws-cn:iam::444455556666:role/r" } }),
            "target.roleArn",
        ),
    ] {
        refuses(
            Flow::Ec2CrossAccount,
            &change,
            &[(path, "is in partition aws-cn, but Region eu-west-1 is in aws")],
        );
    }
}

#[test]
fn a_snapshot_never_leaves_its_partition() {
    let target = json!({ "target": {
        "region": "us-gov-west-1",
        "roleArn": "arn:aws-us-gov:iam::444455556666:role/restore-target",
        "kmsKeyId": "alias/orders",
    } });
    refuses(
        Flow::RdsCrossAccountCrossRegion,
        &target,
        &[("target.region", "us-gov-west-1 and eu-west-1 are in different partitions")],
    );
}

#[test]
fn another_account_needs_a_source_role_of_its_own() {
    for flow in [
        Flow::Ec2CrossAccount,
        Flow::Ec2CrossAccountCrossRegion,
        Flow::RdsCrossAccount,
        Flow::RdsCrossAccountCrossRegion,
    ] {
        refuses(
            flow,
            &json!({ "source": { "roleArn": null } }),
            &[("source.roleArn", "required, since account 111122223333 owns the snapshots")],
        );
    }
}

#[test]
fn in_one_account_a_source_role_may_be_given() {
    let role = format!("arn:aws:iam::{SOURCE_ACCOUNT}:role/restore-source");
    accepts(Flow::RdsCrossRegion, &json!({ "source": { "roleArn": role, "externalId": "x" } }));
}

#[test]
fn an_external_id_goes_with_the_role_that_asks_for_it() {
    refuses(
        Flow::Ec2CrossRegion,
        &json!({ "source": { "externalId": "x" } }),
        &[("source.externalId", "given without `source.roleArn`")],
    );
}
