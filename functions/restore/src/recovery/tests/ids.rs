//! By which id a restore goes that names none.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::id::RecoveryId;
use crate::recovery::RecoveryPlan;
use crate::recovery::examples::{db, items, plan, plan_of, plan_with, run, server};
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
    assert_eq!(ids(&plan), ["orders", "r-1ecf62a7b30c2368", "r-7616b07b3078b87e"]);
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
fn two_restores_of_one_source_into_one_place_are_told_apart_by_what_is_asked() {
    let large =
        changed(server(1), &json!({ "target": { "ec2": { "instanceType": "m7g.2xlarge" } } }));
    let one = items(&plan_of(&json!([server(1), large])));
    let other = items(&plan_of(&json!([large, server(1)])));

    assert_ne!(one[0].restore_id, one[1].restore_id);
    assert_eq!(one[0].request, other[1].request);
    assert_eq!(one[1].request, other[0].request);
    let same = ids(&plan_of(&json!([server(1), server(1), server(1)])));
    assert_eq!(same.iter().collect::<BTreeSet<_>>().len(), 3);
}
