//! The calls of an EC2 restore.

use super::{Step, ec2_arn, snapshot_arn};
use crate::facts::{Facts, TargetFacts};
use crate::plan::{Hop, HopStep};
use crate::preflight::Need;
use crate::request::Request;
use crate::{Service, Session};

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
            }
            if !staged.is_empty() {
                step.on_made(&any, SHARE);
            }
            continue;
        }
        for id in hop.snapshots.iter().filter(|id| there(id)) {
            step.on(&snapshot_arn(&hop.source_region, id), &["ec2:CopySnapshot"]);
        }
        step.on_made(&any, &["ec2:CopySnapshot", "ec2:DeleteSnapshot"]);
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
        create.on_made(&instance, &["ec2:RunInstances", "ec2:StopInstances"]);
        step(&mut needs, &target, "create-and-attach-volumes")
            .on_made(&volume, &["ec2:CreateVolume", "ec2:DetachVolume"]);
    }
    let mut attach = step(&mut needs, &target, "create-and-attach-volumes");
    attach.on_made(&volume, &["ec2:AttachVolume", "ec2:DeleteVolume"]);
    attach.on_made(
        &instance,
        &[
            "ec2:AttachVolume",
            "ec2:DetachVolume",
            "ec2:ModifyInstanceAttribute",
            "ec2:CreateTags",
            "ec2:StartInstances",
        ],
    );
    if let Some(TargetFacts::Ec2(ec2)) = &facts.target {
        if ec2.iam_instance_profile.is_some() {
            attach.on_made(&instance, &["ec2:AssociateIamInstanceProfile"]);
        }
        if let Some(role) = &ec2.profile_role {
            attach.on(role.as_str(), &["iam:PassRole"]);
        }
    }
    let mut clean_up = step(&mut needs, &target, "clean-up");
    clean_up.on_made(&group, &["ec2:DeleteSecurityGroup"]);
    clean_up.on_made(&instance, &["ec2:TerminateInstances"]);
    needs
}

fn step<'a>(needs: &'a mut Vec<Need>, session: &'a Session, name: &'a str) -> Step<'a> {
    Step { service: Service::Ec2, session, name, needs }
}

/// To give the permission, and to note whose it is.
const SHARE: &[&str] = &["ec2:ModifySnapshotAttribute", "ec2:CreateTags", "ec2:DeleteTags"];
