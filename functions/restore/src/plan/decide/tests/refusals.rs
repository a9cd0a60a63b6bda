//! What is refused, or waited for, before anything is touched.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::Decision;
use super::{FROM, SOURCE, TARGET, TO};
use crate::Flow;
use crate::availability::Availability;
use crate::facts::{Existing, Facts, KeyFacts};
use crate::plan::examples::{Case, default_key, intermediate_key, key, staging_key};
use crate::plan::{Obstacle, ObstacleKind};
use crate::request::{VolumeRequest, VolumeType};

#[test]
fn an_archived_snapshot_is_refused_by_its_field() {
    let told = Case::of(Flow::Ec2CrossRegion)
        .finding(|facts| {
            facts.snapshots[1].unusable = Some("is archived: restore it first".to_owned());
        })
        .obstacle(ObstacleKind::Invalid);

    assert_eq!(
        told,
        "source.ec2.volumes[1].snapshotId: snap-0b0b0b0b is archived: restore it first"
    );
}

#[test]
fn a_volume_is_not_smaller_than_its_snapshot() {
    let sized =
        |size| Case::of(Flow::Ec2SameLocation).finding_ec2(|ec2| ec2.volumes[1].size = Some(size));
    assert_eq!(
        sized(19).obstacle(ObstacleKind::Invalid),
        "source.ec2.volumes[1].size: 19 GiB is less than the snapshot's 20 GiB"
    );
    let launch = sized(20).plan().instance.unwrap();
    assert_eq!(launch.volumes[1].size, Some(20));
}

#[test]
fn a_volume_that_was_found_by_its_instance_is_named_by_it() {
    let told = Case::of(Flow::Ec2SameLocation)
        .finding(|facts| facts.snapshots[1].path = "source.ec2.instanceId".to_owned())
        .finding_ec2(|ec2| ec2.volumes[1].size = Some(1))
        .obstacle(ObstacleKind::Invalid);

    assert!(told.starts_with("source.ec2.instanceId: 1 GiB is less"), "{told}");
}

#[test]
fn a_volume_is_held_to_its_type_once_the_source_and_the_snapshot_have_told_what_was_open() {
    type Fill = fn(&mut VolumeRequest);
    let cases: [(Fill, &str, &str); 6] = [
        // Neither the request nor a source volume names a type: EBS takes gp2.
        (|it| it.iops = Some(3000), "iops", "the volume is of type gp2"),
        (|it| it.throughput = Some(250), "throughput", "the volume is of type gp2"),
        (|it| it.volume_type = Some(VolumeType::Io1), "iops", "required with type io1"),
        (|it| it.volume_type = Some(VolumeType::St1), "size", "20 GiB is not within 125"),
        (
            |it| (it.volume_type, it.throughput) = (Some(VolumeType::Gp3), Some(751)),
            "throughput",
            "needs 3004 IOPS",
        ),
        (
            |it| (it.volume_type, it.iops) = (Some(VolumeType::Io1), Some(1001)),
            "iops",
            "50 for each of its 20 GiB: 1000",
        ),
    ];
    for (fill, field, words) in cases {
        let case = Case::of(Flow::Ec2SameLocation).finding_ec2(|ec2| fill(&mut ec2.volumes[1]));

        let told = case.obstacle(ObstacleKind::Invalid);
        assert!(told.starts_with(&format!("source.ec2.volumes[1].{field}: ")), "{told}");
        assert!(told.contains(words), "{told}");

        let told = case
            .finding(|facts| facts.snapshots[1].path = "source.ec2.instanceId".to_owned())
            .obstacle(ObstacleKind::Invalid);
        let expected = format!("source.ec2.instanceId: {field} of /dev/sdf: ");
        assert!(told.starts_with(&expected), "{told}");
    }
}

#[test]
fn the_amis_root_device_is_for_the_root_volume() {
    let told = Case::of(Flow::Ec2SameLocation)
        .finding_ec2(|ec2| ec2.image.root_device_name = "/dev/sdf".to_owned())
        .obstacle(ObstacleKind::Invalid);

    assert_eq!(told, "source.ec2.volumes[1].deviceName: `/dev/sdf` is the AMI's root device");
}

#[test]
fn an_ami_that_no_instance_can_start_from_is_refused() {
    let told = Case::of(Flow::Ec2SameLocation)
        .finding_ec2(|ec2| ec2.image.unusable = Some("is backed by instance store".to_owned()))
        .obstacle(ObstacleKind::Invalid);

    assert_eq!(told, "target.ec2.imageId: ami-0a0a0a0a is backed by instance store");
}

/// So many tags, of which one is a name.
fn tags(count: usize) -> BTreeMap<String, String> {
    let others = (1..count).map(|number| (format!("key-{number}"), "x".to_owned()));
    std::iter::once(("Name".to_owned(), "orders".to_owned())).chain(others).collect()
}

#[test]
fn the_tags_of_an_instance_leave_room_for_the_restores_own() {
    let lent = |count| Case::of(Flow::Ec2CrossRegion).finding_ec2(|ec2| ec2.tags = tags(count));

    assert_eq!(lent(47).plan().instance.unwrap().tags.len(), 47);
    let told = lent(48).obstacle(ObstacleKind::Invalid);
    let words = "target.ec2.tags: 48 tags, and 3 of the restore's own, are more than the 50";
    assert!(told.starts_with(words) && told.ends_with("at most 47"), "{told}");
    // Once it is made, it has them.
    assert!(lent(48).made().decide().is_ok());
}

#[test]
fn the_tags_of_a_db_instance_leave_room_for_the_restores_own() {
    let asked = |count| {
        let bare = json!({ "target": { "rds": { "tags": null } } });
        let tags = json!({ "target": { "rds": { "tags": tags(count) } } });
        Case::of(Flow::RdsCrossRegion).asking(&bare).asking(&tags)
    };

    let given = asked(47).plan().db_instance.unwrap().settings.tags.unwrap();
    assert_eq!(given.len(), 47);
    let told = asked(48).obstacle(ObstacleKind::Invalid);
    assert!(told.starts_with("target.rds.tags: 48 tags, and 3 of the restore's own"), "{told}");
}

#[test]
fn a_drill_has_tags_of_its_own_beside() {
    let drill = json!({ "mode": "drill", "drill": {
        "network": { "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"] },
        "rtoMinutes": 60,
    } });
    let case = |tags: BTreeMap<String, String>| {
        Case::of(Flow::Ec2CrossRegion).asking(&drill).finding_ec2(|ec2| ec2.tags = tags)
    };
    let nameless = |count: usize| tags(count + 1).into_iter().filter(|it| it.0 != "Name").collect();

    assert_eq!(case(tags(46)).plan().instance.unwrap().tags.len(), 47);
    assert!(case(tags(47)).obstacle(ObstacleKind::Invalid).contains("and 4 of the restore's own"));
    assert_eq!(case(nameless(45)).plan().instance.unwrap().tags.len(), 47);
    assert!(case(nameless(46)).obstacle(ObstacleKind::Invalid).contains("and 5 of"));
}

#[test]
fn every_obstacle_of_every_kind_is_reported_not_the_first() {
    let refusal = Case::of(Flow::Ec2CrossAccount)
        .finding(|facts| {
            facts.snapshots[0].unusable = Some("is archived".to_owned());
            facts.snapshots[1].key = Some(default_key());
            facts.target_key = facts.target_key.take().map(disabled);
            let denied = "kms:DescribeKey is denied";
            facts.obstacles = vec![Obstacle::new(ObstacleKind::AccessDenied, denied)];
        })
        .finding_ec2(|ec2| {
            ec2.image.unusable = Some("is backed by instance store".to_owned());
            ec2.volumes[0].size = Some(1);
        })
        .refusal();

    let kinds: Vec<ObstacleKind> = refusal.obstacles().iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [
            ObstacleKind::AccessDenied,
            ObstacleKind::Invalid,
            ObstacleKind::Invalid,
            ObstacleKind::Invalid,
            ObstacleKind::KeyNotUsable,
            ObstacleKind::DefaultKeyNotShareable,
        ]
    );
    let told = refusal.to_string();
    for words in ["snapshotId", "imageId", "size", "target.kmsKeyId", "stagingKmsKeyId", "denied"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

fn disabled(key: KeyFacts) -> KeyFacts {
    KeyFacts { unusable: Some("is disabled".to_owned()), ..key }
}

#[test]
fn a_key_that_cannot_serve_is_refused_by_the_field_that_leads_to_it() {
    type Disable = fn(&mut Facts);
    let cases: [(&str, Disable); 4] = [
        ("target.kmsKeyId", |facts| facts.target_key = facts.target_key.take().map(disabled)),
        ("source.stagingKmsKeyId", |facts| facts.staging_key = Some(disabled(staging_key()))),
        ("target.intermediateKmsKeyId", |facts| {
            facts.intermediate_key = Some(disabled(intermediate_key()));
        }),
        ("source.rds.dbSnapshotIdentifier", |facts| {
            facts.snapshots[0].key = facts.snapshots[0].key.take().map(disabled);
        }),
    ];
    for (path, disable) in cases {
        let told = Case::of(Flow::RdsCrossAccountCrossRegion)
            .finding(disable)
            .obstacle(ObstacleKind::KeyNotUsable);
        assert!(told.starts_with(&format!("{path}: key arn:")), "{told}");
        assert!(told.ends_with("is disabled"), "{told}");
    }
}

#[test]
fn a_key_whose_material_expires_before_the_deadline_is_refused() {
    let expiring = |at: &str| {
        Case::of(Flow::RdsCrossRegion)
            .finding(|facts| facts.target_key.as_mut().unwrap().expires = Some(at.parse().unwrap()))
    };

    let told = expiring("2026-11-24T23:00:00Z").obstacle(ObstacleKind::KeyNotUsable);
    assert!(told.contains("expires at 2026-11-24T23:00:00Z"), "{told}");
    assert!(expiring("2026-11-25T00:00:01Z").decide().is_ok());
}

#[test]
fn a_staging_key_that_aws_manages_would_not_help() {
    let told = Case::of(Flow::Ec2CrossAccount)
        .finding(|facts| facts.staging_key = Some(default_key()))
        .obstacle(ObstacleKind::Invalid);

    assert!(told.starts_with("source.stagingKmsKeyId: key arn:"), "{told}");
    assert!(told.contains("is managed by AWS"), "{told}");
}

#[test]
fn a_db_instance_of_somebody_else_is_never_overwritten() {
    for flow in Flow::ALL.into_iter().filter(|flow| flow.name().starts_with("rds")) {
        let told =
            Case::of(flow).finding_db(Existing::Foreign).obstacle(ObstacleKind::AlreadyExists);
        assert!(told.starts_with("target.rds.dbInstanceIdentifier: "), "{told}");
    }
}

#[test]
fn a_snapshot_that_has_failed_is_not_waited_for() {
    let told = Case::of(Flow::Ec2CrossRegion)
        .finding(|facts| {
            facts.snapshots[0].availability = Availability::Pending { percent: Some(10) };
            facts.snapshots[1].availability =
                Availability::Failed { reason: "error: key gone".to_owned() };
        })
        .obstacle(ObstacleKind::SnapshotFailed);

    assert_eq!(told, "source.ec2.volumes[1].snapshotId: snap-0b0b0b0b is in state error: key gone");
}

#[test]
fn a_snapshot_that_is_still_being_taken_is_waited_for() {
    for flow in Flow::ALL {
        let case = Case::of(flow).finding(|facts| {
            facts.snapshots.last_mut().unwrap().availability =
                Availability::Pending { percent: Some(42) };
        });
        let Ok(Decision::NotYet { waiting_for, percent }) = case.decide() else {
            panic!("{flow} does not wait")
        };
        let [awaited] = &waiting_for[..] else { panic!("{flow}: {waiting_for:?}") };
        assert!(awaited.ends_with("snap-0b0b0b0b") || awaited.ends_with("orders-nightly"));
        assert_eq!(percent, Some(42), "{flow}");
    }
}

#[test]
fn a_key_of_another_region_is_refused_whatever_it_was_named_by() {
    type Move = fn(&mut Facts);
    let cases: [(&str, Move, &str); 4] = [
        ("target.kmsKeyId", |facts| facts.target_key = Some(key(FROM, TARGET, 1)), TO),
        ("source.stagingKmsKeyId", |facts| facts.staging_key = Some(key(TO, SOURCE, 1)), FROM),
        (
            "target.intermediateKmsKeyId",
            |facts| facts.intermediate_key = Some(key(TO, TARGET, 1)),
            FROM,
        ),
        (
            "source.rds.dbSnapshotIdentifier",
            |facts| facts.snapshots[0].key = Some(key(TO, SOURCE, 1)),
            FROM,
        ),
    ];
    for (path, elsewhere, used_in) in cases {
        let told = Case::of(Flow::RdsCrossAccountCrossRegion)
            .finding(elsewhere)
            .obstacle(ObstacleKind::KeyNotUsable);
        assert!(told.starts_with(&format!("{path}: key arn:")), "{told}");
        assert!(told.ends_with(&format!(", and is used in {used_in}")), "{told}");
    }
}

#[test]
fn nothing_is_planned_of_what_nobody_has_found_out() {
    for (flow, service) in [(Flow::Ec2CrossAccount, "ec2"), (Flow::RdsCrossRegion, "rds")] {
        let without = |forget: fn(&mut Facts)| {
            let refusal = Case::of(flow).finding(forget).refusal();
            refusal.to_string()
        };

        let told = without(|facts| facts.target = None);
        assert_eq!(told, format!("target.{service}: nothing is known of the target"));
        let told = without(|facts| facts.snapshots.clear());
        assert_eq!(told, format!("source.{service}: nothing is known of the snapshots"));
        let told = without(|facts| facts.target_key = None);
        assert_eq!(told, "target.kmsKeyId: nothing is known of the key");
    }
}
