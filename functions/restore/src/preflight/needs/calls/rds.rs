//! The calls of an RDS restore, for which RDS has no dry runs.

use super::{Step, rds_arn};
use crate::Service;
use crate::facts::{DefaultGroups, Existing, Facts, TargetFacts};
use crate::plan::{Hop, HopStep};
use crate::preflight::Need;
use crate::request::{RdsTarget, Request};

pub(super) fn of(request: &Request, facts: &Facts, hops: &[Hop]) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut is_made = false;
    // Where the source role has made the copy that is shared, until the restore role copies that.
    let mut staged: Option<String> = None;
    for hop in hops {
        let mut step = Step {
            service: Service::Rds,
            session: &hop.session,
            name: hop.step.name(),
            needs: &mut needs,
        };
        let copies = rds_arn(&hop.session, "snapshot:*");
        if hop.step != HopStep::ShareSnapshot {
            step.on_made(&copies, &["rds:DescribeDBSnapshots"]);
            if hop.step != HopStep::StageSnapshot && !is_made {
                hop.snapshots
                    .iter()
                    .for_each(|shared| step.on(shared, &["rds:DescribeDBSnapshots"]));
            }
        }
        match hop.step {
            HopStep::ShareSnapshot if is_made => step.on_made(&copies, SHARE),
            HopStep::ShareSnapshot => {
                hop.snapshots.iter().for_each(|snapshot| step.on(snapshot, SHARE));
            }
            _ => {
                if let Some(shared) = staged.take() {
                    step.on_made(&shared, &["rds:DescribeDBSnapshots", "rds:CopyDBSnapshot"]);
                }
                if !is_made {
                    hop.snapshots
                        .iter()
                        .for_each(|snapshot| step.on(snapshot, &["rds:CopyDBSnapshot"]));
                }
                step.on_made(
                    &copies,
                    &["rds:CopyDBSnapshot", "rds:AddTagsToResource", "rds:DeleteDBSnapshot"],
                );
                // It is authorised on the group that it names, too (IAM, "Actions, resources, and
                // condition keys for Amazon RDS").
                if let Some(group) = &hop.option_group_name {
                    let group = format!("og:{}", group.to_ascii_lowercase());
                    step.on(&rds_arn(&hop.session, &group), &["rds:CopyDBSnapshot"]);
                }
                is_made = true;
                staged = (hop.step == HopStep::StageSnapshot).then_some(copies);
            }
        }
    }
    let Some(asked) = &request.target.rds else { return needs };
    let found = match &facts.target {
        Some(TargetFacts::Rds(found)) => Some(found),
        _ => None,
    };
    let there = found.is_some_and(|found| found.existing == Existing::Ours);
    let target = request.target_session();
    let db_instance = rds_arn(&target, &format!("db:{}", asked.identifier()));
    let mut create = Step {
        service: Service::Rds,
        session: &target,
        name: "create-instance",
        needs: &mut needs,
    };
    if !there {
        create.on_made(&db_instance, &[RESTORE, "rds:AddTagsToResource"]);
        if is_made {
            create.on_made(&rds_arn(&target, "snapshot:*"), &[RESTORE]);
        } else {
            facts.snapshots.iter().for_each(|snapshot| create.on(&snapshot.id, &[RESTORE]));
        }
        for group in groups(asked, found.map(|found| &found.defaults)) {
            create.on(&rds_arn(&target, &group), &[RESTORE]);
        }
    }
    if asked.asks_to_modify() {
        create.on_made(&db_instance, &["rds:ModifyDBInstance"]);
    }
    if let Some(role) = &asked.monitoring_role_arn {
        create.on(role.as_str(), &["iam:PassRole"]);
    }
    let mut clean_up =
        Step { service: Service::Rds, session: &target, name: "clean-up", needs: &mut needs };
    clean_up.on_made(&db_instance, &["rds:DeleteDBInstance", "rds:AddTagsToResource"]);
    needs
}

const RESTORE: &str = "rds:RestoreDBInstanceFromDBSnapshot";

/// To give the permission and see that it is given, and to note whose it is.
const SHARE: &[&str] = &[
    "rds:DescribeDBSnapshotAttributes",
    "rds:ModifyDBSnapshotAttribute",
    "rds:AddTagsToResource",
    "rds:RemoveTagsFromResource",
];

/// The groups that the request names, else the default ones where they are known, as resources: the
/// call is authorised on both kinds (IAM, "Actions, resources, and condition keys for Amazon RDS").
fn groups<'a>(
    asked: &'a RdsTarget,
    defaults: Option<&'a DefaultGroups>,
) -> impl Iterator<Item = String> + 'a {
    let parameters = defaults.and_then(|of| of.parameters.as_ref());
    let parameters = asked.db_parameter_group_name.as_ref().or(parameters);
    let options = defaults.and_then(|of| of.options.as_ref());
    let options = asked.option_group_name.as_ref().or(options);
    [("subgrp", asked.db_subnet_group_name.as_ref()), ("pg", parameters), ("og", options)]
        .into_iter()
        .filter_map(|(kind, name)| Some(format!("{kind}:{}", name?.to_ascii_lowercase())))
}
