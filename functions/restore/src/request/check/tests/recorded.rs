//! A request of an instance that is known by its records alone.

use serde_json::{Value, json};

use super::{accepts, refuses};
use crate::Flow;

/// The source of an EC2 instance that lived elsewhere, with `change`d fields.
fn lived(change: &[(&str, Value)]) -> Value {
    let mut recorded = json!({ "accountId": "999999999999", "region": "eu-west-3" });
    for (field, value) in change {
        recorded[field] = value.clone();
    }
    json!({ "source": {
        "recorded": recorded,
        "ec2": { "volumes": null, "instanceId": "i-0a0a0a0a", "at": "latest" },
    } })
}

#[test]
fn copies_at_the_target_stand_in_for_an_instance_that_cannot_be_asked() {
    accepts(Flow::Ec2SameLocation, &lived(&[]));
    accepts(Flow::Ec2SameLocation, &lived(&[("leaveOut", json!(["keyName"]))]));
    let place = json!({ "accountId": "999999999999", "region": "eu-west-3" });
    let rds = json!({ "source": { "recorded": place, "rds": {
        "dbSnapshotIdentifier": null, "dbInstanceIdentifier": "orders", "at": "latest",
    } } });
    accepts(Flow::RdsSameLocation, &rds);
}

#[test]
fn the_copies_lie_in_the_targets_account_and_region() {
    for flow in [Flow::Ec2CrossRegion, Flow::Ec2CrossAccount] {
        let mut change = lived(&[]);
        change["source"]["roleArn"] = Value::Null;
        let expected = ("source.recorded", "in the target's account and Region already");
        if flow.crosses_accounts() {
            refuses(flow, &change, &[("source.roleArn", "required"), expected]);
        } else {
            refuses(flow, &change, &[expected]);
        }
    }
}

#[test]
fn no_source_role_is_asked_for_what_was_recorded() {
    let mut change = lived(&[]);
    change["source"]["roleArn"] = "arn:aws:iam::111122223333:role/restore-source".into();
    let expected = ("source.roleArn", "the restore role reads the snapshots");
    refuses(Flow::Ec2SameLocation, &change, &[expected]);
}

#[test]
fn a_record_is_found_by_its_instance() {
    let place = json!({ "accountId": "999999999999", "region": "eu-west-3" });
    let change = json!({ "source": { "recorded": place } });
    for (flow, field, words) in [
        (Flow::Ec2SameLocation, "source.ec2.volumes", "found by `instanceId`"),
        (
            Flow::RdsSameLocation,
            "source.rds.dbSnapshotIdentifier",
            "found by `dbInstanceIdentifier`",
        ),
    ] {
        refuses(flow, &change, &[(field, words)]);
    }
}

#[test]
fn what_was_recorded_is_of_the_targets_partition_and_service() {
    refuses(
        Flow::Ec2SameLocation,
        &lived(&[("region", json!("cn-north-1"))]),
        &[("source.recorded.region", "different partitions")],
    );
    refuses(
        Flow::Ec2SameLocation,
        &lived(&[("leaveOut", json!(["keyName", "optionGroupName"]))]),
        &[("source.recorded.leaveOut[1]", "is no setting under `target.ec2`")],
    );
}
