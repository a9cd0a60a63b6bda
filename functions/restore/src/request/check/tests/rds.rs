//! What a request says of a DB instance.

use serde_json::{Value, json};

use super::{accepts, refuses};
use crate::Flow;

const FLOW: Flow = Flow::RdsCrossAccountCrossRegion;

fn source(rds: &Value) -> Value {
    json!({ "source": { "rds": rds } })
}

fn target(rds: &Value) -> Value {
    json!({ "target": { "rds": rds } })
}

#[test]
fn the_snapshot_is_named_or_found_by_its_db_instance() {
    refuses(
        FLOW,
        &source(&json!({ "dbInstanceIdentifier": "orders", "at": "latest" })),
        &[("source.rds", "not both")],
    );
    refuses(
        FLOW,
        &source(&json!({ "dbSnapshotIdentifier": null })),
        &[("source.rds", "give one of `dbSnapshotIdentifier` and `dbInstanceIdentifier`")],
    );
    accepts(
        FLOW,
        &source(&json!({
            "dbSnapshotIdentifier": null, "dbInstanceIdentifier": "orders", "at": "latest",
        })),
    );
}

#[test]
fn an_instant_goes_with_a_db_instance() {
    refuses(
        FLOW,
        &source(&json!({ "at": "2026-11-23T04:00:00Z" })),
        &[("source.rds.at", "a snapshot is of one instant")],
    );
    refuses(
        FLOW,
        &source(&json!({ "dbSnapshotIdentifier": null, "dbInstanceIdentifier": "orders" })),
        &[("source.rds.at", "required with `dbInstanceIdentifier`")],
    );
}

#[test]
fn a_db_cluster_snapshot_is_not_supported_yet() {
    refuses(
        FLOW,
        &source(&json!({
            "dbSnapshotIdentifier": "arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:orders",
        })),
        &[("source.rds.dbSnapshotIdentifier", "is a DB cluster snapshot")],
    );
}

#[test]
fn a_db_snapshot_is_where_the_source_is() {
    for arn in [
        "arn:aws:rds:eu-west-1:444455556666:snapshot:orders",
        "arn:aws:rds:eu-central-1:111122223333:snapshot:orders",
    ] {
        refuses(
            FLOW,
            &source(&json!({ "dbSnapshotIdentifier": arn })),
            &[(
                "source.rds.dbSnapshotIdentifier",
                "not in the source's 111122223333 and eu-west-1",
            )],
        );
    }
    for snapshot in ["arn:aws:rds:eu-west-1:111122223333:snapshot:rds:orders", "awsbackup:orders"] {
        accepts(FLOW, &source(&json!({ "dbSnapshotIdentifier": snapshot })));
    }
}

#[test]
fn an_availability_zone_is_given_for_one_zone_alone() {
    let asked = |multi_az: bool| {
        target(&json!({ "multiAz": multi_az, "availabilityZone": "eu-central-1a" }))
    };
    refuses(FLOW, &asked(true), &[("target.rds.availabilityZone", "cannot be given with")]);
    accepts(FLOW, &asked(false));
    accepts(FLOW, &target(&json!({ "multiAz": true })));
}

#[test]
fn an_availability_zone_is_in_the_target_region() {
    refuses(
        FLOW,
        &target(&json!({ "availabilityZone": "eu-west-1a" })),
        &[("target.rds.availabilityZone", "`eu-west-1a` is not in Region eu-central-1")],
    );
}

#[test]
fn enhanced_monitoring_takes_an_interval_and_a_role_or_neither() {
    let role = "arn:aws:iam::444455556666:role/monitoring";
    for rds in [
        json!({ "monitoringRoleArn": role }),
        json!({ "monitoringRoleArn": role, "monitoringInterval": 0 }),
        json!({ "monitoringInterval": 60 }),
    ] {
        refuses(
            FLOW,
            &target(&rds),
            &[("target.rds.monitoringRoleArn", "goes with a `monitoringInterval` above 0")],
        );
    }
    accepts(FLOW, &target(&json!({ "monitoringRoleArn": role, "monitoringInterval": 60 })));
    accepts(FLOW, &target(&json!({ "monitoringInterval": 0 })));
}

#[test]
fn the_monitoring_role_is_the_target_accounts() {
    refuses(
        FLOW,
        &target(&json!({
            "monitoringInterval": 60,
            "monitoringRoleArn": "arn:aws:iam::111122223333:role/monitoring",
        })),
        &[("target.rds.monitoringRoleArn", "is a role of account 111122223333")],
    );
}

#[test]
fn magnetic_storage_is_not_offered() {
    refuses(
        FLOW,
        &target(&json!({ "storageType": "standard" })),
        &[("target.rds.storageType", "unknown variant `standard`")],
    );
}

#[test]
fn an_alternative_is_another_class_or_zone_of_the_region() {
    const FLOW: Flow = Flow::RdsCrossRegion;
    let alternatives = |it: Value| json!({ "target": { "rds": { "alternatives": it } } });
    let multi_az = |it: Value| json!({ "target": { "rds": { "multiAz": true, "availabilityZone": null, "alternatives": it } } });
    let zone = "target.rds.alternatives[0].availabilityZone";
    accepts(
        FLOW,
        &alternatives(json!([
            { "dbInstanceClass": "db.m6g.large" }, { "availabilityZone": "eu-central-1b" },
        ])),
    );
    refuses(
        FLOW,
        &alternatives(json!([{}])),
        &[("target.rds.alternatives[0]", "give `dbInstanceClass`")],
    );
    for other in ["eu-west-1a", "eu-central-12a", "eu-central-1"] {
        let asked = alternatives(json!([{ "availabilityZone": other }]));
        refuses(FLOW, &asked, &[(zone, "is not in Region eu-central-1")]);
    }
    let asked = multi_az(json!([{ "availabilityZone": "eu-central-1a" }]));
    refuses(FLOW, &asked, &[(zone, "cannot be given with `multiAz`")]);
}
