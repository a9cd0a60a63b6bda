//! A record laid under a request for an EC2 instance.

use serde_json::{Value, json};

use super::{at, ec2_record, record};
use crate::facts::{CpuOptions, SnapshotFacts};
use crate::plan::examples::snapshot;
use crate::record::complete::{Completed, Ec2Found, INSTANCE, ec2};
use crate::record::copies::Descent;
use crate::record::{Ec2Settings, Settings};
use crate::request::examples::{TARGET_ACCOUNT, TARGET_REGION, changed, key_arn};
use crate::request::{Fault, Request, VolumeType};
use crate::snapshot_set::Taken;

fn settings() -> Ec2Settings {
    match record(&ec2_record()).settings {
        Settings::Ec2(ec2) => *ec2,
        Settings::Rds(_) => panic!("not of EC2"),
    }
}

/// A request that leaves everything open.
fn open() -> Value {
    json!({
        "source": {
            "accountId": TARGET_ACCOUNT, "region": TARGET_REGION,
            "recorded": { "accountId": "999999999999", "region": "eu-west-3" },
            "ec2": { "instanceId": "i-0a0a0a0a", "at": "latest" },
        },
        "target": {
            "accountId": TARGET_ACCOUNT, "region": TARGET_REGION,
            "roleArn": format!("arn:aws:iam::{TARGET_ACCOUNT}:role/restore-target"),
            "kmsKeyId": key_arn(TARGET_REGION, TARGET_ACCOUNT, 1),
            "ec2": {},
        },
    })
}

/// What a target elsewhere has to say itself.
fn own() -> Value {
    json!({ "target": { "ec2": {
        "imageId": "ami-0d0d0d0d", "subnetId": "subnet-0d0d0d0d",
        "securityGroupIds": ["sg-0d0d0d0d"], "keyName": "ops-dr", "iamInstanceProfile": "orders-dr",
    } } })
}

/// Of the second volume there is a copy that names no snapshot.
fn descent(volume: usize) -> Descent {
    let taken = Taken { volume, at: at("2026-11-23T01:00:00Z") };
    Descent { taken, data_of: (volume == 0).then_some(taken.at) }
}

fn found(volumes: &[usize]) -> Vec<Ec2Found> {
    volumes
        .iter()
        .map(|&volume| Ec2Found {
            snapshot_id: format!("snap-0000{volume:04x}"),
            size_gib: 20,
            descent: descent(volume),
        })
        .collect()
}

fn completed(request: &Value) -> Result<Completed, Vec<Fault>> {
    ec2(&Request::read(request).unwrap(), &settings(), &found(&[1, 0]))
}

fn paths(faults: &[Fault]) -> Vec<&str> {
    faults.iter().map(|fault| fault.path.as_str()).collect()
}

#[test]
fn what_the_request_leaves_open_is_as_it_was_recorded() {
    let Completed { request, not_restored, .. } = completed(&changed(open(), &own())).unwrap();

    let target = request.target.ec2.unwrap();
    assert_eq!(target.instance_type.as_deref(), Some("m7g.xlarge"));
    assert_eq!(target.user_data.as_deref(), Some("#!/bin/sh"));
    assert_eq!(target.tags.unwrap()["Name"], "orders");
    let volumes = request.source.ec2.unwrap().volumes.unwrap();
    let [root, data] = &volumes[..] else { panic!("{volumes:?}") };
    assert_eq!(
        (root.snapshot_id.as_str(), root.device_name.as_str()),
        ("snap-00000000", "/dev/xvda")
    );
    assert_eq!((root.root, root.delete_on_termination), (true, Some(true)));
    assert_eq!((data.snapshot_id.as_str(), data.iops), ("snap-00000001", Some(2000)));
    assert_eq!((data.volume_type, data.size), (Some(VolumeType::Io2), Some(50)));
    assert_eq!(not_restored, ["tags reserved by AWS or by restores: aws:autoscaling:groupName"]);
    assert!(request.source.recorded.is_some());
}

#[test]
fn a_copy_is_as_old_as_its_data_and_of_unknown_age_where_it_names_no_snapshot() {
    let completed = completed(&changed(open(), &own())).unwrap();
    let told = at("2026-11-23T09:00:00Z");
    let facts = |id: &str| SnapshotFacts {
        taken_at: Some(told),
        ..snapshot(INSTANCE.to_owned(), id.to_owned())
    };
    let mut snapshots = ["snap-00000000", "snap-00000001", "snap-0000000c"].map(facts);

    completed.date(&mut snapshots);

    assert_eq!(
        snapshots.map(|it| it.taken_at),
        [Some(at("2026-11-23T01:00:00Z")), None, Some(told)]
    );
}

#[test]
fn what_the_request_says_wins() {
    let says = json!({ "target": { "ec2": {
        "instanceType": "c7g.large", "userData": "", "tags": { "Name": "drill" }, "start": false,
    } } });
    let request = completed(&changed(changed(open(), &own()), &says)).unwrap().request;

    let asked = Request::read(&changed(changed(open(), &own()), &says)).unwrap();
    assert_eq!(request.target.ec2, asked.target.ec2);
}

#[test]
fn a_record_tells_what_its_instance_booted_by_and_one_of_an_earlier_version_does_not() {
    let earlier = completed(&changed(open(), &own())).unwrap().origin.unwrap();
    assert_eq!(earlier.instance_type.as_deref(), Some("m7g.xlarge"));
    assert_eq!((earlier.boot, earlier.cpu_options), (None, None));

    let now = json!({ "ec2": {
        "boot": { "architecture": "arm64", "bootMode": "uefi", "enaSupport": true },
        "cpuOptions": { "coreCount": 1, "threadsPerCore": 1 },
    } });
    let written = changed(ec2_record(), &now);
    assert_eq!(serde_json::to_value(record(&written)).unwrap(), written);
    let Settings::Ec2(settings) = record(&written).settings else { panic!("not of EC2") };
    let origin = settings.origin();
    assert_eq!(origin.boot.unwrap().architecture.as_deref(), Some("arm64"));
    assert_eq!(origin.cpu_options, Some(CpuOptions { core_count: 1, threads_per_core: 1 }));
}

#[test]
fn what_means_nothing_at_the_target_has_to_be_said() {
    let faults = completed(&open()).unwrap_err();

    let all = ["imageId", "subnetId", "securityGroupIds", "keyName", "iamInstanceProfile"];
    assert_eq!(paths(&faults), all.map(|it| format!("target.ec2.{it}")));
    let key = &faults[3].problem;
    for words in ["key pair `ops`", "999999999999", "eu-west-3", "`source.recorded.leaveOut`"] {
        assert!(key.contains(words), "{key}");
    }
    // There is no instance without an AMI or a subnet.
    assert!(!faults[0].problem.contains("leaveOut") && !faults[1].problem.contains("leaveOut"));
}

#[test]
fn what_an_instance_shares_with_its_target_is_taken_over() {
    let all = ["imageId", "subnetId", "securityGroupIds", "keyName", "iamInstanceProfile"];
    for (place, needed) in [
        (json!({ "accountId": TARGET_ACCOUNT }), &all[..4]),
        (json!({ "region": TARGET_REGION }), &all[1..]),
        (json!({ "accountId": TARGET_ACCOUNT, "region": TARGET_REGION }), &[]),
    ] {
        let request = changed(open(), &json!({ "source": { "recorded": place } }));
        let missing = completed(&request).map_or_else(|faults| faults, |_| Vec::new());

        let needed: Vec<String> = needed.iter().map(|it| format!("target.ec2.{it}")).collect();
        assert_eq!(paths(&missing), needed, "{place}");
    }
}

#[test]
fn what_is_left_out_is_told() {
    let request = changed(
        changed(open(), &own()),
        &json!({
            "source": { "recorded": { "leaveOut": ["keyName", "iamInstanceProfile"] } },
            "target": { "ec2": { "keyName": null } },
        }),
    );
    let Completed { request, not_restored, .. } = completed(&request).unwrap();

    let target = request.target.ec2.unwrap();
    assert_eq!(target.key_name, None);
    // What is asked for is not left out.
    assert_eq!(target.iam_instance_profile.as_deref(), Some("orders-dr"));
    assert_eq!(not_restored[1..], ["key pair `ops`, as source.recorded.leaveOut says"]);
}

#[test]
fn a_set_that_is_not_complete_is_told_beside_what_has_to_be_said() {
    let request = Request::read(&open()).unwrap();
    let faults = ec2(&request, &settings(), &found(&[0])).unwrap_err();

    assert_eq!(faults.len(), 6);
    assert_eq!(faults[0].path, "source.ec2.instanceId");
    for words in ["i-0a0a0a0a", TARGET_ACCOUNT, TARGET_REGION, "no copy of vol-0b0b0b0b (/dev/sdf)"]
    {
        assert!(faults[0].problem.contains(words), "{}", faults[0]);
    }
}

#[test]
fn a_volume_that_has_grown_since_it_was_recorded_has_its_snapshots_size() {
    let mut grown = found(&[0, 1]);
    grown[1].size_gib = 60;
    let request = Request::read(&changed(open(), &own())).unwrap();
    let request = ec2(&request, &settings(), &grown).unwrap().request;

    let volumes = request.source.ec2.unwrap().volumes.unwrap();
    assert_eq!((volumes[0].size, volumes[1].size), (Some(20), None));
}

#[test]
fn a_request_without_records_is_not_completed() {
    let mut request = Request::read(&changed(open(), &own())).unwrap();
    request.source.recorded = None;

    assert_eq!(paths(&ec2(&request, &settings(), &[]).unwrap_err()), ["source.recorded"]);
}

/// A map of the network that the instance had.
fn map() -> Value {
    json!({ "target": { "networkMap": {
        "subnets": { "subnet-0c0c0c0c": "subnet-0d0d0d0d" },
        "securityGroups": { "sg-0c0c0c0c": "sg-0d0d0d0d" },
        "keyNames": { "ops": "ops-dr" },
    } } })
}

#[test]
fn what_a_map_makes_of_the_network_need_not_be_said() {
    let rest = json!({ "target": { "ec2": {
        "imageId": "ami-0d0d0d0d", "iamInstanceProfile": "orders-dr",
    } } });
    let of = |request: Value| completed(&request).unwrap().request.target.ec2;

    assert_eq!(of(changed(changed(open(), &map()), &rest)), of(changed(open(), &own())));
}

#[test]
fn what_a_map_has_no_entry_for_is_told_with_where_it_was() {
    let other = json!({ "target": { "networkMap": {
        "subnets": { "subnet-0f0f0f0f": "subnet-0d0d0d0d" },
    } } });
    let faults = completed(&changed(open(), &other)).unwrap_err();

    assert_eq!(paths(&faults), paths(&completed(&open()).unwrap_err()));
    for (fault, words) in faults[1..4].iter().zip([
        "`subnet-0c0c0c0c` has no entry in `target.networkMap.subnets`",
        "`sg-0c0c0c0c` has no entry in `target.networkMap.securityGroups`",
        "`ops` has no entry in `target.networkMap.keyNames`",
    ]) {
        assert!(fault.problem.contains(words), "{fault}");
        assert!(fault.problem.contains("eu-west-3, where the instance lived"), "{fault}");
    }
    // No map speaks of AMIs and instance profiles.
    for fault in [&faults[0], &faults[4]] {
        assert!(!fault.problem.contains("networkMap"), "{fault}");
    }
}

#[test]
fn what_is_said_or_left_out_is_not_what_the_map_makes_of_it() {
    let says = json!({
        "source": { "recorded": { "leaveOut": ["securityGroupIds"] } },
        "target": { "ec2": {
            "imageId": "ami-0d0d0d0d", "iamInstanceProfile": "orders-dr",
            "subnetId": "subnet-0c0c0c0c",
        } },
    });
    let Completed { request, not_restored, .. } =
        completed(&changed(changed(open(), &map()), &says)).unwrap();

    let target = request.target.ec2.unwrap();
    assert_eq!(target.subnet_id.unwrap().as_str(), "subnet-0c0c0c0c");
    assert_eq!((target.security_group_ids, target.key_name.as_deref()), (None, Some("ops-dr")));
    let left_out = "security groups sg-0c0c0c0c, as source.recorded.leaveOut says";
    assert_eq!(not_restored[1..], [left_out]);
}
