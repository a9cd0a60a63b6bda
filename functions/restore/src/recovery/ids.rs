//! The ids of the restores that name none.
//!
//! They follow from the recovery's id and from what is restored to where, and not from the place in
//! the plan: the same recovery run again, with a plan whose waves were put in another order or that
//! has more restores by now, adopts what it made before.

use std::collections::BTreeMap;

use super::Faults;
use super::expand::Draft;
use crate::id::RecoveryId;
use crate::{Request, RestoreId};

/// Gives an id to each of `drafts` that has none.
///
/// One source can be restored into one place several times. Such restores are told apart by ids
/// that the plan gives, and refused where it gives none: whatever else is asked of them may be
/// changed before the next run, which would then take the instance of one for that of another.
pub(super) fn give(recovery: &RecoveryId, drafts: &mut [Draft], faults: &mut Faults) {
    let whats: Vec<String> = drafts.iter().map(|draft| what(&draft.request)).collect();
    let mut alike: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, what) in whats.iter().enumerate() {
        alike.entry(what).or_default().push(index);
    }
    for (index, what) in whats.iter().enumerate() {
        if drafts[index].named {
            continue;
        }
        let mut others = alike.get(&**what).into_iter().flatten().filter(|other| **other != index);
        if let Some(other) = others.next() {
            // A DB instance has its name once in a place, whatever its restore's id: `twice::made`
            // tells of it.
            if drafts[index].request.target.rds.is_none() {
                let problem =
                    format!("is alike to {}: give each a `restoreId`", drafts[*other].path);
                faults.at(drafts[index].path.clone(), problem);
            }
        } else {
            let id = RestoreId::hashed(&format!("{recovery}\n{what}"));
            drafts[index].request.restore_id = Some(id);
        }
    }
}

/// What is restored to where. No part of it can have the line breaks between them.
fn what(request: &Request) -> String {
    let (source, target) = (&request.source, &request.target);
    // Where the instance lived: with its source lost it is still the same restore.
    let (account_id, region) = match &source.recorded {
        Some(lived) => (&lived.account_id, &lived.region),
        None => (&source.account_id, &source.region),
    };
    let mut parts = vec![
        account_id.to_string(),
        region.to_string(),
        target.account_id.to_string(),
        target.region.to_string(),
    ];
    if let Some(ec2) = &source.ec2 {
        let mut volumes: Vec<String> = ec2
            .volumes
            .iter()
            .flatten()
            .map(|volume| format!("{}:{}", volume.snapshot_id, volume.device_name))
            .collect();
        volumes.sort();
        parts.push("ec2".to_owned());
        parts.extend(ec2.instance_id.iter().map(ToString::to_string));
        parts.extend(volumes);
    }
    if let Some(rds) = &source.rds {
        parts.push("rds".to_owned());
        // RDS stores identifiers in lower case; an ARN and an identifier name the same snapshot.
        let snapshot = rds.db_snapshot_identifier.as_ref().map(|snapshot| {
            let name = snapshot.as_str();
            name.split_once(":snapshot:").map_or(name, |(_, name)| name).to_ascii_lowercase()
        });
        parts.push(snapshot.unwrap_or_default());
        let instance = rds.db_instance_identifier.as_ref();
        parts.push(instance.map(|id| id.as_str().to_ascii_lowercase()).unwrap_or_default());
    }
    parts.extend(target.rds.iter().map(crate::request::RdsTarget::identifier));
    parts.join("\n")
}
