//! What is wrong with plans: every fault, by its path.

use serde_json::{Value, json};

use crate::recovery::examples::{
    db, expand, items, plan, plan_of, plan_with, refuses, refuses_as, server,
};
use crate::recovery::{Faults, MAX_PLAN_BYTES, RecoveryPlan};
use crate::request::examples::{TARGET_ACCOUNT, changed, key_arn};

#[test]
fn a_document_that_is_no_plan_says_why() {
    let parse =
        |document: &[u8]| RecoveryPlan::parse(document).map_err(|faults| faults.to_string());

    assert_eq!(parse(b" \n"), Err("plan: is empty".to_owned()));
    let told = parse(b"{ \"planId\": ").unwrap_err();
    assert!(told.starts_with("plan: is not JSON: EOF"), "{told}");
    let told = parse(&vec![b' '; MAX_PLAN_BYTES + 1]).unwrap_err();
    assert!(told.starts_with("plan: has 16777217 bytes"), "{told}");
    let told = parse(b"[]").unwrap_err();
    assert!(told.starts_with("plan: "), "{told}");
    assert!(parse(plan().to_string().as_bytes()).is_ok());
}

#[test]
fn a_field_that_does_not_fit_is_refused_by_its_path() {
    for (change, path) in [
        (json!({ "mode": "test" }), "mode"),
        (json!({ "planId": "Orders" }), "planId"),
        (json!({ "planId": format!("a{}", "-1".repeat(20)) }), "planId"),
        (json!({ "profiles": { "a": { "extend": "b" } } }), "profiles.a.extend"),
        (json!({ "profiles": { "a.b": {} } }), "profiles.a.b"),
        (json!({ "defaults": { "restoreId": "a" } }), "defaults.restoreId"),
        (
            json!({ "networkMap": { "subnets": { "subnet-0a0a0a0a": "b" } } }),
            "networkMap.subnets.subnet-0a0a0a0a",
        ),
        (json!({ "maxConcurrency": -1 }), "maxConcurrency"),
        (json!({ "onWaveFailure": "go on" }), "onWaveFailure"),
        (json!({ "waves": {} }), "waves"),
        (json!({ "waves": [{ "name": "a" }] }), "waves[0]"),
        (
            json!({ "waves": [{ "name": "a", "restores": [{ "at": 1 }] }] }),
            "waves[0].restores[0].at",
        ),
        (
            json!({ "waves": [{ "name": "a", "restores": [{ "restoreId": "Orders" }] }] }),
            "waves[0].restores[0].restoreId",
        ),
    ] {
        let faults = expand(&plan_with(&change)).unwrap_err();
        assert_eq!((faults.first().len(), faults.more()), (1, 0), "{change}");
        assert_eq!(faults.first()[0].path, path, "{faults}");
    }
}

#[test]
fn limits_are_told_with_what_they_are() {
    for (change, path, words) in [
        (json!({ "waves": [] }), "waves", "is empty"),
        (json!({ "waves": [{ "name": "a", "restores": [] }] }), "waves[0].restores", "is empty"),
        (json!({ "maxConcurrency": 0 }), "maxConcurrency", "0 would mean no limit"),
        (json!({ "maxConcurrency": 10_001 }), "maxConcurrency", "10001 is more than the 10000"),
        (
            json!({ "toleratedFailurePercentage": 100.5 }),
            "toleratedFailurePercentage",
            "100.5 is not",
        ),
        (json!({ "toleratedFailurePercentage": -1 }), "toleratedFailurePercentage", "-1 is not"),
        (json!({ "rtoMinutes": 0 }), "rtoMinutes", "is not at least 1"),
        (json!({ "rpoMinutes": 0 }), "rpoMinutes", "is not at least 1"),
    ] {
        refuses(&plan_with(&change), &[(path, words)]);
    }
    let waves: Vec<Value> = (0..101)
        .map(|number| json!({ "name": format!("w{number}"), "restores": [server(number)] }))
        .collect();
    refuses(&plan_with(&json!({ "waves": waves })), &[("waves", "are 101, more than 100")]);
    let profiles: Value = (0..201).map(|number| (format!("p{number}"), json!({}))).collect();
    refuses(&plan_with(&json!({ "profiles": profiles })), &[("profiles", "are 201")]);
}

#[test]
fn every_fault_is_told_at_once() {
    let other_region = json!({ "target": { "kmsKeyId": key_arn("us-east-1", TARGET_ACCOUNT, 1) } });
    let plan = plan_with(&json!({
        "rtoMinutes": 0,
        "profiles": { "a": { "extends": "gone" }, "b": { "source": { "regoin": "eu-west-1" } } },
        "waves": [
            { "name": "one", "maxConcurrency": 0, "restores": [
                changed(server(1), &json!({ "profile": "b" })),
                changed(server(2), &json!({ "profile": "b", "target": { "keyId": "x" } })),
                changed(server(3), &other_region),
                changed(server(4), &json!({ "source": { "ec2": { "at": "noon" } } })),
            ] },
            { "name": "one", "toleratedFailurePercentage": 101, "restores": [
                changed(server(5), &json!({ "profile": "gone" })),
                {},
            ] },
        ],
    }));

    refuses_as(
        &plan,
        &json!({ "fromWave": "two" }),
        &[
            ("rtoMinutes", "is not at least 1"),
            ("waves[0].maxConcurrency", "0 would mean no limit"),
            ("waves[1].name", "`one` is also the name of waves[0]"),
            ("waves[1].toleratedFailurePercentage", "101 is not between 0 and 100"),
            ("waves[1].restores[0].profile", "there is no profile `gone` but `a`, `b`"),
            ("fromWave", "there is no wave `two` but `one`"),
            ("profiles.a.extends", "there is no profile `gone` but `a`, `b`"),
            ("profiles.b.source.regoin", "unknown field `regoin`"),
            ("waves[0].restores[1].target.keyId", "unknown field `keyId`"),
            ("waves[0].restores[2].target.kmsKeyId", "is a key of Region us-east-1"),
            ("waves[0].restores[3].source.ec2.at", "`noon` is neither"),
            ("waves[1].restores[1].source", "are both spoken of: name one"),
        ],
    );
}

#[test]
fn profiles_that_go_in_a_circle_are_told_once_and_those_that_lead_into_it_not() {
    let plan = plan_with(&json!({
        "profiles": {
            "a": { "extends": "b" }, "b": { "extends": "c" }, "c": { "extends": "b" },
            "d": { "extends": "d" },
        },
        "waves": [{ "name": "all", "restores": [changed(server(1), &json!({ "profile": "a" }))] }],
    }));

    refuses(
        &plan,
        &[
            ("profiles.b.extends", "goes in a circle: b → c → b"),
            ("profiles.d.extends", "goes in a circle: d → d"),
        ],
    );
}

#[test]
fn what_is_wrong_in_the_defaults_is_told_there_and_once() {
    for (change, path, words) in [
        (json!({ "source": { "regoin": "x" } }), "defaults.source.regoin", "unknown field"),
        (json!({ "source": { "regoin": null } }), "defaults.source.regoin", "unknown field"),
        (
            json!({ "source": { "ec2": { "instance": null } } }),
            "defaults.source.ec2.instance",
            "unknown field",
        ),
        (
            json!({ "target": { "ec2": { "tagz": { "a": null } } } }),
            "defaults.target.ec2.tagz",
            "unknown field",
        ),
        (
            json!({ "target": { "rds": { "tags": { "a": 1 } } } }),
            "defaults.target.rds.tags.a",
            "invalid type",
        ),
        (
            json!({ "target": { "networkMap": { "subnet": {} } } }),
            "defaults.target.networkMap.subnet",
            "unknown field",
        ),
        (
            json!({ "target": { "networkMap": { "keyNames": { "ops": 1 } } } }),
            "defaults.target.networkMap.keyNames.ops",
            "invalid type",
        ),
        (
            json!({ "target": { "rds": { "port": "x" } } }),
            "defaults.target.rds.port",
            "invalid type",
        ),
        (json!({ "options": { "dryRun": true } }), "defaults.options.dryRun", "as a whole"),
    ] {
        let mut plan = plan();
        for (part, fields) in change.as_object().unwrap() {
            for (name, value) in fields.as_object().unwrap() {
                plan["defaults"][part][name] = value.clone();
            }
        }
        refuses(&plan, &[(path, words)]);
    }
}

#[test]
fn what_lacks_a_field_after_all_is_told_at_the_restore() {
    let plan = plan_with(&json!({ "defaults": { "target": { "region": null } } }));
    let missing = "missing field `region`";

    refuses(
        &plan,
        &[
            ("waves[0].restores[0].target", missing),
            ("waves[0].restores[1].target", missing),
            ("waves[1].restores[0].target", missing),
            ("waves[1].restores[1].target", missing),
        ],
    );
    let bare = json!({ "planId": "a", "waves": [{ "name": "a", "restores": [{}] }] });
    refuses(&bare, &[("waves[0].restores[0]", "missing field `source`")]);
}

#[test]
fn an_id_is_used_once() {
    let named = |restore: Value, id: &str| changed(restore, &json!({ "restoreId": id }));
    let plan = plan_of(&json!([
        named(server(1), "orders"),
        named(server(2), "orders"),
        changed(named(server(3), "orders"), &json!({ "target": { "keyId": "x" } })),
    ]));

    refuses(
        &plan,
        &[
            ("waves[0].restores[2].target.keyId", "unknown field"),
            ("waves[0].restores[1].restoreId", "`orders` is also the id of waves[0].restores[0]"),
            ("waves[0].restores[2].restoreId", "`orders` is also the id of waves[0].restores[0]"),
        ],
    );
}

#[test]
fn a_given_id_is_not_that_which_another_restore_derives() {
    let derived = items(&plan_of(&json!([server(1)])))[0].restore_id.clone();

    let plan = plan_of(&json!([server(1), changed(server(2), &json!({ "restoreId": derived }))]));

    let words = format!("`{derived}` is also the id of waves[0].restores[1]");
    refuses(&plan, &[("waves[0].restores[0].restoreId", &words)]);
}

#[test]
fn a_db_instance_is_made_once_in_an_account_and_region() {
    let as_orders = json!({ "target": { "rds": { "dbInstanceIdentifier": "Orders" } } });
    let elsewhere = json!({ "target": {
        "region": "us-east-1", "kmsKeyId": key_arn("us-east-1", TARGET_ACCOUNT, 1),
    } });
    let plan = plan_with(&json!({ "waves": [
        { "name": "a", "restores": [db("orders"), changed(db("orders"), &elsewhere)] },
        { "name": "b", "restores": [changed(db("billing"), &as_orders)] },
    ] }));

    refuses(
        &plan,
        &[(
            "waves[1].restores[0].target.rds.dbInstanceIdentifier",
            "`Orders` is also made by waves[0].restores[0]",
        )],
    );
}

#[test]
fn a_plan_of_more_restores_than_fit_is_refused_before_any_is_looked_at() {
    let restores: Vec<Value> = (0..10_001).map(|_| json!({ "target": { "x": 1 } })).collect();

    refuses(&plan_of(&json!(restores)), &[("waves", "have 10001 restores together")]);
}

#[test]
fn a_plan_of_more_profiles_than_fit_is_refused_before_any_is_looked_at() {
    // Each extends the one before: what each lies over would be looked through for each, name by
    // name. The first extends none that is there, and the restore names none.
    let profiles: Value = (0..7_700)
        .map(|number: usize| {
            let base =
                number.checked_sub(1).map_or_else(|| "gone".to_owned(), |base| format!("p{base}"));
            (format!("p{number}"), json!({ "extends": base }))
        })
        .collect();
    let plan = plan_of(&json!([changed(server(1), &json!({ "profile": "none" }))]));

    let plan = changed(plan, &json!({ "profiles": profiles }));

    refuses(&plan, &[("profiles", "are 7700, more than 200")]);
}

#[test]
fn ten_thousand_faults_are_a_report_of_a_hundred() {
    let restores: Vec<Value> = (0..10_000).map(|_| json!({ "target": { "x": 1 } })).collect();

    let faults: Faults = expand(&plan_of(&json!(restores))).unwrap_err();

    assert_eq!((faults.first().len(), faults.more()), (100, 9_900));
    assert!(serde_json::to_string(&faults).unwrap().len() < 256 * 1024);
}
