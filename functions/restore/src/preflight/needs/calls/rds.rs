//! The calls of an RDS restore, for which RDS has no dry runs.

use super::{Step, rds_arn};
use crate::Service;
use crate::facts::{Existing, Facts, RdsFacts, TargetFacts};
use crate::plan::{Hop, HopStep};
use crate::preflight::Need;
use crate::request::{RdsTarget, Request};

pub(super) fn of(request: &Request, facts: &Facts, hops: &[Hop]) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut is_made = false;
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
                if !is_made {
                    hop.snapshots
                        .iter()
                        .for_each(|snapshot| step.on(snapshot, &["rds:CopyDBSnapshot"]));
                }
                step.on_made(
                    &copies,
                    &["rds:CopyDBSnapshot", "rds:AddTagsToResource", "rds:DeleteDBSnapshot"],
                );
                is_made = true;
            }
        }
    }
    let Some(asked) = &request.target.rds else { return needs };
    let there =
        matches!(&facts.target, Some(TargetFacts::Rds(RdsFacts { existing: Existing::Ours })));
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
        for group in groups(asked) {
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

/// To give the permission, and to note whose it is.
const SHARE: &[&str] =
    &["rds:ModifyDBSnapshotAttribute", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"];

/// The groups that the request names, as resources.
fn groups(asked: &RdsTarget) -> impl Iterator<Item = String> {
    [
        ("subgrp", &asked.db_subnet_group_name),
        ("pg", &asked.db_parameter_group_name),
        ("og", &asked.option_group_name),
    ]
    .into_iter()
    .filter_map(|(kind, name)| Some(format!("{kind}:{}", name.as_ref()?.to_ascii_lowercase())))
}
