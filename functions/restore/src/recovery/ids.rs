//! The ids of the restores that name none.
//!
//! They follow from the recovery's id and from what is restored to where, and not from the place in
//! the plan: the same recovery run again, with a plan whose waves were put in another order or that
//! has more restores by now, adopts what it made before.

use std::collections::BTreeMap;

use crate::id::RecoveryId;
use crate::{Request, RestoreId};

/// Gives an id to each of `requests` that has none.
///
/// One source can be restored into one place several times. Those are told apart by their number,
/// in the order of what is asked of them; where that is the same too, they are interchangeable.
pub(super) fn give(recovery: &RecoveryId, requests: &mut [&mut Request]) {
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, request) in requests.iter().enumerate() {
        if request.restore_id.is_none() {
            alike.entry(what(request)).or_default().push(index);
        }
    }
    for (what, mut indices) in alike {
        if indices.len() > 1 {
            indices.sort_by_cached_key(|index| asked(requests[*index]));
        }
        for (number, index) in indices.into_iter().enumerate() {
            let id = RestoreId::hashed(&format!("{recovery}\n{what}\n{number}"));
            requests[index].restore_id = Some(id);
        }
    }
}

/// What is restored to where. No part of it can have the line breaks between them.
fn what(request: &Request) -> String {
    let (source, target) = (&request.source, &request.target);
    let mut parts = vec![
        source.account_id.to_string(),
        source.region.to_string(),
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

/// What is asked, in an order that does not depend on how it was written. A request always has a
/// JSON form.
fn asked(request: &Request) -> String {
    serde_json::to_string(request).unwrap_or_default()
}
