use serde_json::{Value, json};

use super::*;

fn place(instance_type: &str, zone: &str) -> Value {
    json!({
        "instanceType": instance_type,
        "subnetId": format!("subnet-0a0a0a0{zone}"),
        "availabilityZone": format!("eu-central-1{zone}"),
    })
}

fn launch() -> Launch {
    let mut launch = json!({
        "imageId": "ami-0a0a0a0a",
        "rootDeviceName": "/dev/sda1",
        "suppressedDeviceNames": [],
        "vpcId": "vpc-1",
        "securityGroupIds": [],
        "tags": {},
        "start": true,
        "kmsKeyId": "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "volumes": [],
        "alternatives": [place("m6g.large", "a"), place("m7g.large", "b")],
    });
    let own = place("m7g.large", "a");
    launch.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    serde_json::from_value(launch).unwrap()
}

#[test]
fn each_place_is_tried_once_in_the_order_asked_for() {
    let mut tried = Vec::new();
    let mut next = Some(launch());
    while let Some(launch) = next {
        tried.push((launch.instance_type.clone(), launch.availability_zone.clone()));
        next = launch.elsewhere();
    }

    let expected = [
        ("m7g.large", "eu-central-1a"),
        ("m6g.large", "eu-central-1a"),
        ("m7g.large", "eu-central-1b"),
    ];
    assert_eq!(tried, expected.map(|(kind, zone)| (kind.to_owned(), zone.to_owned())));
}

#[test]
fn an_instance_that_is_there_already_is_found_among_the_places() {
    let there = launch().at(|place| place.subnet_id.as_str() == "subnet-0a0a0a0b").unwrap();

    assert_eq!(there.availability_zone, "eu-central-1b");
    assert_eq!(there.alternatives, []);
    assert_eq!(launch().at(|place| place.instance_type == "t4g.nano"), None);
}

fn db_launch() -> DbLaunch {
    let target: RdsTarget = serde_json::from_value(json!({
        "dbInstanceIdentifier": "Orders",
        "dbInstanceClass": "db.m7g.large",
        "availabilityZone": "eu-central-1a",
        "alternatives": [{ "dbInstanceClass": "db.m6g.large" }, { "availabilityZone": "eu-central-1b" }],
    }))
    .unwrap();
    let key = "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    DbLaunch::of(&target, key.try_into().unwrap())
}

#[test]
fn what_an_alternative_leaves_open_is_as_the_request_has_it() {
    let first = db_launch();
    let second = first.elsewhere().unwrap();
    let third = second.elsewhere().unwrap();

    let asked = |launch: &DbLaunch| {
        let settings = launch.settings.clone();
        (settings.db_instance_class.unwrap(), settings.availability_zone.unwrap())
    };
    let owned = |class: &str, zone: &str| (class.to_owned(), zone.to_owned());
    assert_eq!(asked(&first), owned("db.m7g.large", "eu-central-1a"));
    assert_eq!(asked(&second), owned("db.m6g.large", "eu-central-1a"));
    assert_eq!(asked(&third), owned("db.m7g.large", "eu-central-1b"));
    assert_eq!(third.elsewhere(), None);
}
