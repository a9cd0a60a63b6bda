//! The AMI held against the root volume that it is to start.

use crate::Flow;
use crate::boot::Boot;
use crate::plan::ObstacleKind;
use crate::plan::examples::Case;

/// A restore of a root volume that was booted by other things than the example's.
fn of_root(change: impl FnOnce(&mut Boot)) -> Case {
    Case::of(Flow::Ec2CrossAccountCrossRegion)
        .finding_ec2(|ec2| change(ec2.source_boot.as_mut().unwrap()))
}

/// One of Intel or AMD, where the AMI is of Graviton.
fn of_another_kind() -> Case {
    of_root(|boot| {
        boot.architecture = Some("x86_64".to_owned());
        boot.boot_mode = Some("legacy-bios".to_owned());
    })
}

#[test]
fn an_ami_of_another_kind_than_the_root_volume_is_refused_with_what_to_choose() {
    assert_eq!(
        of_another_kind().obstacle(ObstacleKind::Invalid),
        "target.ec2.imageId: ami-0a0a0a0a does not match the root volume of the source instance: \
         architecture arm64 instead of x86_64, boot mode uefi instead of legacy-bios; choose an \
         AMI of architecture x86_64, boot mode legacy-bios"
    );
}

#[test]
fn what_is_proven_of_an_ami_is_not_warned_of() {
    for flow in Flow::ALL {
        assert_eq!(Case::of(flow).plan().warnings, [""; 0], "{flow}");
    }
}

#[test]
fn where_nothing_tells_what_the_root_volume_was_booted_by_a_plan_warns_of_it() {
    let proven = Case::of(Flow::Ec2CrossRegion);
    let unknown = proven.clone().finding_ec2(|ec2| ec2.source_boot = None).plan();

    let [told] = &unknown.warnings[..] else { panic!("{:?}", unknown.warnings) };
    assert!(told.starts_with("target.ec2.imageId: that ami-0a0a0a0a matches"), "{told}");
    assert!(told.contains("cannot be proven"), "{told}");
    // What is done is the same.
    assert_eq!(unknown.hash, proven.plan().hash);
}

#[test]
fn what_is_not_told_of_both_is_warned_of_by_its_name() {
    assert_eq!(
        of_root(|boot| boot.platform_details = None).plan().warnings,
        ["target.ec2.imageId: that ami-0a0a0a0a matches the root volume in platform cannot be \
          proven"]
    );
}

#[test]
fn another_bill_is_warned_of_and_stands_in_nobodys_way() {
    let red_hat = of_root(|boot| boot.platform_details = Some("Red Hat Enterprise Linux".into()));

    let warnings = red_hat.plan().warnings;

    let [told] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(told.starts_with("target.ec2.imageId: ami-0a0a0a0a is billed as Linux/UNIX"), "{told}");
}

#[test]
fn an_instance_whose_volumes_are_made_is_not_asked_about_its_ami_any_more() {
    let made = |case: Case| case.finding_ec2(|ec2| ec2.volumes_made = true).plan();

    assert_eq!(made(of_another_kind()).warnings, [""; 0]);
    let unknown = Case::of(Flow::Ec2CrossRegion).finding_ec2(|ec2| ec2.source_boot = None);
    assert_eq!(made(unknown).warnings, [""; 0]);
}
