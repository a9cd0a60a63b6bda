//! What is waited for.

use std::time::Duration;

use restore::plan::KeyGrant;
use restore::{KeyArn, RestoreId, Service, Session};
use serde::{Deserialize, Deserializer};

/// One look.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The restore that waits.
    pub restore_id: RestoreId,
    /// Whose eyes to look with, and where.
    pub session: Session,
    /// The time since the wait began, in seconds.
    #[serde(deserialize_with = "whole_seconds")]
    pub elapsed_seconds: u32,
    /// What is waited for.
    pub awaited: Awaited,
    /// The keys that AWS uses for it: named where a failure is most likely one of a key.
    #[serde(default)]
    pub keys: Vec<KeyArn>,
}

/// What is waited for: everything of it, not any of it.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Awaited {
    /// Shared snapshots, until the account of the session sees them, and the grants on their keys,
    /// until its role can use them.
    SharedSnapshots {
        /// Whose snapshots they are.
        service: Service,
        /// EBS snapshots by id, or DB snapshots by ARN.
        snapshots: Vec<String>,
        /// The grants that were given to the role.
        #[serde(default)]
        grants: Vec<KeyGrant>,
    },
    /// EBS snapshots of the session's own account, until they are completed.
    Snapshots {
        /// The snapshots.
        snapshot_ids: Vec<String>,
    },
    /// A DB snapshot of the session's own account, until it is available.
    DbSnapshot {
        /// The snapshot's ARN.
        db_snapshot: String,
    },
    /// An instance.
    Instance {
        /// The instance.
        instance_id: String,
        /// What it is waited to be.
        until: InstanceUntil,
        /// Whether it is to be told where it can be reached once it is that.
        #[serde(default)]
        address: bool,
    },
    /// Volumes.
    Volumes {
        /// The volumes.
        volume_ids: Vec<String>,
        /// What they are waited to be.
        until: VolumesUntil,
        /// The instance they are to be attached to; required for `attached`.
        #[serde(default)]
        instance_id: Option<String>,
    },
    /// A DB instance.
    DbInstance {
        /// Its identifier.
        db_instance_identifier: String,
        /// What it is waited to be.
        until: DbInstanceUntil,
    },
}

/// What an instance is waited to be.
pub type InstanceUntil = restore::availability::InstanceState;

/// What volumes are waited to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VolumesUntil {
    /// Ready to be attached.
    Available,
    /// Attached to the instance.
    Attached,
    /// Attached to nothing, or gone.
    Detached,
}

/// What a DB instance is waited to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DbInstanceUntil {
    /// Ready for connections.
    Available,
}

/// The state machine counts in milliseconds and divides, so that its seconds have fractions.
fn whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    let whole = Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)?.as_secs();
    Ok(u32::try_from(whole).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(awaited: &Value) -> Result<Request, serde_json::Error> {
        serde_json::from_value(json!({
            "restoreId": "orders",
            "deadline": "2026-11-25T10:00:00Z",
            "session": {
                "accountId": "444455556666",
                "region": "eu-central-1",
                "roleArn": "arn:aws:iam::444455556666:role/restore-target",
            },
            "elapsedSeconds": 61.9,
            "awaited": awaited,
        }))
    }

    #[test]
    fn every_wait_of_the_state_machine_is_read() {
        for awaited in [
            json!({ "kind": "sharedSnapshots", "service": "ec2", "snapshots": ["snap-1"] }),
            json!({
                "kind": "sharedSnapshots", "service": "rds", "snapshots": ["arn:aws:rds:…"],
                "grants": [{
                    "kmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                    "name": "restore:orders",
                    "granteePrincipal": "arn:aws:iam::444455556666:role/restore-target",
                    "operations": ["Decrypt"],
                }],
            }),
            json!({ "kind": "snapshots", "snapshotIds": ["snap-1", "snap-2"] }),
            json!({ "kind": "dbSnapshot", "dbSnapshot": "arn:aws:rds:…" }),
            json!({ "kind": "instance", "instanceId": "i-1", "until": "checked" }),
            json!({ "kind": "instance", "instanceId": "i-1", "until": "checked", "address": true }),
            json!({ "kind": "volumes", "volumeIds": ["vol-1"], "until": "detached" }),
            json!({
                "kind": "volumes", "volumeIds": ["vol-1"], "until": "attached", "instanceId": "i-1",
            }),
            json!({
                "kind": "dbInstance", "dbInstanceIdentifier": "orders", "until": "available",
            }),
        ] {
            let request = read(&awaited);
            assert_eq!(request.map(|request| request.elapsed_seconds).ok(), Some(61), "{awaited}");
        }
    }

    #[test]
    fn a_wait_for_a_state_that_nothing_comes_to_is_refused() {
        for awaited in [
            json!({ "kind": "instance", "instanceId": "i-1", "until": "hibernated" }),
            json!({ "kind": "volumes", "volumeIds": ["vol-1"], "until": "running" }),
            json!({ "kind": "bucket", "name": "orders" }),
        ] {
            assert!(read(&awaited).is_err(), "{awaited}");
        }
    }
}
