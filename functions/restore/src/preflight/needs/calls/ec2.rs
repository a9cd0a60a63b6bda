//! The calls of an EC2 restore.

use super::{Step, ec2_arn, snapshot_arn};
use crate::facts::{Facts, TargetFacts};
use crate::plan::{Hop, HopStep};
use crate::preflight::Need;
use crate::request::Request;
use crate::{Flow, Service, Session};

pub(super) fn of(request: &Request, facts: &Facts, hops: &[Hop]) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut staged: &[String] = &[];
    for hop in hops {
        let mut step = step(&mut needs, &hop.session, hop.step.name());
        let there = |id: &String| !staged.contains(id);
        let any = snapshot_arn(&hop.session.region, "*");
        if hop.step == HopStep::ShareSnapshot {
            for id in hop.snapshots.iter().filter(|id| there(id)) {
                let snapshot = snapshot_arn(&hop.session.region, id);
                step.on(&snapshot, SHARE);
                step.on(&snapshot, &["ec2:DescribeSnapshotAttribute"]);
            }
            if !staged.is_empty() {
                step.on_made(&any, SHARE);
                step.on_made(&any, &["ec2:DescribeSnapshotAttribute"]);
            }
            // The share is waited for where it is seen: in the target account, the source's Region.
            let seen = Session { region: hop.session.region.clone(), ..request.target_session() };
            self::step(&mut needs, &seen, "wait-until-available")
                .on("*", &["ec2:DescribeSnapshots"]);
            continue;
        }
        for id in hop.snapshots.iter().filter(|id| there(id)) {
            step.on(&snapshot_arn(&hop.source_region, id), &["ec2:CopySnapshot"]);
        }
        if !staged.is_empty() {
            step.on_made(&snapshot_arn(&hop.source_region, "*"), &["ec2:CopySnapshot"]);
        }
        step.on_made(&any, &["ec2:CopySnapshot", "ec2:DeleteSnapshot"]);
        step.on("*", &["ec2:DescribeSnapshots"]);
        if hop.step == HopStep::StageSnapshot {
            staged = &hop.snapshots;
        }
    }
    let target = request.target_session();
    let instance = ec2_arn(&target, "instance/*");
    let volume = ec2_arn(&target, "volume/*");
    let group = ec2_arn(&target, "security-group/*");
    let volumes_made = matches!(&facts.target, Some(TargetFacts::Ec2(ec2)) if ec2.volumes_made);
    if !volumes_made {
        let mut create = step(&mut needs, &target, "create-instance");
        create.on_made(&group, &["ec2:CreateSecurityGroup", "ec2:RevokeSecurityGroupEgress"]);
        create.on_made(&group, &["ec2:RunInstances"]);
        create.on_made(&instance, &["ec2:RunInstances", "ec2:StopInstances"]);
        let mut volumes = step(&mut needs, &target, "create-and-attach-volumes");
        volumes.on_made(&volume, &["ec2:CreateVolume", "ec2:DetachVolume"]);
        // From copies, which are not there yet, or from the snapshots themselves.
        let are_copied = hops.iter().any(|hop| hop.step == HopStep::CopySnapshot);
        if are_copied || !staged.is_empty() {
            volumes.on_made(&snapshot_arn(&target.region, "*"), &["ec2:CreateVolume"]);
        }
        let as_they_are =
            facts.snapshots.iter().filter(|one| !are_copied && !staged.contains(&one.id));
        for snapshot in as_they_are {
            volumes.on(&snapshot_arn(&target.region, &snapshot.id), &["ec2:CreateVolume"]);
        }
    }
    let mut look = step(&mut needs, &target, "wait-until-available");
    look.on("*", &["ec2:DescribeInstances", "ec2:DescribeVolumes"]);
    let starts = request.target.ec2.as_ref().is_none_or(|ec2| ec2.start);
    if starts {
        look.on("*", &["ec2:DescribeInstanceStatus"]);
    }
    let flow = request.flow();
    let copies_go = flow == Flow::Ec2CrossRegion && !request.options.keep_copies;
    if flow.crosses_accounts() || copies_go {
        // Copies and shares stay until the volumes made from them are initialised.
        step(&mut needs, &target, "clean-up").on("*", &["ec2:DescribeVolumeStatus"]);
    }
    let mut attach = step(&mut needs, &target, "create-and-attach-volumes");
    attach.on_made(&volume, &["ec2:AttachVolume", "ec2:DeleteVolume"]);
    attach.on_made(
        &instance,
        &["ec2:AttachVolume", "ec2:DetachVolume", "ec2:ModifyInstanceAttribute", "ec2:CreateTags"],
    );
    if starts {
        attach.on_made(&instance, &["ec2:StartInstances"]);
    }
    if let Some(TargetFacts::Ec2(ec2)) = &facts.target {
        for id in &ec2.security_group_ids {
            let group = ec2_arn(&target, &format!("security-group/{id}"));
            attach.on(&group, &["ec2:ModifyInstanceAttribute"]);
        }
        if ec2.user_data.is_some() {
            attach.on_made(&instance, &["ec2:DescribeInstanceAttribute"]);
        }
        if ec2.iam_instance_profile.is_some() {
            attach.on_made(&instance, &["ec2:AssociateIamInstanceProfile"]);
            attach.on("*", &["ec2:DescribeIamInstanceProfileAssociations"]);
        }
        if let Some(role) = &ec2.profile_role {
            attach.on(role.as_str(), &["iam:PassRole"]);
        }
    }
    let mut clean_up = step(&mut needs, &target, "clean-up");
    clean_up.on("*", &["ec2:DescribeSnapshots"]);
    clean_up.on_made(&group, &["ec2:DeleteSecurityGroup"]);
    clean_up.on_made(&instance, &["ec2:TerminateInstances"]);
    // The mark of a restore that has succeeded, on its instance and volumes.
    clean_up.on_made(&volume, &["ec2:CreateTags"]);
    needs
}

fn step<'a>(needs: &'a mut Vec<Need>, session: &'a Session, name: &'a str) -> Step<'a> {
    Step { service: Service::Ec2, session, name, needs }
}

/// To give the permission, and to note whose it is.
const SHARE: &[&str] = &["ec2:ModifySnapshotAttribute", "ec2:CreateTags", "ec2:DeleteTags"];
