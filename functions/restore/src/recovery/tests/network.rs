//! What is replaced by the map, what is not, and what the map goes with.

use serde_json::{Value, json};

use crate::recovery::examples::{db, items, plan_of, plan_with, refuses, server};
use crate::recovery::{NetworkKind, NetworkMap};
use crate::request::examples::changed;

fn map() -> NetworkMap {
    serde_json::from_value(json!({
        "subnets": { "subnet-0a0a0a0a": "subnet-0b0b0b0b", "subnet-0b0b0b0b": "subnet-0c0c0c0c" },
        "securityGroups": { "sg-0a0a0a0a": "sg-0c0c0c0c", "sg-0b0b0b0b": "sg-0c0c0c0c" },
        "keyNames": { "ops": "ops-dr" },
        "dbSubnetGroups": { "data": "data-dr" },
        "dbParameterGroups": { "PG16": "pg16-dr" },
        "optionGroups": { "mssql": "mssql-dr" },
    }))
    .unwrap()
}

#[test]
fn a_name_is_mapped_by_its_kind_or_not_at_all() {
    let map = map();
    let lookup = map.lookup();
    for (kind, name, mapped) in [
        (NetworkKind::Subnet, "subnet-0a0a0a0a", Some("subnet-0b0b0b0b")),
        (NetworkKind::SecurityGroup, "sg-0b0b0b0b", Some("sg-0c0c0c0c")),
        (NetworkKind::KeyName, "ops", Some("ops-dr")),
        (NetworkKind::DbSubnetGroup, "data", Some("data-dr")),
        (NetworkKind::DbParameterGroup, "pg16", Some("pg16-dr")),
        (NetworkKind::OptionGroup, "mssql", Some("mssql-dr")),
        // RDS keeps names in lower case, EC2 as they are written.
        (NetworkKind::OptionGroup, "MSSQL", Some("mssql-dr")),
        (NetworkKind::KeyName, "OPS", None),
        (NetworkKind::OptionGroup, "ops", None),
        (NetworkKind::Subnet, "sg-0a0a0a0a", None),
        (NetworkKind::Subnet, "subnet-0d0d0d0d", None),
    ] {
        assert_eq!(lookup.mapped(kind, name), mapped, "{kind:?} {name}");
    }
}

#[test]
fn what_a_request_names_of_the_source_is_that_of_the_target_and_the_rest_stays() {
    let ec2 = json!({ "target": { "ec2": {
        "subnetId": "subnet-0a0a0a0a",
        "keyName": "ops",
        "securityGroupIds": ["sg-0a0a0a0a", "sg-0d0d0d0d", "sg-0b0b0b0b"],
        "alternatives": [{ "subnetId": "subnet-0a0a0a0a" }, { "subnetId": "subnet-0d0d0d0d" }],
    } } });
    let rds = json!({ "target": { "rds": {
        "dbSubnetGroupName": "data",
        "dbParameterGroupName": "pg17",
        "optionGroupName": "mssql",
        "vpcSecurityGroupIds": ["sg-0a0a0a0a"],
    } } });
    let plan = plan_of(&json!([changed(server(1), &ec2), changed(db("orders"), &rds)]));

    let items = items(&changed(plan, &json!({ "networkMap": map() })));

    let target = serde_json::to_value(&items[0].request.target.ec2).unwrap();
    assert_eq!(target["subnetId"], "subnet-0b0b0b0b", "mapped once, though it is mapped on");
    assert_eq!(target["keyName"], "ops-dr");
    assert_eq!(target["securityGroupIds"], json!(["sg-0c0c0c0c", "sg-0d0d0d0d"]));
    let others = json!([{ "subnetId": "subnet-0b0b0b0b" }, { "subnetId": "subnet-0d0d0d0d" }]);
    assert_eq!(target["alternatives"], others);
    let target = serde_json::to_value(&items[1].request.target.rds).unwrap();
    assert_eq!(target["dbSubnetGroupName"], "data-dr");
    assert_eq!(target["dbParameterGroupName"], "pg17");
    assert_eq!(target["optionGroupName"], "mssql-dr");
    assert_eq!(target["vpcSecurityGroupIds"], json!(["sg-0c0c0c0c"]));
}

#[test]
fn names_that_are_one_to_rds_are_refused_and_those_of_ec2_differ_by_case() {
    let twice = json!({ "data": "a", "Data": "b", "other": "c", "DATA": "b" });

    refuses(
        &plan_with(&json!({ "networkMap": {
            "keyNames": twice,
            "dbSubnetGroups": twice,
            "dbParameterGroups": { "pg16": "a", "Pg16": "a" },
            "optionGroups": { "MSSQL": "a", "mssql": "b" },
        } })),
        &[
            ("networkMap.dbSubnetGroups.Data", "is `DATA` too"),
            ("networkMap.dbSubnetGroups.data", "is `Data` too"),
            ("networkMap.dbParameterGroups.pg16", "is `Pg16` too"),
            ("networkMap.optionGroups.mssql", "is `MSSQL` too"),
        ],
    );
}

#[test]
fn a_map_of_more_names_than_fit_is_refused_by_its_kind() {
    let names = |prefix: &str| -> Value {
        (0..10_001).map(|number| (format!("{prefix}{number:08}"), json!(prefix))).collect()
    };
    let ids = |prefix: &str| -> Value {
        let id = format!("{prefix}-0a0a0a0a");
        (0..10_001).map(|number| (format!("{prefix}-{number:08x}"), json!(id))).collect()
    };

    refuses(
        &plan_with(&json!({ "networkMap": {
            "subnets": ids("subnet"),
            "securityGroups": ids("sg"),
            "keyNames": names("key"),
            "dbSubnetGroups": names("data"),
            "dbParameterGroups": names("pg"),
            "optionGroups": names("mssql"),
        } })),
        &[
            ("networkMap.subnets", "are 10001, more than 10000"),
            ("networkMap.securityGroups", "are 10001"),
            ("networkMap.keyNames", "are 10001"),
            ("networkMap.dbSubnetGroups", "are 10001"),
            ("networkMap.dbParameterGroups", "are 10001"),
            ("networkMap.optionGroups", "are 10001"),
        ],
    );
}

#[test]
fn a_name_that_nothing_can_have_is_mapped_to_by_nothing() {
    refuses(
        &plan_with(&json!({ "networkMap": {
            "keyNames": { "ops": "é".repeat(256), "dev": "é".repeat(255) },
            "optionGroups": { "mssql": "" },
        } })),
        &[
            ("networkMap.keyNames.ops", "has 256 characters, not 1 to 255"),
            ("networkMap.optionGroups.mssql", "has 0 characters"),
        ],
    );
}

/// The map that each restore of a good plan has of its own.
#[track_caller]
fn carried(plan: &Value) -> Vec<Value> {
    let maps = items(plan).into_iter().map(|item| item.request.target.network_map);
    maps.map(|map| serde_json::to_value(map).unwrap()).collect()
}

/// The example's restores, with the map of the tests.
fn mapped(restores: &Value) -> Value {
    changed(plan_of(restores), &json!({ "networkMap": map() }))
}

/// Some kinds of the map of the tests.
fn kinds(names: &[&str]) -> Value {
    let map = serde_json::to_value(map()).unwrap();
    names.iter().map(|name| ((*name).to_owned(), map[name].clone())).collect()
}

#[test]
fn the_map_goes_with_what_leaves_its_fields_open() {
    let says = json!({ "target": { "ec2": { "subnetId": "subnet-0a0a0a0a", "keyName": "ops" } } });
    let group = json!({ "target": { "rds": { "dbSubnetGroupName": "data" } } });

    assert_eq!(
        carried(&mapped(&json!([
            server(1),
            changed(server(2), &says),
            db("orders"),
            changed(db("billing"), &group),
        ]))),
        [
            kinds(&["subnets", "securityGroups", "keyNames"]),
            kinds(&["securityGroups"]),
            kinds(&["dbSubnetGroups", "securityGroups", "dbParameterGroups", "optionGroups"]),
            kinds(&["securityGroups", "dbParameterGroups", "optionGroups"]),
        ]
    );
}

#[test]
fn the_map_goes_with_nothing_that_it_has_no_entry_for_or_that_names_no_instance() {
    let root = json!([{ "snapshotId": "snap-0a0a0a0a", "deviceName": "/dev/xvda", "root": true }]);
    let listed = json!({ "source": { "ec2": { "volumes": root } } });
    let snapshot = json!({
        "source": { "rds": { "dbSnapshotIdentifier": "orders-nightly" } },
        "target": { "rds": { "dbInstanceIdentifier": "orders" } },
    });
    assert_eq!(carried(&mapped(&json!([listed, snapshot]))), [Value::Null, Value::Null]);

    let keys = json!({ "networkMap": { "keyNames": { "ops": "ops-dr" }, "subnets": {} } });
    let plan = changed(plan_of(&json!([server(1), db("orders")])), &keys);
    assert_eq!(carried(&plan), [kinds(&["keyNames"]), Value::Null]);
}

#[test]
fn entries_of_a_restores_own_lie_over_those_of_the_plan() {
    let own = json!({ "target": { "networkMap": {
        "subnets": { "subnet-0a0a0a0a": "subnet-0f0f0f0f", "subnet-0e0e0e0e": "subnet-0f0f0f0f" },
        "dbSubnetGroups": { "DATA": "own", "other": "own" },
    } } });

    let maps = carried(&mapped(&json!([changed(server(1), &own), changed(db("orders"), &own),])));

    assert_eq!(
        maps[0]["subnets"],
        json!({
            "subnet-0a0a0a0a": "subnet-0f0f0f0f", "subnet-0b0b0b0b": "subnet-0c0c0c0c",
            "subnet-0e0e0e0e": "subnet-0f0f0f0f",
        })
    );
    // RDS keeps names in lower case.
    assert_eq!(maps[1]["dbSubnetGroups"], json!({ "DATA": "own", "other": "own" }));
    assert_eq!(maps[1]["optionGroups"], json!({ "mssql": "mssql-dr" }));
}

#[test]
fn the_map_goes_with_a_drill_but_for_what_its_network_takes_the_place_of() {
    let network = json!({
        "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"],
        "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0e0e0e0e"],
    });
    let drill = json!({ "mode": "drill", "defaults": { "drill": { "network": network } } });

    let plan = changed(mapped(&json!([server(1), db("orders")])), &drill);

    let rds = kinds(&["dbParameterGroups", "optionGroups"]);
    assert_eq!(carried(&plan), [kinds(&["keyNames"]), rds]);
}

#[test]
fn more_than_fits_into_a_request_is_told_once_with_the_first_that_it_would_go_with() {
    let ids = |prefix: &str, first: usize, count: usize| -> Value {
        let id = |number: usize| format!("{prefix}-{number:08x}");
        (first..first + count).map(|number| (id(number), json!(id(number)))).collect()
    };
    let says = json!({ "target": { "ec2": { "subnetId": "subnet-0a0a0a0a" } } });
    let many = json!({ "networkMap": {
        "subnets": ids("subnet", 0, 101), "securityGroups": ids("sg", 0, 60),
    } });
    let of = |restores: &Value| changed(plan_of(restores), &many);

    refuses(
        &of(&json!([changed(server(1), &says), server(2), server(3), db("orders")])),
        &[(
            "networkMap.subnets",
            "goes with waves[0].restores[1], which leaves `target.ec2.subnetId` open: of its 101 \
             entries at most 100 fit into a request",
        )],
    );
    let named = of(&json!([changed(server(1), &says), db("orders")]));
    assert_eq!(carried(&named)[0]["securityGroups"], ids("sg", 0, 60));

    let own = json!({ "target": { "networkMap": { "securityGroups": ids("sg", 50, 60) } } });
    refuses(
        &of(&json!([db("orders"), changed(db("billing"), &own)])),
        &[(
            "networkMap.securityGroups",
            "goes with waves[0].restores[1], which leaves `target.rds.vpcSecurityGroupIds` open: of \
             its 110 entries",
        )],
    );
    let own = json!({ "target": { "networkMap": { "securityGroups": ids("sg", 0, 101) } } });
    refuses(
        &of(&json!([changed(changed(server(1), &says), &own)])),
        &[("waves[0].restores[0].target.networkMap.securityGroups", "are 101, more than 100")],
    );
}
