//! What the network of a source becomes, by place and by map.

use serde_json::{Value, json};

use super::*;
use crate::Flow;
use crate::request::examples::{changed, of_flow};

const ELSEWHERE: [Flow; 3] =
    [Flow::Ec2CrossRegion, Flow::Ec2CrossAccount, Flow::Ec2CrossAccountCrossRegion];

fn map() -> Value {
    json!({
        "subnets": { "subnet-0a0a0a0a": "subnet-0d0d0d0d" },
        "securityGroups": {
            "sg-0a0a0a0a": "sg-0d0d0d0d", "sg-0b0b0b0b": "sg-0d0d0d0d", "sg-0c0c0c0c": "sg-0e0e0e0e",
        },
        "keyNames": { "ops": "ops-dr" },
        "dbSubnetGroups": { "Data": "data-dr" },
        "dbParameterGroups": { "pg16": "pg16-dr" },
        "optionGroups": { "mssql": "mssql-dr" },
    })
}

/// The example of `flow`, with this map where there is one.
fn request(flow: Flow, map: &Value) -> Request {
    Request::read(&changed(of_flow(flow), &json!({ "target": { "networkMap": map } }))).unwrap()
}

fn groups(ids: &[&str]) -> Vec<SecurityGroupId> {
    ids.iter().map(|id| SecurityGroupId::try_from(*id).unwrap()).collect()
}

/// An instance in this subnet and these groups, whose key pair is `ops`.
fn instance(subnet: &str, groups: &[&str]) -> Ec2Settings {
    serde_json::from_value(json!({
        "instanceId": "i-0a0a0a0a", "subnetId": subnet, "securityGroupIds": groups,
        "keyName": "ops", "volumes": [],
    }))
    .unwrap()
}

fn asked_ec2(asked: &Value) -> Ec2Target {
    serde_json::from_value(asked.clone()).unwrap()
}

/// The DB instance `orders` with these settings.
fn database(settings: &Value) -> RdsTarget {
    serde_json::from_value(changed(json!({ "dbInstanceIdentifier": "orders" }), settings)).unwrap()
}

/// What becomes of the subnet, the groups and the key pair; the faults; what is left out.
type Told = (Option<String>, Vec<String>, Option<String>, Vec<String>, Vec<String>);

fn ec2(request: &Request, asked: &Value, had: &Ec2Settings) -> Told {
    let network = Translation::of(request).ec2(&asked_ec2(asked), Some(had));
    (
        network.subnet_id.map(String::from),
        network.security_group_ids.into_iter().map(String::from).collect(),
        network.key_name,
        network.faults.iter().map(ToString::to_string).collect(),
        network.left_out,
    )
}

/// The settings of a DB instance at the target; what is left out, or the fault.
fn rds(request: &Request, asked: &Value, had: &Value) -> (Value, Result<Vec<String>, String>) {
    let mut there = database(asked);
    let told = Translation::of(request).fill_rds(&mut there, &database(had));
    (serde_json::to_value(&there).unwrap(), told.map_err(|fault| fault.to_string()))
}

fn all_of_rds() -> Value {
    json!({
        "dbSubnetGroupName": "data", "vpcSecurityGroupIds": ["sg-0c0c0c0c", "sg-0a0a0a0a"],
        "dbParameterGroupName": "PG16", "optionGroupName": "mssql",
    })
}

#[test]
fn a_network_elsewhere_is_what_the_map_makes_of_that_of_the_source() {
    let had = instance("subnet-0a0a0a0a", &["sg-0c0c0c0c", "sg-0a0a0a0a", "sg-0b0b0b0b"]);
    for flow in ELSEWHERE {
        let (subnet, groups, key, faults, left_out) = ec2(&request(flow, &map()), &json!({}), &had);

        assert_eq!(subnet.as_deref(), Some("subnet-0d0d0d0d"), "{flow}");
        // Two that are one there are named once.
        assert_eq!(groups, ["sg-0e0e0e0e", "sg-0d0d0d0d"], "{flow}");
        assert_eq!(key.as_deref(), Some("ops-dr"), "{flow}");
        assert!(faults.is_empty() && left_out.is_empty(), "{flow}: {faults:?} {left_out:?}");
    }
}

#[test]
fn what_the_request_says_is_not_translated() {
    let had = instance("subnet-0a0a0a0a", &["sg-0a0a0a0a"]);
    let says = json!({
        "subnetId": "subnet-0a0a0a0a", "securityGroupIds": ["sg-0b0b0b0b"], "keyName": "ops",
    });

    let told = ec2(&request(ELSEWHERE[2], &map()), &says, &had);

    let named = |it: &str| Some(it.to_owned());
    let groups = vec!["sg-0b0b0b0b".to_owned()];
    assert_eq!(told, (named("subnet-0a0a0a0a"), groups, named("ops"), vec![], vec![]));
    let database = rds(&request(Flow::RdsCrossRegion, &map()), &all_of_rds(), &json!({}));
    let said = changed(json!({ "dbInstanceIdentifier": "orders" }), &all_of_rds());
    assert_eq!(database, (said, Ok(vec![])));
}

#[test]
fn without_a_map_a_network_elsewhere_is_nothing_and_at_home_it_is_itself() {
    let had = instance("subnet-0a0a0a0a", &["sg-0a0a0a0a", "sg-0b0b0b0b"]);
    for flow in ELSEWHERE {
        let nothing = (None, vec![], None, vec![], vec![]);
        assert_eq!(ec2(&request(flow, &json!(null)), &json!({}), &had), nothing, "{flow}");
    }

    let (subnet, groups, key, faults, left_out) =
        ec2(&request(Flow::Ec2SameLocation, &json!(null)), &json!({}), &had);
    assert_eq!(subnet.as_deref(), Some("subnet-0a0a0a0a"));
    assert_eq!(groups, ["sg-0a0a0a0a", "sg-0b0b0b0b"]);
    assert_eq!((key.as_deref(), faults, left_out), (Some("ops"), vec![], vec![]));
}

#[test]
fn at_home_the_map_wins_and_what_it_does_not_know_is_itself() {
    let request = request(Flow::Ec2SameLocation, &map());

    let (subnet, groups, key, faults, left_out) =
        ec2(&request, &json!({}), &instance("subnet-0f0f0f0f", &["sg-0f0f0f0f", "sg-0a0a0a0a"]));
    assert_eq!(subnet.as_deref(), Some("subnet-0f0f0f0f"));
    assert_eq!(groups, ["sg-0f0f0f0f", "sg-0d0d0d0d"]);
    assert_eq!((key.as_deref(), faults, left_out), (Some("ops-dr"), vec![], vec![]));
}

#[test]
fn a_subnet_that_no_map_knows_is_told_with_the_entry_that_is_missing() {
    let had = instance("subnet-0f0f0f0f", &[]);
    for map in [map(), json!({}), json!({ "keyNames": { "dev": "dev-dr" } })] {
        let (subnet, .., faults, _) = ec2(&request(ELSEWHERE[0], &map), &json!({}), &had);

        assert_eq!(subnet, None, "{map}");
        assert_eq!(
            faults,
            ["target.ec2.subnetId: required: `subnet-0f0f0f0f` has no entry in \
              `target.networkMap.subnets`; add what is missing, or name the target's own"],
            "{map}"
        );
    }
}

#[test]
fn no_security_group_is_left_out_of_those_that_the_map_speaks_of() {
    let had = instance("subnet-0a0a0a0a", &["sg-00000001", "sg-0a0a0a0a", "sg-00000002"]);
    let (_, groups, _, faults, _) = ec2(&request(ELSEWHERE[0], &map()), &json!({}), &had);

    assert!(groups.is_empty(), "{groups:?}");
    let told = "target.ec2.securityGroupIds: required: `sg-00000001`, `sg-00000002` have no entry \
                in `target.networkMap.securityGroups`";
    assert!(faults.len() == 1 && faults[0].starts_with(told), "{faults:?}");

    let silent = json!({ "subnets": { "subnet-0a0a0a0a": "subnet-0d0d0d0d" } });
    let (_, groups, _, faults, left_out) = ec2(&request(ELSEWHERE[0], &silent), &json!({}), &had);
    assert!(groups.is_empty() && faults.is_empty() && left_out.is_empty(), "{faults:?}");
}

#[test]
fn a_key_pair_that_the_map_does_not_know_is_left_out_and_told() {
    let had = instance("subnet-0a0a0a0a", &[]);
    let other = changed(map(), &json!({ "keyNames": { "ops": null, "dev": "dev-dr" } }));

    let (_, _, key, faults, left_out) = ec2(&request(ELSEWHERE[0], &other), &json!({}), &had);

    assert_eq!((key, faults), (None, vec![]));
    assert_eq!(left_out, ["key pair: `ops` has no entry in `target.networkMap.keyNames`"]);
}

#[test]
fn an_instance_that_is_not_there_lends_nothing() {
    let network = Translation::of(&request(ELSEWHERE[0], &map())).ec2(&asked_ec2(&json!({})), None);

    assert_eq!(network, Ec2Network::default());
}

#[test]
fn a_db_instance_elsewhere_is_in_the_groups_that_the_map_makes_of_its_own() {
    for flow in [Flow::RdsCrossRegion, Flow::RdsCrossAccount, Flow::RdsCrossAccountCrossRegion] {
        let (there, told) = rds(&request(flow, &map()), &json!({}), &all_of_rds());

        assert_eq!(
            there,
            json!({
                "dbInstanceIdentifier": "orders",
                "dbSubnetGroupName": "data-dr",
                "vpcSecurityGroupIds": ["sg-0e0e0e0e", "sg-0d0d0d0d"],
                "dbParameterGroupName": "pg16-dr",
                "optionGroupName": "mssql-dr",
            }),
            "{flow}"
        );
        assert_eq!(told, Ok(vec![]), "{flow}");
    }
}

#[test]
fn what_the_map_says_nothing_of_is_left_to_rds_wherever_the_db_instance_goes() {
    let only = json!({ "dbParameterGroups": { "pg16": "pg16-dr" } });
    for flow in [Flow::RdsSameLocation, Flow::RdsCrossAccount] {
        let (there, told) = rds(&request(flow, &only), &json!({}), &all_of_rds());

        let filled = json!({ "dbInstanceIdentifier": "orders", "dbParameterGroupName": "pg16-dr" });
        assert_eq!((there, told), (filled, Ok(vec![])), "{flow}");
    }
}

#[test]
fn a_group_of_rds_that_the_map_does_not_know_is_told() {
    let had = json!({ "dbSubnetGroupName": "other", "optionGroupName": "oracle" });
    let (there, told) = rds(&request(Flow::RdsCrossRegion, &map()), &json!({}), &had);

    assert_eq!(there, json!({ "dbInstanceIdentifier": "orders" }));
    assert_eq!(
        told.unwrap(),
        [
            "DB subnet group: `other` has no entry in `target.networkMap.dbSubnetGroups`",
            "option group: `oracle` has no entry in `target.networkMap.optionGroups`",
        ]
    );
    let had = json!({ "vpcSecurityGroupIds": ["sg-0a0a0a0a", "sg-0f0f0f0f"] });
    let (_, told) = rds(&request(Flow::RdsCrossRegion, &map()), &json!({}), &had);
    let told = told.unwrap_err();
    let words = "target.rds.vpcSecurityGroupIds: required: `sg-0f0f0f0f` has no entry";
    assert!(told.starts_with(words), "{told}");
}

#[test]
fn a_db_instance_at_home_keeps_the_groups_that_the_map_does_not_know() {
    let had = json!({
        "dbSubnetGroupName": "other", "vpcSecurityGroupIds": ["sg-0f0f0f0f", "sg-0a0a0a0a"],
    });
    let (there, told) = rds(&request(Flow::RdsSameLocation, &map()), &json!({}), &had);

    let kept = json!({
        "dbInstanceIdentifier": "orders", "dbSubnetGroupName": "other",
        "vpcSecurityGroupIds": ["sg-0f0f0f0f", "sg-0d0d0d0d"],
    });
    assert_eq!((there, told), (kept, Ok(vec![])));
}

#[test]
fn a_recorded_instance_lived_where_it_was_recorded() {
    let recorded = json!({
        "source": {
            "recorded": { "accountId": "999999999999", "region": "eu-west-3" },
            "ec2": { "volumes": null, "instanceId": "i-0a0a0a0a", "at": "latest" },
        },
        "target": { "networkMap": map() },
    });
    let request = Request::read(&changed(of_flow(Flow::Ec2SameLocation), &recorded)).unwrap();
    let translation = Translation::of(&request);

    let known = translation.groups(&groups(&["sg-0b0b0b0b"]));
    assert_eq!(known, Translated::To(groups(&["sg-0d0d0d0d"])));
    let subnet = SubnetId::try_from("subnet-0f0f0f0f").unwrap();
    let Translated::Unknown(Some(lacking)) = translation.subnet(&subnet) else {
        panic!("taken over from another account and Region")
    };
    assert!(lacking.to_string().contains("subnet-0f0f0f0f"), "{lacking}");
}
