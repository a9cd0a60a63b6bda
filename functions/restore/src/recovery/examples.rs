//! Plans that nothing is wrong with, for tests to change.

use serde_json::{Value, json};

use super::{Faults, Item, Recover, Recovery, RecoveryPlan};
use crate::id::RecoveryId;
use crate::request::examples::{
    SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, TARGET_REGION, changed, key_arn,
};

/// Two databases, then two servers, all to another account and Region.
pub(super) fn plan() -> Value {
    json!({
        "planId": "orders-dr",
        "defaults": {
            "source": {
                "accountId": SOURCE_ACCOUNT,
                "region": SOURCE_REGION,
                "roleArn": format!("arn:aws:iam::{SOURCE_ACCOUNT}:role/restore-source"),
                "ec2": { "at": "latest" },
                "rds": { "at": "latest" },
            },
            "target": {
                "accountId": TARGET_ACCOUNT,
                "region": TARGET_REGION,
                "roleArn": format!("arn:aws:iam::{TARGET_ACCOUNT}:role/restore-target"),
                "kmsKeyId": key_arn(TARGET_REGION, TARGET_ACCOUNT, 1),
                "ec2": { "imageId": "ami-0a0a0a0a", "instanceType": "m7g.large" },
                "rds": { "dbInstanceClass": "db.m7g.large" },
            },
        },
        "waves": [
            { "name": "databases", "restores": [db("orders"), db("billing")] },
            { "name": "servers", "restores": [server(1), server(2)] },
        ],
    })
}

/// The restore of a DB instance under its own name.
pub(super) fn db(name: &str) -> Value {
    json!({
        "source": { "rds": { "dbInstanceIdentifier": name } },
        "target": { "rds": { "dbInstanceIdentifier": name } },
    })
}

/// The restore of the instance with this number.
pub(super) fn server(number: usize) -> Value {
    json!({ "source": { "ec2": { "instanceId": format!("i-{number:08x}") } } })
}

/// The example, with `change` merged into it.
pub(super) fn plan_with(change: &Value) -> Value {
    changed(plan(), change)
}

/// The example with these restores in its only wave.
pub(super) fn plan_of(restores: &Value) -> Value {
    plan_with(&json!({ "waves": [{ "name": "all", "restores": restores }] }))
}

pub(super) fn recovery_id() -> RecoveryId {
    RecoveryId::try_from("orders-2026-11-23").unwrap()
}

/// How a plan is run, but for the plan.
pub(super) fn run(how: &Value) -> Recover {
    Recover::read(&changed(json!({ "plan": {} }), how)).unwrap()
}

pub(super) fn expand_as(plan: &Value, how: &Value) -> Result<Recovery, Faults> {
    RecoveryPlan::read(plan)?.expand(&recovery_id(), &run(how))
}

pub(super) fn expand(plan: &Value) -> Result<Recovery, Faults> {
    expand_as(plan, &json!({}))
}

/// What a good plan comes to.
#[track_caller]
pub(super) fn expanded(plan: &Value) -> Recovery {
    expand(plan).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The restores of a good plan, in its order.
#[track_caller]
pub(super) fn items(plan: &Value) -> Vec<Item> {
    expanded(plan).waves.into_iter().flat_map(|wave| wave.restores).collect()
}

/// Expands a plan that is to show these faults and no others: each by its path and by words of it.
#[track_caller]
pub(super) fn refuses(plan: &Value, expected: &[(&str, &str)]) {
    refuses_as(plan, &json!({}), expected);
}

#[track_caller]
pub(super) fn refuses_as(plan: &Value, how: &Value, expected: &[(&str, &str)]) {
    let Err(faults) = expand_as(plan, how) else { panic!("{plan} was accepted") };
    let told: Vec<&str> = faults.first().iter().map(|fault| fault.path.as_str()).collect();
    let paths: Vec<&str> = expected.iter().map(|(path, _)| *path).collect();
    assert_eq!(told, paths, "{faults}");
    for (fault, (_, words)) in faults.first().iter().zip(expected) {
        assert!(fault.problem.contains(words), "{fault}");
    }
}
