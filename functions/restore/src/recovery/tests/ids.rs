//! By which id a restore goes that names none.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::id::RecoveryId;
use crate::recovery::RecoveryPlan;
use crate::recovery::examples::{db, items, plan, plan_of, plan_with, refuses, run, server};
use crate::request::examples::{TARGET_ACCOUNT, changed, key_arn};

fn ids(plan: &Value) -> Vec<String> {
    items(plan).iter().map(|item| item.restore_id.to_string()).collect()
}

#[test]
fn an_id_is_as_given_or_follows_from_the_recovery_and_what_is_restored() {
    let plan = plan_of(&json!([
        changed(server(1), &json!({ "restoreId": "orders" })),
        server(2),
        db("billing"),
    ]));

    // Changed ids would have a recovery under way make everything again.
    assert_eq!(ids(&plan), ["orders", "r-6b90766028dfd3f6", "r-19a79e5af384b26d"]);
    let items = items(&plan);
    assert!(items.iter().all(|item| item.request.restore_id.as_ref() == Some(&item.restore_id)));
}

#[test]
fn another_recovery_has_other_ids() {
    let plan = RecoveryPlan::read(&plan()).unwrap();
    let of = |id: &str| {
        let recovery = plan.expand(&RecoveryId::try_from(id).unwrap(), &run(&json!({}))).unwrap();
        let restores = recovery.waves.into_iter().flat_map(|wave| wave.restores);
        restores.map(|item| item.restore_id).collect::<BTreeSet<_>>()
    };

    assert_eq!(of("first"), of("first"));
    assert!(of("first").is_disjoint(&of("second")));
}

#[test]
fn an_id_does_not_depend_on_the_place_in_the_plan_nor_on_what_is_beside_it() {
    let before = ids(&plan_of(&json!([server(1), db("orders")])));
    let after = plan_with(&json!({ "waves": [
        { "name": "a", "restores": [db("billing"), db("orders")] },
        { "name": "b", "restores": [server(2), server(1)] },
    ] }));
    let after = ids(&after);

    assert_eq!((&before[0], &before[1]), (&after[3], &after[1]));
}

#[test]
fn an_id_tells_apart_whatever_makes_another_restore() {
    let elsewhere = json!({ "target": {
        "region": "us-east-1", "kmsKeyId": key_arn("us-east-1", TARGET_ACCOUNT, 1),
    } });
    let as_other = json!({ "target": { "rds": { "dbInstanceIdentifier": "other" } } });
    let volumes = |snapshot: &str| {
        json!({ "source": { "ec2": { "volumes": [
            { "snapshotId": snapshot, "deviceName": "/dev/xvda", "root": true },
        ] } } })
    };
    let snapshot = json!({
        "source": { "rds": { "dbSnapshotIdentifier": "orders" } },
        "target": { "rds": { "dbInstanceIdentifier": "third" } },
    });
    let all = ids(&plan_of(&json!([
        server(1),
        changed(server(1), &elsewhere),
        server(2),
        volumes("snap-0a0a0a0a"),
        volumes("snap-0b0b0b0b"),
        db("orders"),
        changed(db("orders"), &as_other),
        changed(db("orders"), &elsewhere),
        snapshot,
    ])));

    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
}

#[test]
fn a_snapshot_has_one_id_by_its_name_its_arn_and_in_either_case() {
    let of = |snapshot: &str| {
        ids(&plan_of(&json!([{
            "source": { "rds": { "dbSnapshotIdentifier": snapshot } },
            "target": { "rds": { "dbInstanceIdentifier": "orders" } },
        }])))
    };

    assert_eq!(of("Orders-nightly"), of("orders-nightly"));
    let arn = "arn:aws:rds:eu-west-1:111122223333:snapshot:orders-nightly";
    assert_eq!(of(arn), of("orders-nightly"));
}

#[test]
fn an_id_does_not_depend_on_how_it_is_restored() {
    let how = json!({
        "target": { "ec2": { "instanceType": "m7g.2xlarge", "tags": { "Name": "orders" } } },
        "options": { "keepCopies": true },
    });

    assert_eq!(
        ids(&plan_of(&json!([server(1)]))),
        ids(&plan_of(&json!([changed(server(1), &how)])))
    );
}

#[test]
fn restores_of_one_source_into_one_place_are_told_apart_by_the_ids_that_the_plan_gives() {
    let large =
        changed(server(1), &json!({ "target": { "ec2": { "instanceType": "m7g.2xlarge" } } }));
    let named = |restore: &Value, id: &str| changed(restore.clone(), &json!({ "restoreId": id }));
    let alike = |other| format!("is alike to waves[0].restores[{other}]: give each a `restoreId`");

    refuses(
        &plan_of(&json!([server(1), server(2), large, server(1)])),
        &[
            ("waves[0].restores[0]", &alike(2)),
            ("waves[0].restores[2]", &alike(0)),
            ("waves[0].restores[3]", &alike(0)),
        ],
    );
    // Else the second would adopt what the first made before it was given an id.
    refuses(
        &plan_of(&json!([named(&server(1), "small"), large])),
        &[("waves[0].restores[1]", &alike(0))],
    );
    let given = plan_of(&json!([named(&server(1), "small"), named(&large, "large")]));
    assert_eq!(ids(&given), ["small", "large"]);
}

#[test]
fn a_db_instance_that_two_restores_make_is_told_as_that_and_not_as_one_that_lacks_an_id() {
    refuses(
        &plan_of(&json!([db("orders"), db("orders")])),
        &[(
            "waves[0].restores[1].target.rds.dbInstanceIdentifier",
            "`orders` is also made by waves[0].restores[0]",
        )],
    );
}
