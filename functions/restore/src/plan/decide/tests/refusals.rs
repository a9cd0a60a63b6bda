//! What is refused, or waited for, before anything is touched.

use super::super::{Decision, Refusal};
use super::examples::{Case, default_key, intermediate_key, staging_key};
use crate::Flow;
use crate::availability::Availability;
use crate::facts::{Existing, Facts, KeyFacts};
use crate::request::Fault;

/// The one fault among `faults`.
#[track_caller]
fn only(faults: &[Fault]) -> (&str, &str) {
    let [fault] = faults else { panic!("not one fault: {faults:?}") };
    (&fault.path, &fault.problem)
}

#[track_caller]
fn invalid(case: &Case) -> Vec<Fault> {
    match case.refusal() {
        Refusal::Invalid(faults) => faults,
        other => panic!("refused for another reason: {other:?}"),
    }
}

#[test]
fn an_archived_snapshot_is_refused_by_its_field() {
    let faults = invalid(&Case::of(Flow::Ec2CrossRegion).finding(|facts| {
        facts.snapshots[1].unusable = Some("is archived: restore it first".to_owned());
    }));

    assert_eq!(
        only(&faults),
        ("source.ec2.volumes[1].snapshotId", "snap-0b0b0b0b is archived: restore it first")
    );
}

#[test]
fn a_volume_is_not_smaller_than_its_snapshot() {
    let sized =
        |size| Case::of(Flow::Ec2SameLocation).finding_ec2(|ec2| ec2.volumes[1].size = Some(size));
    assert_eq!(
        only(&invalid(&sized(19))),
        ("source.ec2.volumes[1].size", "19 GiB is less than the snapshot's 20 GiB")
    );
    let launch = sized(20).plan().instance.unwrap();
    assert_eq!(launch.volumes[1].size, Some(20));
}

#[test]
fn the_amis_root_device_is_for_the_root_volume() {
    let faults = invalid(&Case::of(Flow::Ec2SameLocation).finding_ec2(|ec2| {
        ec2.image.root_device_name = "/dev/sdf".to_owned();
    }));

    assert_eq!(
        only(&faults),
        ("source.ec2.volumes[1].deviceName", "`/dev/sdf` is the AMI's root device")
    );
}

#[test]
fn an_ami_that_no_instance_can_start_from_is_refused() {
    let faults = invalid(&Case::of(Flow::Ec2SameLocation).finding_ec2(|ec2| {
        ec2.image.unusable = Some("is backed by instance store".to_owned());
    }));

    assert_eq!(only(&faults), ("target.ec2.imageId", "ami-0a0a0a0a is backed by instance store"));
}

#[test]
fn every_misfit_is_reported_not_the_first() {
    let case = Case::of(Flow::Ec2CrossAccount)
        .finding(|facts| facts.snapshots[0].unusable = Some("is archived".to_owned()))
        .finding_ec2(|ec2| {
            ec2.image.unusable = Some("is backed by instance store".to_owned());
            ec2.volumes[0].size = Some(1);
        });

    let paths: Vec<String> = invalid(&case).into_iter().map(|fault| fault.path).collect();
    assert_eq!(
        paths,
        ["source.ec2.volumes[0].snapshotId", "target.ec2.imageId", "source.ec2.volumes[0].size"]
    );
}

fn disabled(key: KeyFacts) -> KeyFacts {
    KeyFacts { unusable: Some("is disabled".to_owned()), ..key }
}

#[test]
fn a_key_that_cannot_serve_is_refused_by_the_field_that_leads_to_it() {
    type Disable = fn(&mut Facts);
    let cases: [(&str, Disable); 4] = [
        ("target.kmsKeyId", |facts| facts.target_key = disabled(facts.target_key.clone())),
        ("source.stagingKmsKeyId", |facts| facts.staging_key = Some(disabled(staging_key()))),
        ("target.intermediateKmsKeyId", |facts| {
            facts.intermediate_key = Some(disabled(intermediate_key()));
        }),
        ("source.rds.dbSnapshotIdentifier", |facts| {
            facts.snapshots[0].key = facts.snapshots[0].key.take().map(disabled);
        }),
    ];
    for (path, disable) in cases {
        let refusal = Case::of(Flow::RdsCrossAccountCrossRegion).finding(disable).refusal();
        let Refusal::KeyNotUsable(faults) = refusal else {
            panic!("refused for another reason: {refusal:?}")
        };
        let (at, problem) = only(&faults);
        assert_eq!(at, path);
        assert!(problem.starts_with("key arn:") && problem.ends_with("is disabled"), "{problem}");
    }
}

#[test]
fn a_staging_key_that_aws_manages_would_not_help() {
    let faults = invalid(
        &Case::of(Flow::Ec2CrossAccount).finding(|facts| facts.staging_key = Some(default_key())),
    );

    let (path, problem) = only(&faults);
    assert_eq!(path, "source.stagingKmsKeyId");
    assert!(problem.contains("is managed by AWS"), "{problem}");
}

#[test]
fn a_db_instance_of_somebody_else_is_never_overwritten() {
    for flow in Flow::ALL.into_iter().filter(|flow| flow.name().starts_with("rds")) {
        let refusal = Case::of(flow).finding_db(Existing::Foreign).refusal();
        let Refusal::AlreadyExists(fault) = refusal else {
            panic!("refused for another reason: {refusal:?}")
        };
        assert_eq!(fault.path, "target.rds.dbInstanceIdentifier");
    }
}

#[test]
fn a_snapshot_that_has_failed_is_not_waited_for() {
    let refusal = Case::of(Flow::Ec2CrossRegion)
        .finding(|facts| {
            facts.snapshots[0].availability = Availability::Pending { percent: Some(10) };
            facts.snapshots[1].availability =
                Availability::Failed { reason: "error: key gone".to_owned() };
        })
        .refusal();

    let Refusal::SnapshotFailed(faults) = refusal else {
        panic!("refused for another reason: {refusal:?}")
    };
    assert_eq!(
        only(&faults),
        ("source.ec2.volumes[1].snapshotId", "snap-0b0b0b0b is in state error: key gone")
    );
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
