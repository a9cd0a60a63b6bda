//! A plan as a drill.

use serde_json::{Value, json};

use crate::Request;
use crate::recovery::RecoveryPlan;
use crate::recovery::examples::{
    db, expand_as, expanded, items, plan_of, plan_with, recovery_id, refuses, run,
};
use crate::request::Mode;

fn network() -> Value {
    json!({ "network": {
        "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"],
        "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0e0e0e0e"],
    } })
}

fn drilled(change: &Value) -> Value {
    let plan = plan_with(&json!({ "defaults": { "drill": network() } }));
    crate::request::examples::changed(plan, change)
}

fn requests(plan: &Value, how: &Value) -> Vec<Request> {
    let recovery = expand_as(plan, how).unwrap_or_else(|faults| panic!("{faults}"));
    let items = recovery.waves.into_iter().flat_map(|wave| wave.restores);
    items.map(|item| item.request).collect()
}

#[test]
fn each_restore_of_a_drilled_plan_is_a_drill_under_an_id_of_its_own() {
    let plan = drilled(&json!({ "mode": "drill" }));
    for item in items(&plan) {
        assert_eq!(item.request.mode, Mode::Drill, "{}", item.path);
        assert!(item.restore_id.is_of_drill(), "{}", item.restore_id);
        assert_eq!(item.request.restore_id.as_ref(), Some(&item.restore_id));
        // What `plan-restore` calls it, so that the ledger finds it again.
        assert_eq!(item.request.id("whatever"), item.restore_id);
        assert!(item.request.drill.is_some());
    }
    assert_eq!(expanded(&plan).mode, Mode::Drill);
}

#[test]
fn one_plan_serves_for_the_day_and_for_the_drill() {
    let stays = json!({ "defaults": { "options": { "onFailure": "keep", "keepCopies": true } } });
    let plan = drilled(&stays);

    for request in requests(&plan, &json!({})) {
        assert_eq!((request.mode, &request.drill), (Mode::Restore, &None));
        assert!(request.options.keep_copies);
    }
    for request in requests(&plan, &json!({ "mode": "drill" })) {
        assert_eq!(request.mode, Mode::Drill);
        assert!(!request.options.keep_copies);
    }
    let calmed = drilled(&json!({ "mode": "drill" }));
    for request in requests(&calmed, &json!({ "mode": "restore" })) {
        assert_eq!(request.mode, Mode::Restore);
    }
}

#[test]
fn a_drill_and_the_recovery_itself_share_no_id() {
    let plan = drilled(&json!({}));
    let ids = |how: Value| {
        let recovery = RecoveryPlan::read(&plan).unwrap();
        let recovery = recovery.expand(&recovery_id(), &run(&how)).unwrap();
        let items = recovery.waves.into_iter().flat_map(|wave| wave.restores);
        items.map(|item| item.restore_id).collect::<Vec<_>>()
    };
    let (real, drill) = (ids(json!({})), ids(json!({ "mode": "drill" })));

    assert!(real.iter().all(|id| !drill.contains(id) && !id.is_of_drill()));
}

#[test]
fn what_is_wrong_with_a_drill_is_told_where_it_is_written() {
    let mut named = db("orders");
    named["restoreId"] = "drill-orders".into();
    let mut plan = plan_of(&json!([named]));
    let told = [("waves[0].restores[0].restoreId", "begins with `drill-`")];
    refuses(&plan, &told);
    plan["mode"] = "drill".into();
    plan["defaults"]["drill"] = network();
    refuses(&plan, &told);

    let nowhere = plan_with(&json!({ "mode": "drill" }));
    refuses(
        &nowhere,
        &[
            ("waves[0].restores[0].drill", "required with `mode`"),
            ("waves[0].restores[1].drill", "required with `mode`"),
            ("waves[1].restores[0].drill", "required with `mode`"),
            ("waves[1].restores[1].drill", "required with `mode`"),
        ],
    );
    let misspelt = json!({ "defaults": { "drill": { "network": { "vpcId": "vpc-1" } } } });
    refuses(&plan_with(&misspelt), &[("defaults.drill.network.vpcId", "unknown field")]);
}

#[test]
fn a_part_of_a_drill_is_laid_over_another() {
    let check = "arn:aws:lambda:eu-central-1:123456789012:function:check";
    let plan = drilled(&json!({ "mode": "drill", "defaults": { "drill": { "rtoMinutes": 60 } } }));
    let mut plan = plan;
    plan["waves"][0]["restores"][0]["drill"] =
        json!({ "validationFunctionArn": check, "rtoMinutes": null });

    let drills: Vec<Value> = requests(&plan, &json!({}))
        .iter()
        .map(|request| serde_json::to_value(&request.drill).unwrap())
        .collect();
    assert_eq!(drills[0]["validationFunctionArn"], check);
    assert_eq!(drills[0]["rtoMinutes"], Value::Null);
    assert_eq!(drills[1]["rtoMinutes"], 60);
}
