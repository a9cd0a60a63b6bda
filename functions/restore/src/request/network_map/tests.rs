//! What a map may have, and what it is asked for.

use serde_json::{Value, json};

use super::*;
use crate::Flow;
use crate::request::examples::{changed, of_flow};

const EC2: Flow = Flow::Ec2CrossAccountCrossRegion;
const RDS: Flow = Flow::RdsCrossAccountCrossRegion;

fn mapped(flow: Flow, map: &Value) -> Value {
    changed(of_flow(flow), &json!({ "target": { "networkMap": map } }))
}

#[track_caller]
fn refused(request: &Value) -> Vec<String> {
    Request::read(request).unwrap_err().iter().map(ToString::to_string).collect()
}

/// A request that leaves all of its network open and names its instance, with `change`.
fn open(flow: Flow, change: &Value) -> Request {
    let ec2 = json!({
        "source": { "ec2": { "volumes": null, "instanceId": "i-0a0a0a0a", "at": "latest" } },
        "target": { "ec2": { "subnetId": null } },
    });
    let rds = json!({ "source": { "rds": {
        "dbSnapshotIdentifier": null, "dbInstanceIdentifier": "orders", "at": "latest",
    } } });
    let opened = changed(of_flow(flow), if flow.name().starts_with("ec2") { &ec2 } else { &rds });
    Request::read(&changed(opened, change)).unwrap()
}

fn fields(request: &Request) -> Vec<&'static str> {
    request.left_to_map().into_iter().map(|(_, field)| field).collect()
}

#[test]
fn a_request_has_a_map_of_at_most_a_hundred_entries_of_a_kind() {
    let map = |count: usize| {
        let ids = |prefix: &str| -> Value {
            let id = |number: usize| format!("{prefix}-{number:08x}");
            (0..count).map(|number| (id(number), json!(id(number)))).collect()
        };
        let names: Value = (0..count).map(|number| (format!("n{number}"), json!("n"))).collect();
        json!({
            "subnets": ids("subnet"), "securityGroups": ids("sg"), "keyNames": names,
            "dbSubnetGroups": names, "dbParameterGroups": names, "optionGroups": names,
        })
    };

    assert!(Request::read(&mapped(EC2, &map(100))).is_ok());
    let expected = NetworkKind::ALL
        .map(|kind| format!("target.networkMap.{}: are 101, more than 100", kind.field()));
    assert_eq!(refused(&mapped(RDS, &map(101))), expected);
}

#[test]
fn what_is_wrong_with_a_map_is_told_by_its_field() {
    for (map, told) in [
        (json!({ "subnet": {} }), "target.networkMap.subnet: unknown field"),
        (json!([{}]), "target.networkMap: is a list, not an object"),
        (
            json!({ "subnets": { "subnet-0a0a0a0a": "sg-0a0a0a0a" } }),
            "target.networkMap.subnets.subnet-0a0a0a0a: `sg-0a0a0a0a` is not",
        ),
        (json!({ "keyNames": { "ops": "" } }), "target.networkMap.keyNames.ops: has 0 characters"),
        (
            json!({ "optionGroups": { "MSSQL": "a", "mssql": "b" } }),
            "target.networkMap.optionGroups.mssql: is `MSSQL` too",
        ),
    ] {
        let faults = refused(&mapped(EC2, &map));
        assert!(faults.len() == 1 && faults[0].starts_with(told), "{map}: {faults:?}");
    }
}

#[test]
fn a_map_is_handed_on_as_it_was_given() {
    let map = json!({
        "securityGroups": { "sg-0a0a0a0a": "sg-0b0b0b0b" }, "dbSubnetGroups": { "Data": "data-dr" },
    });
    let request = Request::read(&mapped(RDS, &map)).unwrap();

    let again = serde_json::to_value(&request).unwrap();
    assert_eq!(again["target"]["networkMap"], map);
    assert_eq!(Request::read(&again).unwrap(), request);
    let none = serde_json::to_value(Request::read(&of_flow(RDS)).unwrap()).unwrap();
    assert_eq!(none["target"].get("networkMap"), None);
}

#[test]
fn what_names_an_instance_leaves_to_the_map_what_it_does_not_say() {
    let all = ["subnetId", "securityGroupIds", "keyName"];
    assert_eq!(fields(&open(EC2, &json!({}))), all);
    let said = json!({ "target": { "ec2": { "subnetId": "subnet-0a0a0a0a", "keyName": "ops" } } });
    assert_eq!(fields(&open(EC2, &said)), ["securityGroupIds"]);

    let all =
        ["dbSubnetGroupName", "vpcSecurityGroupIds", "dbParameterGroupName", "optionGroupName"];
    assert_eq!(fields(&open(RDS, &json!({}))), all);
    let said = json!({ "target": { "rds": {
        "dbSubnetGroupName": "dr", "vpcSecurityGroupIds": ["sg-0a0a0a0a"],
        "dbParameterGroupName": "dr",
    } } });
    assert_eq!(fields(&open(RDS, &said)), ["optionGroupName"]);
}

#[test]
fn what_names_snapshots_leaves_nothing_to_the_map() {
    let listed = changed(of_flow(EC2), &json!({ "target": { "ec2": { "subnetId": null } } }));
    for request in [listed, of_flow(RDS)] {
        assert!(Request::read(&request).unwrap().left_to_map().is_empty());
    }
}

#[test]
fn a_map_is_needed_where_it_speaks_of_what_is_left_open() {
    for (map, needed) in [
        (json!(null), false),
        (json!({}), false),
        (json!({ "keyNames": {} }), false),
        (json!({ "keyNames": { "ops": "ops-dr" } }), true),
        // Of the other service, or of what the request says itself.
        (json!({ "dbSubnetGroups": { "data": "data-dr" } }), false),
        (json!({ "subnets": { "subnet-0a0a0a0a": "subnet-0b0b0b0b" } }), false),
    ] {
        let said = json!({ "target": {
            "networkMap": map, "ec2": { "subnetId": "subnet-0c0c0c0c" },
        } });
        assert_eq!(open(EC2, &said).needs_map(), needed, "{map}");
    }
}

#[test]
fn a_drill_leaves_to_the_map_what_its_network_has_nothing_of() {
    let drill = json!({ "mode": "drill", "drill": { "network": {
        "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"],
        "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0e0e0e0e"],
    } } });

    for (flow, left) in
        [(EC2, &["keyName"][..]), (RDS, &["dbParameterGroupName", "optionGroupName"])]
    {
        let request = open(flow, &drill);
        assert_eq!(fields(&request), left);
        assert_eq!(fields(&request.practised()), left);
    }
}

#[test]
fn what_a_recorded_instance_is_to_do_without_is_not_left_to_the_map() {
    let lived = json!({
        "accountId": "999999999999", "region": "eu-west-3", "leaveOut": ["securityGroupIds"],
    });
    let request = open(Flow::Ec2SameLocation, &json!({ "source": { "recorded": lived } }));

    assert_eq!(fields(&request), ["subnetId", "keyName"]);
}
