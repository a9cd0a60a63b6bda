//! What a restore takes from what it is laid over.

use serde_json::{Value, json};

use crate::Service;
use crate::recovery::examples::{db, items, plan_of, plan_with, refuses, server};
use crate::request::examples::changed;

/// The requests of a good plan, as JSON.
#[track_caller]
fn requests(plan: &Value) -> Vec<Value> {
    items(plan).iter().map(|item| serde_json::to_value(&item.request).unwrap()).collect()
}

#[test]
fn a_restore_takes_from_the_defaults_what_it_does_not_say() {
    let requests = requests(&plan_of(&json!([
        changed(
            db("orders"),
            &json!({ "target": { "rds": { "dbInstanceClass": "db.r7g.large" } } })
        ),
        server(1),
    ])));

    assert_eq!(requests[0]["target"]["rds"]["dbInstanceClass"], "db.r7g.large");
    assert_eq!(requests[0]["source"]["rds"]["at"], "latest");
    assert_eq!(requests[1]["target"]["ec2"]["instanceType"], "m7g.large");
    assert_eq!(requests[1]["source"]["accountId"], "111122223333");
}

#[test]
fn a_restore_takes_nothing_of_the_other_service() {
    let items = items(&plan_of(&json!([db("orders"), server(1)])));

    let [db, server] = [&items[0].request, &items[1].request];
    assert_eq!((db.service(), server.service()), (Service::Rds, Service::Ec2));
    assert!(db.source.ec2.is_none() && db.target.ec2.is_none());
    assert!(server.source.rds.is_none() && server.target.rds.is_none());
}

#[test]
fn a_restore_that_names_no_service_is_of_that_of_its_uppermost_profile_that_does() {
    let plan = plan_with(&json!({
        "profiles": {
            "nightly": { "source": { "rds": { "dbSnapshotIdentifier": "orders-nightly" } } },
            "servers": { "source": { "ec2": { "instanceId": "i-00000001" } } },
        },
        "waves": [{ "name": "all", "profile": "nightly", "restores": [
            { "target": { "rds": { "dbInstanceIdentifier": "orders" } } },
            { "profile": "servers" },
        ] }],
    }));

    let services: Vec<Service> = items(&plan).iter().map(|item| item.request.service()).collect();

    assert_eq!(services, [Service::Rds, Service::Ec2]);
}

#[test]
fn a_restore_that_names_both_services_has_not_chosen() {
    let both = changed(server(1), &db("orders"));

    refuses(&plan_of(&json!([both])), &[("waves[0].restores[0].source", "both spoken of")]);
}

#[test]
fn layers_lie_over_each_other_from_the_defaults_to_the_restore() {
    let typed = |name: &str| json!({ "ec2": { "instanceType": name } });
    let named = |name: &str| json!({ "ec2": { "instanceType": name, "keyName": name } });
    let profiles = json!({
        "base": { "target": { "ec2": { "instanceType": "base", "keyName": "base", "userData": "base" } } },
        "wave": { "extends": "base", "target": named("wave") },
        "own": { "extends": "base", "target": typed("own") },
    });
    let of = |wave: Value, own: Value, restore: Value| {
        let restore = changed(server(1), &json!({ "profile": own, "target": restore }));
        let wave =
            changed(json!({ "name": "all", "restores": [restore] }), &json!({ "profile": wave }));
        let plan = plan_with(&json!({ "profiles": profiles, "waves": [wave] }));
        let target = items(&plan)[0].request.target.ec2.clone().unwrap();
        [target.instance_type, target.key_name, target.user_data].map(Option::unwrap_or_default)
    };

    assert_eq!(of(json!(null), json!(null), json!({})), ["m7g.large", "", ""]);
    assert_eq!(of(json!("base"), json!(null), json!({})), ["base", "base", "base"]);
    assert_eq!(of(json!("wave"), json!(null), json!({})), ["wave", "wave", "base"]);
    // What both extend lies beneath the wave's profile, which changed it.
    assert_eq!(of(json!("wave"), json!("own"), json!({})), ["own", "wave", "base"]);
    assert_eq!(of(json!("wave"), json!("own"), typed("it")), ["it", "wave", "base"]);
    // Named by the restore itself, it lies over it.
    assert_eq!(of(json!("wave"), json!("base"), json!({})), ["base", "base", "base"]);
}

#[test]
fn a_null_takes_a_default_away() {
    let mut restore = server(1);
    restore["target"] = json!({ "ec2": { "imageId": null } });

    let requests = requests(&plan_of(&json!([restore])));

    assert_eq!(requests[0]["target"]["ec2"].get("imageId"), None);
    assert_eq!(requests[0]["target"]["ec2"]["instanceType"], "m7g.large");
}

#[test]
fn a_null_takes_a_tag_away_in_whichever_layer_it_is() {
    let tags = |tags: Value| json!({ "ec2": { "tags": tags } });
    let mut untagged = server(2);
    untagged["target"] = tags(json!({ "Owner": null }));
    let mut plan = plan_of(&json!([server(1), untagged]));
    plan["defaults"]["target"] = changed(
        plan["defaults"]["target"].take(),
        &tags(json!({ "Owner": "ops", "Plan": "orders" })),
    );
    plan["defaults"]["target"]["ec2"]["tags"]["Cost"] = Value::Null;
    plan["profiles"] = json!({ "named": { "target": tags(json!({ "Plan": null, "Name": "a" })) } });
    plan["profiles"]["named"]["target"]["ec2"]["start"] = Value::Null;
    plan["waves"][0]["profile"] = "named".into();

    let requests = requests(&plan);

    let target = |number: usize| &requests[number]["target"]["ec2"];
    assert_eq!(target(0)["tags"], json!({ "Name": "a", "Owner": "ops" }));
    assert_eq!(target(1)["tags"], json!({ "Name": "a" }));
    assert_eq!(target(0)["start"], true);
}

#[test]
fn a_list_replaces_a_list_and_tags_are_merged() {
    let defaults =
        json!({ "ec2": { "securityGroupIds": ["sg-0a0a0a0a"], "tags": { "a": "1", "b": "1" } } });
    let own = json!({ "ec2": { "securityGroupIds": ["sg-0b0b0b0b"], "tags": { "b": "2" } } });
    let plan = plan_of(&json!([changed(server(1), &json!({ "target": own }))]));

    let requests = requests(&changed(plan, &json!({ "defaults": { "target": defaults } })));

    let target = &requests[0]["target"]["ec2"];
    assert_eq!(target["securityGroupIds"], json!(["sg-0b0b0b0b"]));
    assert_eq!(target["tags"], json!({ "a": "1", "b": "2" }));
}

#[test]
fn a_map_is_merged_entry_by_entry() {
    let map = |map: Value| json!({ "target": { "networkMap": map } });
    let own = map(json!({
        "subnets": { "subnet-0a0a0a0a": "subnet-0e0e0e0e", "subnet-0c0c0c0c": null },
        "keyNames": null,
    }));
    let beneath = map(json!({
        "subnets": { "subnet-0a0a0a0a": "subnet-0d0d0d0d", "subnet-0b0b0b0b": "subnet-0d0d0d0d" },
        "keyNames": { "ops": "ops-dr" },
    }));
    let profile = map(json!({ "subnets": { "subnet-0c0c0c0c": "subnet-0d0d0d0d" } }));
    let mut plan = plan_of(&json!([server(1), server(2)]));
    plan["waves"][0]["restores"][0]["target"] = own["target"].clone();
    plan["waves"][0]["profile"] = "named".into();
    plan["profiles"] = json!({ "named": profile });

    let requests = requests(&changed(plan, &json!({ "defaults": beneath })));

    assert_eq!(
        requests[0]["target"]["networkMap"],
        json!({ "subnets": {
            "subnet-0a0a0a0a": "subnet-0e0e0e0e", "subnet-0b0b0b0b": "subnet-0d0d0d0d",
        } })
    );
    let subnets = requests[1]["target"]["networkMap"]["subnets"].as_object().unwrap();
    assert_eq!(subnets.len(), 3);
}

#[test]
fn a_choice_of_the_restore_takes_away_that_of_the_defaults() {
    let volumes =
        json!([{ "snapshotId": "snap-0a0a0a0a", "deviceName": "/dev/xvda", "root": true }]);
    for (default, own, left) in [
        (
            json!({ "ec2": { "instanceId": "i-00000001" } }),
            json!({ "ec2": { "volumes": volumes } }),
            json!({ "ec2": { "volumes": volumes } }),
        ),
        (
            json!({ "ec2": { "volumes": volumes, "at": null } }),
            json!({ "ec2": { "instanceId": "i-00000001", "at": "latest" } }),
            json!({ "ec2": { "instanceId": "i-00000001", "at": "latest" } }),
        ),
        (
            json!({ "rds": { "dbInstanceIdentifier": "orders" } }),
            json!({ "rds": { "dbSnapshotIdentifier": "nightly" } }),
            json!({ "rds": { "dbSnapshotIdentifier": "nightly" } }),
        ),
        (
            json!({ "rds": { "dbSnapshotIdentifier": "nightly", "at": null } }),
            json!({ "rds": { "dbInstanceIdentifier": "orders", "at": "latest" } }),
            json!({ "rds": { "dbInstanceIdentifier": "orders", "at": "latest" } }),
        ),
        (
            json!({ "ec2": { "instanceId": "i-00000001" } }),
            json!({ "ec2": { "instanceId": "i-00000002" } }),
            json!({ "ec2": { "instanceId": "i-00000002", "at": "latest" } }),
        ),
    ] {
        let target = json!({ "rds": { "dbInstanceIdentifier": "orders" } });
        let target = if own.get("rds").is_some() { target } else { json!({}) };
        let plan = plan_of(&json!([{ "source": own, "target": target }]));
        let plan = changed(plan, &json!({ "defaults": { "source": default } }));

        let mut source = requests(&plan)[0]["source"].clone();

        for name in ["accountId", "region", "roleArn", "grantKeyAccess"] {
            source.as_object_mut().unwrap().remove(name);
        }
        for volume in source["ec2"]["volumes"].as_array().into_iter().flatten() {
            assert_eq!(volume["snapshotId"], "snap-0a0a0a0a");
        }
        assert_eq!(source, left, "{own} over {default}");
    }
}
