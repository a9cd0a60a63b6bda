//! What a request says of an EC2 instance.

use serde_json::{Value, json};

use super::{accepts, refuses};
use crate::Flow;

const FLOW: Flow = Flow::Ec2CrossAccount;

fn source(ec2: &Value) -> Value {
    json!({ "source": { "ec2": ec2 } })
}

fn volume(device_name: &str, root: bool) -> Value {
    json!({ "snapshotId": "snap-0a0a0a0a", "deviceName": device_name, "root": root })
}

#[test]
fn one_volume_is_the_root() {
    let (first, second, third) = ("/dev/xvda", "/dev/sdf", "/dev/sdg");
    for (volumes, words) in [
        (json!([]), "none is marked `root`"),
        (json!([volume(first, false), volume(second, false)]), "none is marked `root`"),
        (
            json!([volume(first, true), volume(second, true), volume(third, false)]),
            "2 are marked `root`, not one",
        ),
    ] {
        refuses(FLOW, &source(&json!({ "volumes": volumes })), &[("source.ec2.volumes", words)]);
    }
}

#[test]
fn a_device_name_is_taken_by_one_volume() {
    let volumes =
        json!([volume("/dev/xvda", true), volume("/dev/sdf", false), volume("/dev/sdf", false)]);
    refuses(
        FLOW,
        &source(&json!({ "volumes": volumes })),
        &[("source.ec2.volumes[2].deviceName", "`/dev/sdf` is taken by another volume")],
    );
}

#[test]
fn one_snapshot_may_become_two_volumes() {
    accepts(
        FLOW,
        &source(&json!({ "volumes": [volume("/dev/xvda", true), volume("/dev/sdf", false)] })),
    );
}

#[test]
fn the_snapshots_are_listed_or_found_by_their_instance() {
    let instance = "i-0a0a0a0a";
    refuses(
        FLOW,
        &source(&json!({ "instanceId": instance, "at": "latest" })),
        &[("source.ec2", "give `volumes` or `instanceId`, not both")],
    );
    refuses(
        FLOW,
        &source(&json!({ "volumes": null })),
        &[("source.ec2", "give one of `volumes` and `instanceId`")],
    );
    for at in ["latest", "2026-11-23T04:00:00Z"] {
        accepts(FLOW, &source(&json!({ "volumes": null, "instanceId": instance, "at": at })));
    }
}

#[test]
fn an_instant_goes_with_an_instance() {
    refuses(
        FLOW,
        &source(&json!({ "at": "latest" })),
        &[("source.ec2.at", "goes with `instanceId`")],
    );
    refuses(
        FLOW,
        &source(&json!({ "volumes": null, "instanceId": "i-0a0a0a0a" })),
        &[("source.ec2.at", "required with `instanceId`")],
    );
}

#[test]
fn user_data_ends_at_16_kib() {
    let asked = |length: usize| json!({ "target": { "ec2": { "userData": "#".repeat(length) } } });
    accepts(FLOW, &asked(16 * 1024));
    refuses(FLOW, &asked(16 * 1024 + 1), &[("target.ec2.userData", "is longer than 16 KiB")]);
}

#[test]
fn no_security_groups_are_left_out_not_given_as_none() {
    refuses(
        FLOW,
        &json!({ "target": { "ec2": { "securityGroupIds": [] } } }),
        &[("target.ec2.securityGroupIds", "leave it out")],
    );
}

#[test]
fn an_alternative_is_another_type_or_subnet() {
    let alternatives = |it: Value| json!({ "target": { "ec2": { "alternatives": it } } });

    accepts(
        Flow::Ec2CrossRegion,
        &alternatives(json!([{ "instanceType": "m6g.large" }, { "subnetId": "subnet-0b0b0b0b" }])),
    );
    refuses(
        Flow::Ec2CrossRegion,
        &alternatives(json!([{ "instanceType": "m6g.large" }, {}])),
        &[("target.ec2.alternatives[1]", "give `instanceType`")],
    );
}
