//! A plan on the day on which its source cannot be reached.

use serde_json::{Value, json};

use crate::Flow;
use crate::recovery::examples::{
    db, expand_as, expanded, plan, plan_of, plan_with, refuses_as, server,
};
use crate::recovery::{Item, Recovery};
use crate::request::examples::{
    SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, TARGET_REGION, changed, key_arn,
};

const ELSEWHERE: &str = "eu-west-3";

fn lost(what: &Value) -> Value {
    json!({ "sourceLost": what })
}

/// What a plan comes to whose source's Region is lost.
#[track_caller]
fn without_source(plan: &Value) -> Recovery {
    expand_as(plan, &lost(&json!({ "region": SOURCE_REGION })))
        .unwrap_or_else(|faults| panic!("{faults}"))
}

fn restores(recovery: &Recovery) -> Vec<&Item> {
    recovery.waves.iter().flat_map(|wave| &wave.restores).collect()
}

fn sources(recovery: &Recovery) -> Vec<Value> {
    let source = |item: &&Item| serde_json::to_value(&item.request.source).unwrap();
    restores(recovery).iter().map(source).collect()
}

/// One restore from another Region of the source's account.
fn elsewhere() -> Value {
    changed(server(9), &json!({ "source": { "region": ELSEWHERE } }))
}

#[test]
fn restores_are_made_of_what_lies_at_their_target_and_was_recorded() {
    for what in [
        json!({ "region": SOURCE_REGION }),
        json!({ "accountId": SOURCE_ACCOUNT }),
        json!({ "accountId": SOURCE_ACCOUNT, "region": SOURCE_REGION }),
    ] {
        let recovery =
            expand_as(&plan_of(&json!([db("orders"), server(1)])), &lost(&what)).unwrap();

        let side = json!({
            "accountId": TARGET_ACCOUNT,
            "region": TARGET_REGION,
            "grantKeyAccess": false,
            "recorded": { "accountId": SOURCE_ACCOUNT, "region": SOURCE_REGION },
        });
        let of = |part: Value| changed(side.clone(), &part);
        assert_eq!(
            sources(&recovery),
            [
                of(json!({ "rds": { "dbInstanceIdentifier": "orders", "at": "latest" } })),
                of(json!({ "ec2": { "instanceId": "i-00000001", "at": "latest" } })),
            ]
        );
        let flows: Vec<Flow> = restores(&recovery).iter().map(|item| item.request.flow()).collect();
        assert_eq!(flows, [Flow::RdsSameLocation, Flow::Ec2SameLocation]);
    }
}

#[test]
fn what_a_plan_says_of_the_source_s_side_is_of_no_matter_that_day() {
    let side = json!({ "defaults": { "source": {
        "externalId": "orders-source",
        "stagingKmsKeyId": key_arn(SOURCE_REGION, SOURCE_ACCOUNT, 2),
        "grantKeyAccess": true,
    } } });
    let first_hop = key_arn(SOURCE_REGION, TARGET_ACCOUNT, 3);
    let restore =
        changed(db("orders"), &json!({ "target": { "intermediateKmsKeyId": first_hop } }));
    let told = changed(plan_of(&json!([restore])), &side);
    expanded(&told);

    let recovery = without_source(&told);

    let requests: Vec<_> = restores(&recovery).iter().map(|it| it.request.clone()).collect();
    let plain = without_source(&plan_of(&json!([db("orders")])));
    assert_eq!(requests, [restores(&plain)[0].request.clone()]);
}

#[test]
fn each_restore_does_without_the_settings_of_its_service() {
    let settings = json!(["keyName", "dbParameterGroupName"]);
    let how = lost(&json!({ "region": SOURCE_REGION, "leaveOut": settings }));

    let recovery = expand_as(&plan_of(&json!([db("orders"), server(1)])), &how).unwrap();

    let left_out = |source: &Value| source["recorded"]["leaveOut"].clone();
    let left_out: Vec<Value> = sources(&recovery).iter().map(left_out).collect();
    assert_eq!(left_out, [json!(["dbParameterGroupName"]), json!(["keyName"])]);
}

#[test]
fn restores_keep_their_ids_so_that_a_recovery_goes_on_without_its_source() {
    let ids = |recovery: &Recovery| -> Vec<String> {
        restores(recovery).iter().map(|item| item.restore_id.to_string()).collect()
    };

    assert_eq!(ids(&without_source(&plan())), ids(&expanded(&plan())));
}

#[test]
fn restores_whose_source_can_be_reached_are_made_as_ever() {
    let plan = plan_of(&json!([server(1), elsewhere()]));

    let (lost, as_ever) = (without_source(&plan), expanded(&plan));

    assert_ne!(sources(&lost)[0], sources(&as_ever)[0]);
    assert_eq!(restores(&lost)[1], restores(&as_ever)[1]);
}

#[test]
fn restores_that_do_without_their_source_anyway_stay_as_they_are() {
    let plan = plan_with(&json!({ "defaults": { "source": {
        "accountId": TARGET_ACCOUNT,
        "region": TARGET_REGION,
        "roleArn": null,
        "recorded": { "accountId": SOURCE_ACCOUNT, "region": SOURCE_REGION },
    } } }));

    assert_eq!(without_source(&plan), expanded(&plan));
}

#[test]
fn what_cannot_be_made_without_its_source_is_told_by_its_place() {
    let of_region = lost(&json!({ "region": SOURCE_REGION }));
    let listed = json!({ "source": { "ec2": { "volumes": [
        { "snapshotId": "snap-0a0a0a0a", "deviceName": "/dev/xvda", "root": true },
    ] } } });
    let back = changed(
        server(2),
        &json!({ "target": {
            "region": SOURCE_REGION, "kmsKeyId": key_arn(SOURCE_REGION, TARGET_ACCOUNT, 1),
        } }),
    );
    refuses_as(
        &plan_of(&json!([server(1), listed, back])),
        &of_region,
        &[
            ("waves[0].restores[1].source.ec2.volumes", "whose records are found by `instanceId`"),
            ("waves[0].restores[2].target", "eu-west-1 in account 444455556666 cannot be reached"),
        ],
    );
}

#[test]
fn a_place_that_no_restore_comes_from_is_told_as_one() {
    for what in [
        json!({ "region": ELSEWHERE }),
        json!({ "accountId": "999999999999" }),
        json!({ "accountId": SOURCE_ACCOUNT, "region": ELSEWHERE }),
    ] {
        let none = "no restore of the plan has its source there";
        refuses_as(&plan(), &lost(&what), &[("sourceLost", none)]);
    }
}
