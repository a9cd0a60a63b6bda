//! Restores of instances that are known by their records, laid over what a plan says of all of them.

use serde_json::{Value, json};

use crate::recovery::examples::{db, items, plan_of, refuses, server};
use crate::request::examples::{
    SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, TARGET_REGION, changed,
};

/// A DB instance and a server whose account is out of reach, as `defaults` say on top of that.
fn dead(restores: &Value, defaults: &Value) -> Value {
    let source = json!({
        "accountId": TARGET_ACCOUNT,
        "region": TARGET_REGION,
        "roleArn": null,
        "recorded": { "accountId": SOURCE_ACCOUNT, "region": SOURCE_REGION },
    });
    let plan = changed(plan_of(restores), &json!({ "defaults": { "source": source } }));
    changed(plan, &json!({ "defaults": { "source": { "recorded": defaults } } }))
}

/// The settings that each restore does without.
fn left_out(plan: &Value) -> Vec<Value> {
    let recorded = |request: Value| request["source"]["recorded"]["leaveOut"].clone();
    let items = items(plan);
    items.iter().map(|item| recorded(serde_json::to_value(&item.request).unwrap())).collect()
}

#[test]
fn of_settings_that_all_do_without_each_takes_those_of_its_service() {
    let defaults = json!({ "leaveOut": ["keyName", "optionGroupName", "securityGroupIds"] });

    let plan = dead(&json!([db("orders"), server(1)]), &defaults);

    assert_eq!(
        left_out(&plan),
        [json!(["optionGroupName"]), json!(["keyName", "securityGroupIds"])]
    );
}

#[test]
fn a_restore_says_itself_what_it_does_without_and_is_refused_what_it_has_not() {
    let own = |setting: &str| {
        changed(server(1), &json!({ "source": { "recorded": { "leaveOut": [setting] } } }))
    };
    let defaults = json!({ "leaveOut": ["optionGroupName"] });

    assert_eq!(left_out(&dead(&json!([own("keyName")]), &defaults)), [json!(["keyName"])]);
    refuses(
        &dead(&json!([own("networkType")]), &defaults),
        &[("waves[0].restores[0].source.recorded.leaveOut[0]", "no setting under `target.ec2`")],
    );
}

#[test]
fn a_profile_may_say_a_part_of_where_instances_lived() {
    for part in [
        json!({ "leaveOut": ["keyName"] }),
        json!({ "accountId": SOURCE_ACCOUNT }),
        json!({ "region": SOURCE_REGION }),
        json!({ "leaveOut": null }),
    ] {
        let restore = changed(server(1), &json!({ "profile": "part" }));
        let plan = dead(&json!([restore]), &json!({}));
        let profile = json!({ "source": { "recorded": part } });

        let plan = changed(plan, &json!({ "profiles": { "part": profile } }));

        assert_eq!(items(&plan).len(), 1, "{part}");
    }
}

#[test]
fn a_setting_that_is_none_is_told_where_it_is_written() {
    refuses(
        &dead(&json!([server(1)]), &json!({ "leaveOut": ["keyNames"] })),
        &[("defaults.source.recorded.leaveOut[0]", "unknown variant `keyNames`")],
    );
}
