//! The storage of a DB instance, as far as the request alone shows what RDS makes none of.
//!
//! What depends on the snapshot's own storage, and on the class, is looked at in the plan.

use crate::request::{RdsTarget, StorageType};

/// The least GiB of any engine (BC:rds.CreateDBInstanceMessage.AllocatedStorage, whose rules a
/// restore follows).
const LEAST: i32 = 20;
/// The least of storage with provisioned IOPS.
const LEAST_PROVISIONED: i32 = 100;
/// The most of any engine.
const MOST: i32 = 65_536;

/// The least IOPS, besides 0 for none (BC:rds.RestoreDBInstanceFromDBSnapshotMessage.Iops, which
/// says "greater than 1000" where `DescribeOrderableDBInstanceOptions` has 1000 as the least).
const LEAST_IOPS: i32 = 1_000;

/// The fields that RDS would refuse.
pub(super) fn misfits(target: &RdsTarget) -> Vec<(&'static str, String)> {
    [
        ("allocatedStorage", allocated(target)),
        ("iops", iops(target)),
        ("storageThroughput", throughput(target)),
        ("maxAllocatedStorage", limit(target)),
    ]
    .into_iter()
    .filter_map(|(field, fault)| Some((field, fault?)))
    .collect()
}

/// Whether IOPS have to be provisioned for storage of the type.
const fn is_provisioned(storage_type: StorageType) -> bool {
    matches!(storage_type, StorageType::Io1 | StorageType::Io2)
}

fn allocated(target: &RdsTarget) -> Option<String> {
    let gib = target.allocated_storage?;
    let (least, of_type) = match target.storage_type {
        Some(storage_type) if is_provisioned(storage_type) => {
            (LEAST_PROVISIONED, format!(" of type {}", storage_type.name()))
        }
        _ => (LEAST, String::new()),
    };
    let is_within = (least..=MOST).contains(&gib);
    (!is_within).then(|| format!("{gib} GiB is not the {least} to {MOST} of storage{of_type}"))
}

fn iops(target: &RdsTarget) -> Option<String> {
    let iops = target.iops?;
    if iops == 0 {
        // "If this parameter is set to 0, the new instance is converted to a non-PIOPS instance."
        let storage_type = target.storage_type.filter(|it| is_provisioned(*it))?;
        return Some(format!("storage of type {} has IOPS: 0 is none", storage_type.name()));
    }
    (iops < LEAST_IOPS).then(|| format!("{iops} is neither 0 nor at least {LEAST_IOPS}"))
}

/// Throughput "applies only to the gp3 storage type" (BC:rds.ModifyDBInstanceMessage), and that is
/// not what RDS takes where IOPS alone are asked for: "Default: io1 if the Iops parameter is
/// specified, otherwise gp3" (….RestoreDBInstanceFromDBSnapshotMessage.StorageType).
fn throughput(target: &RdsTarget) -> Option<String> {
    let throughput = target.storage_throughput?;
    if throughput < 1 {
        return Some(format!("{throughput} MiB/s is not at least 1"));
    }
    match target.storage_type {
        Some(StorageType::Gp3) => None,
        Some(other) => Some(format!(
            "goes with storageType gp3 alone, and the storage is of type {}",
            other.name()
        )),
        None => target.iops.filter(|iops| *iops > 0).map(|_| {
            "goes with storageType gp3 alone: with IOPS and no type, RDS takes io1".to_owned()
        }),
    }
}

/// What storage may grow to is no less than what it begins with; as much is no growth, and is left
/// to RDS to judge.
fn limit(target: &RdsTarget) -> Option<String> {
    let (most, first) = (target.max_allocated_storage?, target.allocated_storage.unwrap_or(LEAST));
    (most < first).then(|| format!("{most} GiB is not at least {first}, what it begins with"))
}
