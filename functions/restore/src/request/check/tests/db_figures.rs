//! The figures and choices of a DB instance, each at its bounds.

use serde_json::{Value, json};

use super::{accepts, refuses};
use crate::Flow;

const FLOW: Flow = Flow::RdsCrossAccountCrossRegion;

fn target(rds: &Value) -> Value {
    json!({ "target": { "rds": rds } })
}

#[test]
fn a_figure_is_within_its_range() {
    for (rds, path, words) in [
        (json!({ "port": 0 }), "target.rds.port", "0 is not within 1150 to 65535"),
        (json!({ "port": 1149 }), "target.rds.port", "1149 is not within 1150 to 65535"),
        (json!({ "port": 65_536 }), "target.rds.port", "65536"),
        (json!({ "backupRetentionPeriod": -1 }), "target.rds.backupRetentionPeriod", "0 to 35"),
        (json!({ "backupRetentionPeriod": 36 }), "target.rds.backupRetentionPeriod", "0 to 35"),
        (
            json!({ "monitoringInterval": -1 }),
            "target.rds.monitoringInterval",
            "0, 1, 5, 10, 15, 30, 60",
        ),
        (json!({ "allocatedStorage": 19 }), "target.rds.allocatedStorage", "20 to 65536"),
        (json!({ "allocatedStorage": 65_537 }), "target.rds.allocatedStorage", "20 to 65536"),
        (
            json!({ "allocatedStorage": 99, "storageType": "io2", "iops": 1000 }),
            "target.rds.allocatedStorage",
            "100 to 65536 of storage of type io2",
        ),
        (json!({ "maxAllocatedStorage": 19 }), "target.rds.maxAllocatedStorage", "at least 20"),
        (json!({ "iops": -1 }), "target.rds.iops", "neither 0 nor at least 1000"),
        (json!({ "iops": 999 }), "target.rds.iops", "neither 0 nor at least 1000"),
        (json!({ "storageThroughput": 0 }), "target.rds.storageThroughput", "at least 1"),
    ] {
        refuses(FLOW, &target(&rds), &[(path, words)]);
    }
    for rds in [
        json!({ "port": 1150, "backupRetentionPeriod": 0, "monitoringInterval": 0, "iops": 0 }),
        json!({ "port": 65_535, "backupRetentionPeriod": 35, "iops": 1000 }),
        json!({ "allocatedStorage": 20, "maxAllocatedStorage": 20 }),
        json!({ "allocatedStorage": 65_536 }),
        json!({ "allocatedStorage": 100, "storageType": "io1", "iops": 1000 }),
    ] {
        accepts(FLOW, &target(&rds));
    }
}

#[test]
fn an_interval_of_enhanced_monitoring_is_one_of_seven() {
    let asked = |interval: i32| {
        target(&json!({
            "monitoringInterval": interval,
            "monitoringRoleArn": "arn:aws:iam::444455556666:role/monitoring",
        }))
    };
    for interval in [1, 5, 10, 15, 30, 60] {
        accepts(FLOW, &asked(interval));
    }
    for interval in [2, 45, 61] {
        refuses(FLOW, &asked(interval), &[("target.rds.monitoringInterval", "is none of these")]);
    }
}

#[test]
fn a_choice_is_one_that_rds_has() {
    let (support, disabled) =
        ("open-source-rds-extended-support", "open-source-rds-extended-support-disabled");
    for (field, all) in [
        ("engineLifecycleSupport", &[support, disabled][..]),
        (
            "licenseModel",
            &[
                "bring-your-own-license",
                "bring-your-own-media",
                "general-public-license",
                "license-included",
                "marketplace-license",
                "postgresql-license",
            ],
        ),
        ("networkType", &["IPV4", "DUAL"]),
    ] {
        for one in all {
            accepts(FLOW, &target(&json!({ field: one })));
            let other = format!("{one}-other");
            let words = format!("`{other}` is none of {}", all.join(", "));
            let path = format!("target.rds.{field}");
            refuses(FLOW, &target(&json!({ field: other })), &[(path.as_str(), words.as_str())]);
        }
    }
}

#[test]
fn a_maintenance_window_is_half_an_hour_of_the_week_or_more() {
    let asked = |window: &str| target(&json!({ "preferredMaintenanceWindow": window }));
    let path = "target.rds.preferredMaintenanceWindow";

    accepts(FLOW, &asked("sun:03:00-sun:03:30"));
    refuses(FLOW, &asked("sun:03:00-sun:03:29"), &[(path, "needs at least 30")]);
    refuses(FLOW, &asked("03:00-04:00"), &[(path, "ddd:hh24:mi-ddd:hh24:mi")]);
}

#[test]
fn throughput_goes_with_gp3_alone() {
    let path = "target.rds.storageThroughput";
    for (rds, words) in [
        (json!({ "storageType": "gp2", "storageThroughput": 500 }), "the storage is of type gp2"),
        (
            json!({ "storageType": "io2", "iops": 4000, "storageThroughput": 500 }),
            "the storage is of type io2",
        ),
        (json!({ "iops": 12_000, "storageThroughput": 500 }), "RDS takes io1"),
    ] {
        refuses(FLOW, &target(&rds), &[(path, words)]);
    }
    for rds in [
        json!({ "storageType": "gp3", "iops": 12_000, "storageThroughput": 500 }),
        json!({ "storageThroughput": 500 }),
        json!({ "iops": 0, "storageThroughput": 500 }),
    ] {
        accepts(FLOW, &target(&rds));
    }
}

#[test]
fn provisioned_storage_does_not_give_its_iops_up() {
    for storage_type in ["io1", "io2"] {
        refuses(
            FLOW,
            &target(&json!({ "storageType": storage_type, "iops": 0 })),
            &[("target.rds.iops", "0 is none")],
        );
        // Its snapshot may have them.
        accepts(FLOW, &target(&json!({ "storageType": storage_type })));
    }
}

#[test]
fn storage_grows_to_no_less_than_it_begins_with() {
    let asked =
        |most: i32| target(&json!({ "allocatedStorage": 400, "maxAllocatedStorage": most }));

    let path = "target.rds.maxAllocatedStorage";
    refuses(FLOW, &asked(399), &[(path, "399 GiB is not at least 400")]);
    accepts(FLOW, &asked(400));
    accepts(FLOW, &asked(1000));
}
