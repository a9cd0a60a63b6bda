use aws_sdk_rds::types::builders::{DbInstanceBuilder, PendingModifiedValuesBuilder};
use aws_sdk_rds::types::{MasterUserSecret, PendingModifiedValues};
use serde_json::{Value, json};

use super::*;
use crate::example::db_launch;
use crate::modify::tests::{Found, ROLE, all, modified, restored};

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
        assert_eq!(left(&db_launch(&asked).settings, &found.build()), changes, "{asked}");
    }
}

fn pending(it: PendingModifiedValues) -> DbInstanceBuilder {
    modified().pending_modified_values(it)
}

fn with_secret(status: &str) -> DbInstanceBuilder {
    modified().master_user_secret(MasterUserSecret::builder().secret_status(status).build())
}

#[test]
fn what_is_asked_for_is_under_way_while_it_is_pending() {
    const NONE: fn() -> PendingModifiedValuesBuilder = PendingModifiedValues::builder;
    let (classed, password) =
        (json!({ "dbInstanceClass": "db.m6g.xlarge" }), ["manageMasterUserPassword"]);
    let cases: [(Value, Found, &[&str]); 8] = [
        (all(), modified, &[]),
        (classed.clone(), || pending(NONE().build()), &[]),
        (
            classed.clone(),
            || pending(NONE().db_instance_class("db.m6g.xlarge").build()),
            &["dbInstanceClass"],
        ),
        // Pending by nobody's wish here: its time may never come, or only with a reboot.
        (classed, || pending(NONE().multi_az(true).dedicated_log_volume(true).build()), &[]),
        (all(), || pending(NONE().master_user_password("****").build()), &password),
        (all(), || with_secret("creating"), &password),
        (all(), || with_secret("active"), &[]),
        // It can be used, and waiting mends nothing.
        (all(), || with_secret("impaired"), &[]),
    ];
    for (asked, found, expected) in cases {
        assert_eq!(under_way(&db_launch(&asked).settings, &found().build()), expected, "{asked}");
    }
}
