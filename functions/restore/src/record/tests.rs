//! Records written, found and laid under requests.

mod copies;
mod ec2;
mod rds;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Record, Shelf, provisioned_storage};
use crate::request::{At, StorageType};

/// The record of an EC2 instance of two volumes.
fn ec2_record() -> Value {
    json!({
        "recordedAt": "2026-11-23T03:00:00Z",
        "accountId": "999999999999",
        "region": "eu-west-3",
        "ec2": {
            "instanceId": "i-0a0a0a0a",
            "imageId": "ami-0c0c0c0c",
            "instanceType": "m7g.xlarge",
            "subnetId": "subnet-0c0c0c0c",
            "securityGroupIds": ["sg-0c0c0c0c"],
            "keyName": "ops",
            "iamInstanceProfile": "arn:aws:iam::999999999999:instance-profile/orders",
            "userData": "#!/bin/sh",
            "tags": { "Name": "orders" },
            "volumes": [
                {
                    "volumeId": "vol-0a0a0a0a", "deviceName": "/dev/xvda", "root": true,
                    "deleteOnTermination": true, "volumeType": "gp3", "iops": 4000, "size": 20,
                    "snapshots": [{ "snapshotId": "snap-0000aaaa", "takenAt": "2026-11-23T01:00:00Z" }],
                },
                {
                    "volumeId": "vol-0b0b0b0b", "deviceName": "/dev/sdf", "root": false,
                    "deleteOnTermination": false, "volumeType": "io2", "iops": 2000, "size": 50,
                    "snapshots": [{ "snapshotId": "snap-0000bbbb", "takenAt": "2026-11-23T01:00:00Z" }],
                },
            ],
            "notRestored": ["tags reserved by AWS or by restores: aws:autoscaling:groupName"],
        },
    })
}

fn record(value: &Value) -> Record {
    serde_json::from_value(value.clone()).unwrap()
}

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let written = ec2_record();

    assert_eq!(serde_json::to_value(record(&written)).unwrap(), written);
}

#[test]
fn what_a_later_version_writes_besides_is_passed_over() {
    let mut written = ec2_record();
    written["writtenBy"] = "a later version".into();
    written["ec2"]["tenancy"] = "default".into();

    assert_eq!(record(&written), record(&ec2_record()));
}

#[test]
fn a_record_lies_by_account_region_service_and_instance_under_its_instant() {
    let mut odd = record(&ec2_record());
    odd.recorded_at = at("2026-11-23T03:00:00.123456Z");
    assert_eq!(
        odd.key(),
        "settings/999999999999/eu-west-3/ec2/i-0a0a0a0a/2026-11-23T03:00:00Z.json"
    );

    let shelf = Shelf::of_rds(
        &"999999999999".try_into().unwrap(),
        &"eu-west-3".try_into().unwrap(),
        &"Orders".try_into().unwrap(),
    );
    assert_eq!(shelf.prefix(), "settings/999999999999/eu-west-3/rds/orders/");
}

#[test]
fn the_newest_record_at_or_before_an_instant_is_chosen() {
    let shelf = record(&ec2_record()).shelf();
    let key = |day: u8| format!("{}2026-11-{day:02}T03:00:00Z.json", shelf.prefix());
    let mut keys: Vec<String> = [21, 23, 22].map(key).into();
    keys.push(format!("{}notes.txt", shelf.prefix()));
    keys.push("settings/999999999999/eu-west-3/ec2/i-0b0b0b0b/2026-11-29T03:00:00Z.json".into());
    let chosen = |at| shelf.newest(keys.iter().map(String::as_str), at).map(str::to_owned);

    for (wanted, expected) in [
        (At::Latest, Some(23)),
        (At::Instant(at("2026-11-23T03:00:00Z")), Some(23)),
        (At::Instant(at("2026-11-23T02:59:59Z")), Some(22)),
        (At::Instant(at("2026-11-21T03:00:00Z")), Some(21)),
        (At::Instant(at("2026-11-21T02:59:59Z")), None),
    ] {
        assert_eq!(chosen(wanted), expected.map(key), "{wanted}");
    }
}

#[test]
fn a_record_is_written_where_something_has_changed_or_the_last_is_old() {
    let day = SignedDuration::from_hours(24);
    let of = |instant: &str, type_of: &str| {
        let mut value = ec2_record();
        value["recordedAt"] = instant.into();
        value["ec2"]["instanceType"] = type_of.into();
        record(&value)
    };
    let newest = of("2026-11-23T03:00:00Z", "m7g.large");
    for (now, expected) in [
        (of("2026-11-23T04:00:00Z", "m7g.large"), false),
        (of("2026-11-23T04:00:00Z", "m7g.xlarge"), true),
        (of("2026-11-24T02:59:59Z", "m7g.large"), false),
        (of("2026-11-24T03:00:00Z", "m7g.large"), true),
        // The same event once more, and one that came late.
        (of("2026-11-23T03:00:00Z", "m7g.xlarge"), false),
        (of("2026-11-23T02:00:00Z", "m7g.xlarge"), false),
    ] {
        assert_eq!(now.is_due(Some(&newest), day), expected, "{}", now.recorded_at);
        assert!(now.is_due(None, day));
    }
}

#[test]
fn figures_that_come_with_the_storage_are_not_asked_for() {
    let gp3 = Some(StorageType::Gp3);
    for (kind, iops, throughput, expected) in [
        (gp3, Some(3000), Some(125), (None, None)),
        (gp3, Some(12_000), Some(500), (None, None)),
        (gp3, None, None, (None, None)),
        (gp3, Some(16_000), Some(500), (Some(16_000), Some(500))),
        (gp3, Some(12_000), Some(125), (Some(12_000), Some(125))),
        (Some(StorageType::Io2), Some(3000), None, (Some(3000), None)),
        (Some(StorageType::Gp2), Some(300), None, (None, None)),
        (None, Some(300), Some(1), (None, None)),
    ] {
        let found = provisioned_storage(kind, iops, throughput);
        assert_eq!(found, expected, "{kind:?} {iops:?} {throughput:?}");
    }
}
