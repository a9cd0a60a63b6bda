//! A record laid under a request for a DB instance.

use serde_json::{Value, json};

use super::{at, record};
use crate::record::complete::{Completed, DbFound, rds};
use crate::record::{RdsSettings, Settings};
use crate::request::examples::{TARGET_ACCOUNT, TARGET_REGION, changed, key_arn};
use crate::request::{Fault, Request, StorageType};

fn settings() -> RdsSettings {
    let record = record(&json!({
        "recordedAt": "2026-11-23T03:00:00Z",
        "accountId": "999999999999",
        "region": "eu-west-3",
        "rds": {
            "dbiResourceId": "db-ABC",
            "settings": {
                "dbInstanceIdentifier": "orders",
                "dbInstanceClass": "db.m7g.large",
                "dbSubnetGroupName": "private",
                "vpcSecurityGroupIds": ["sg-0c0c0c0c"],
                "dbParameterGroupName": "orders-pg16",
                "optionGroupName": "orders-options",
                "caCertificateIdentifier": "rds-ca-rsa2048-g1",
                "networkType": "IPV4",
                "multiAz": true,
                "storageType": "io2",
                "iops": 5000,
                "port": 5433,
                "tags": { "service": "orders" },
                "monitoringInterval": 60,
                "monitoringRoleArn": "arn:aws:iam::999999999999:role/monitoring",
            },
            "notRestored": ["read replicas"],
        },
    }));
    match record.settings {
        Settings::Rds(rds) => *rds,
        Settings::Ec2(_) => panic!("not of RDS"),
    }
}

fn open() -> Value {
    json!({
        "source": {
            "accountId": TARGET_ACCOUNT, "region": TARGET_REGION,
            "recorded": { "accountId": "999999999999", "region": "eu-west-3" },
            "rds": { "dbInstanceIdentifier": "orders", "at": "2026-11-23T02:00:00Z" },
        },
        "target": {
            "accountId": TARGET_ACCOUNT, "region": TARGET_REGION,
            "roleArn": format!("arn:aws:iam::{TARGET_ACCOUNT}:role/restore-target"),
            "kmsKeyId": key_arn(TARGET_REGION, TARGET_ACCOUNT, 1),
            "rds": { "dbInstanceIdentifier": "Orders-DR" },
        },
    })
}

fn own() -> Value {
    json!({ "target": { "rds": {
        "dbSubnetGroupName": "dr", "vpcSecurityGroupIds": ["sg-0d0d0d0d"],
        "dbParameterGroupName": "dr-pg16", "optionGroupName": "dr-options",
        "monitoringRoleArn": format!("arn:aws:iam::{TARGET_ACCOUNT}:role/monitoring"),
        "monitoringInterval": 30,
    } } })
}

fn arn(name: &str) -> String {
    format!("arn:aws:rds:{TARGET_REGION}:{TARGET_ACCOUNT}:snapshot:{name}")
}

/// A snapshot that is a copy of one in `account` and `region`.
fn copy(name: &str, (account, region): (&str, &str), taken_at: &str) -> DbFound {
    DbFound {
        arn: arn(name),
        dbi_resource_id: None,
        source: Some(format!("arn:aws:rds:{region}:{account}:snapshot:rds:{name}")),
        taken_at: at(taken_at),
        made_at: None,
    }
}

const HOME: (&str, &str) = ("999999999999", "eu-west-3");

fn completed(request: &Value, found: &[DbFound]) -> Result<Completed, Vec<Fault>> {
    rds(&Request::read(request).unwrap(), &settings(), found)
}

fn one() -> [DbFound; 1] {
    [copy("one", HOME, "2026-11-23T01:00:00Z")]
}

#[test]
fn what_the_request_leaves_open_is_as_it_was_recorded() {
    let Completed { request, not_restored, .. } =
        completed(&changed(open(), &own()), &one()).unwrap();

    let target = request.target.rds.unwrap();
    assert_eq!(target.db_instance_identifier.as_str(), "Orders-DR");
    assert_eq!(target.db_instance_class.as_deref(), Some("db.m7g.large"));
    // Certificate authorities are called alike in every Region.
    assert_eq!(target.ca_certificate_identifier.as_deref(), Some("rds-ca-rsa2048-g1"));
    assert_eq!((target.multi_az, target.port), (Some(true), Some(5433)));
    assert_eq!((target.storage_type, target.iops), (Some(StorageType::Io2), Some(5000)));
    assert_eq!(target.tags.unwrap()["service"], "orders");
    assert_eq!((target.db_subnet_group_name.as_deref(), target.network_type), (Some("dr"), None));
    assert_eq!(target.monitoring_interval, Some(30));
    let source = request.source.rds.unwrap();
    assert_eq!(source.db_snapshot_identifier.unwrap().as_str(), arn("one"));
    assert_eq!(not_restored, ["read replicas"]);
}

#[test]
fn a_setting_that_goes_with_another_gives_way_with_it() {
    let says = |rds: Value| {
        let request = changed(changed(open(), &own()), &json!({ "target": { "rds": rds } }));
        completed(&request, &one()).unwrap().request.target.rds.unwrap()
    };

    let gp3 = says(json!({ "storageType": "gp3" }));
    assert_eq!((gp3.storage_type, gp3.iops), (Some(StorageType::Gp3), None));
    let zoned = says(json!({ "availabilityZone": "eu-central-1a" }));
    assert_eq!((zoned.multi_az, zoned.availability_zone.as_deref()), (None, Some("eu-central-1a")));
    let unwatched = says(json!({ "monitoringInterval": 0, "monitoringRoleArn": null }));
    assert_eq!((unwatched.monitoring_interval, unwatched.monitoring_role_arn), (Some(0), None));
}

#[test]
fn what_means_nothing_at_the_target_has_to_be_said_or_left_out() {
    let names = [
        "monitoringRoleArn",
        "dbSubnetGroupName",
        "vpcSecurityGroupIds",
        "dbParameterGroupName",
        "optionGroupName",
    ];
    let faults = completed(&open(), &one()).unwrap_err();
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, names.map(|name| format!("target.rds.{name}")));

    let change = json!({ "source": { "recorded": { "leaveOut": names } } });
    let Completed { request, not_restored, .. } =
        completed(&changed(open(), &change), &one()).unwrap();
    let target = request.target.rds.unwrap();
    assert_eq!((target.db_subnet_group_name, target.monitoring_interval), (None, None));
    assert_eq!(not_restored.len(), 6);
    assert!(not_restored[2].contains("DB subnet group `private`"), "{not_restored:?}");
}

#[test]
fn in_the_same_account_and_region_everything_is_taken_over() {
    let place = json!({ "accountId": TARGET_ACCOUNT, "region": TARGET_REGION });
    let request = changed(open(), &json!({ "source": { "recorded": place } }));
    let target = completed(&request, &one()).unwrap().request.target.rds.unwrap();

    assert_eq!(target.db_subnet_group_name.as_deref(), Some("private"));
    assert_eq!(target.monitoring_interval, Some(60));
}

#[test]
fn the_newest_copy_of_a_snapshot_of_that_instance_is_found() {
    let there = |name, at| copy(name, HOME, at);
    let of_id = |id: Option<&str>| DbFound {
        dbi_resource_id: id.map(str::to_owned),
        source: None,
        ..there("by-id", "2026-11-23T01:30:00Z")
    };
    for (found, expected) in [
        (
            vec![there("old", "2026-11-22T01:00:00Z"), there("new", "2026-11-23T01:00:00Z")],
            Some("new"),
        ),
        // After the instant that is asked for.
        (
            vec![there("late", "2026-11-23T02:00:01Z"), there("old", "2026-11-22T01:00:00Z")],
            Some("old"),
        ),
        // The second hop to another account and Region is a copy of the first.
        (vec![copy("hop", (TARGET_ACCOUNT, "eu-west-3"), "2026-11-23T01:00:00Z")], Some("hop")),
        (vec![of_id(Some("db-ABC"))], Some("by-id")),
        // Of another instance of that name: of the target's own, of a third account or Region.
        (vec![of_id(Some("db-XYZ"))], None),
        (vec![of_id(None)], None),
        (vec![copy("third", ("888888888888", "eu-west-3"), "2026-11-23T01:00:00Z")], None),
        (vec![copy("third", ("999999999999", "eu-west-1"), "2026-11-23T01:00:00Z")], None),
    ] {
        let completed = completed(&changed(open(), &own()), &found);
        match (completed, expected) {
            (Ok(completed), Some(name)) => {
                let source = completed.request.source.rds.unwrap();
                assert_eq!(source.db_snapshot_identifier.unwrap().as_str(), arn(name));
            }
            (Err(faults), None) => {
                assert_eq!(faults[0].path, "source.rds.dbInstanceIdentifier");
                assert!(faults[0].problem.contains("999999999999"), "{}", faults[0]);
            }
            (other, _) => panic!("{found:?}: {other:?}"),
        }
    }
}

#[test]
fn of_the_same_data_the_first_that_was_made_is_found() {
    let made = |name, made_at| DbFound {
        made_at: Some(at(made_at)),
        ..copy(name, HOME, "2026-11-23T01:00:00Z")
    };
    let (first, later) =
        (made("first", "2026-11-23T01:00:00Z"), made("later", "2026-11-23T01:30:00Z"));

    for found in [[first.clone(), later.clone()], [later, first]] {
        let completed = completed(&changed(open(), &own()), &found).unwrap();
        let source = completed.request.source.rds.unwrap();
        assert_eq!(source.db_snapshot_identifier.unwrap().as_str(), arn("first"));
    }
}

#[test]
fn where_it_lived_the_snapshots_of_others_that_had_its_name_are_not_its_own() {
    let place = json!({ "accountId": TARGET_ACCOUNT, "region": TARGET_REGION });
    let request = changed(open(), &json!({ "source": { "recorded": place } }));
    let of_id = |id: &str| DbFound { dbi_resource_id: Some(id.to_owned()), ..one()[0].clone() };

    assert!(completed(&request, &[of_id("db-ABC")]).is_ok());
    let faults = completed(&request, &[of_id("db-XYZ")]).unwrap_err();
    assert_eq!(faults[0].path, "source.rds.dbInstanceIdentifier");
}

#[test]
fn groups_are_what_a_map_makes_of_those_that_were_recorded() {
    let map = json!({ "target": {
        "networkMap": {
            "dbSubnetGroups": { "Private": "dr" },
            "securityGroups": { "sg-0c0c0c0c": "sg-0d0d0d0d" },
            "dbParameterGroups": { "orders-pg16": "dr-pg16" },
        },
        "rds": { "monitoringInterval": 0 },
    } });
    let request = changed(open(), &map);

    // The map has no entry for the option group.
    let faults = completed(&request, &one()).unwrap_err();
    let [fault] = &faults[..] else { panic!("{faults:?}") };
    assert_eq!(fault.path, "target.rds.optionGroupName");
    let words = "`orders-options` has no entry in `target.networkMap.optionGroups`";
    assert!(fault.problem.contains(words), "{fault}");

    let all = json!({ "target": { "networkMap": { "optionGroups": { "orders-options": "dr" } } } });
    let target = completed(&changed(request, &all), &one()).unwrap().request.target.rds.unwrap();
    let groups = serde_json::to_value(target.vpc_security_group_ids).unwrap();
    assert_eq!(groups, json!(["sg-0d0d0d0d"]));
    let names =
        [target.db_subnet_group_name, target.db_parameter_group_name, target.option_group_name];
    assert_eq!(names.map(Option::unwrap), ["dr", "dr-pg16", "dr"]);
}
