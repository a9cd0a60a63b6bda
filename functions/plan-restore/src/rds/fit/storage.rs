//! The storage that is asked for, held against the snapshot's own.

use aws_sdk_rds::types::DbSnapshot;
use restore::plan::Obstacle;
use restore::request::{RdsTarget, StorageType};

use super::field;

/// A figure of the speed of gp3 (`RDS/CHAP_Storage`, "gp3 storage").
#[derive(Debug, Clone, Copy)]
struct Figure {
    /// What gp3 has below the size from which it can be set.
    baseline: i32,
    /// The least that it may be set to, and what gp3 has from there on where it is not.
    least: i32,
}

const IOPS: Figure = Figure { baseline: 3_000, least: 12_000 };
/// In MiB/s.
const THROUGHPUT: Figure = Figure { baseline: 125, least: 500 };

/// What RDS would refuse of the storage.
pub(super) fn misfits(snapshot: &DbSnapshot, asked: &RdsTarget) -> Vec<Obstacle> {
    let Some(had) = snapshot.allocated_storage().filter(|gib| *gib > 0) else { return Vec::new() };
    let engine = snapshot.engine().unwrap_or_default();
    let off = |figure, of| speed(engine, had, asked, figure, of);
    [
        ("allocatedStorage", size(engine, had, asked)),
        ("iops", iops(snapshot, asked).or_else(|| off(asked.iops, IOPS))),
        ("storageThroughput", off(asked.storage_throughput, THROUGHPUT)),
        ("maxAllocatedStorage", limit(had, asked)),
    ]
    .into_iter()
    .filter_map(|(name, problem)| Some(field(name, problem?)))
    .collect()
}

/// A restore never shrinks storage, and does not grow that of SQL Server either: "This setting
/// isn't valid for RDS for SQL Server"
/// (BC:rds.RestoreDBInstanceFromDBSnapshotMessage.AllocatedStorage).
fn size(engine: &str, had: i32, asked: &RdsTarget) -> Option<String> {
    let gib = asked.allocated_storage?;
    if gib < had {
        return Some(format!("{gib} GiB is less than the snapshot's {had} GiB"));
    }
    (gib > had && engine.starts_with("sqlserver"))
        .then(|| format!("a restore of {engine} keeps the snapshot's {had} GiB: leave it out"))
}

/// "If you specify io1, io2, or gp3, you must also include a value for the Iops parameter", while
/// "if this parameter isn't specified, the IOPS value is taken from the backup"
/// (BC:rds.RestoreDBInstanceFromDBSnapshotMessage): where the backup has some, RDS may judge. gp3
/// has IOPS of its own (`RDS/CHAP_Storage`).
fn iops(snapshot: &DbSnapshot, asked: &RdsTarget) -> Option<String> {
    let is_provisioned = |it: &StorageType| matches!(it, StorageType::Io1 | StorageType::Io2);
    let storage_type = asked.storage_type.filter(is_provisioned)?;
    let has_some = matches!(snapshot.storage_type(), Some("io1" | "io2"))
        && snapshot.iops().is_some_and(|iops| iops > 0);
    (asked.iops.is_none() && !has_some).then(|| {
        let name = storage_type.name();
        format!("required with storageType {name}: the snapshot's storage has none provisioned")
    })
}

/// That gp3 would be told a figure where its storage is too small for that, be it the one that it has:
/// "You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400"
/// (GH:cloudtools/troposphere#2141, GH:braintrustdata/terraform-aws-braintrust-data-plane#288),
/// whatever the model says of IOPS with gp3. Or, of larger storage, one that is less than the least
/// (GH:braintrustdata/terraform-aws-braintrust-data-plane#126), with which it comes where nothing is
/// asked for (GH:cloudtools/troposphere#2153).
fn speed(
    engine: &str,
    had: i32,
    asked: &RdsTarget,
    figure: Option<i32>,
    Figure { baseline, least }: Figure,
) -> Option<String> {
    let figure = figure.filter(|figure| *figure > 0)?;
    let from = speed_is_set_from(engine)?;
    if asked.storage_type != Some(StorageType::Gp3) {
        return None;
    }
    if grown(had, asked.allocated_storage) < from {
        return Some(format!(
            "gp3 storage of {engine} under {from} GiB has {baseline}, and AWS takes no figure, not \
             even that: leave it out"
        ));
    }
    (figure < least).then(|| {
        format!("gp3 storage of {engine} from {from} GiB has at least {least}, not {figure}")
    })
}

/// The size in GiB from which the speed of gp3 can be set; none where the guide tells of none.
fn speed_is_set_from(engine: &str) -> Option<i32> {
    match engine.split('-').next()? {
        "mariadb" | "mysql" | "postgres" => Some(400),
        "oracle" => Some(200),
        _ => None,
    }
}

/// The size that storage of `had` GiB may become where `asked` for: growth of less than 10 percent
/// is rounded up to that (BC:rds.ModifyDBInstanceMessage.AllocatedStorage).
fn grown(had: i32, asked: Option<i32>) -> i32 {
    let least = had.saturating_mul(11).saturating_add(9) / 10;
    asked.filter(|asked| *asked > had).map_or(had, |asked| asked.max(least))
}

/// "You must set the maximum storage threshold to at least 10% more than the current allocated
/// storage" (`RDS/USER_PIOPS.Autoscaling`), which RDS says only once the DB instance is there: "The
/// maximum allocated storage must be increased by at least 10 percent"
/// (GH:ministryofjustice/cloud-platform-environments#24422). A limit at the size it has is none: it
/// switches scaling off.
fn limit(had: i32, asked: &RdsTarget) -> Option<String> {
    let (most, first) = (asked.max_allocated_storage?, grown(had, asked.allocated_storage));
    if most < first {
        return Some(format!("{most} GiB is less than the {first} GiB that it begins with"));
    }
    let is_little = most > first && i64::from(most) * 10 < i64::from(first) * 11;
    is_little.then(|| {
        format!(
            "{most} GiB is not at least 10 percent more than the {first} GiB that it begins with"
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn snapshot(engine: &str, gib: i32) -> DbSnapshot {
        DbSnapshot::builder().engine(engine).allocated_storage(gib).storage_type("gp3").build()
    }

    #[track_caller]
    fn told(snapshot: &DbSnapshot, asked: &Value) -> Vec<String> {
        let mut whole = json!({ "dbInstanceIdentifier": "orders" });
        whole.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        let asked: RdsTarget = serde_json::from_value(whole).unwrap();
        misfits(snapshot, &asked).into_iter().map(|obstacle| obstacle.message).collect()
    }

    #[track_caller]
    fn tells(snapshot: &DbSnapshot, asked: &Value, expected: &[&str]) {
        let told = told(snapshot, asked);
        assert_eq!(told.len(), expected.len(), "{asked}: {told:?}");
        for (told, begin) in told.iter().zip(expected) {
            assert!(told.starts_with(begin), "{asked}: {told}");
        }
    }

    #[test]
    fn storage_never_shrinks() {
        let of = snapshot("postgres", 100);

        tells(
            &of,
            &json!({ "allocatedStorage": 99 }),
            &["target.rds.allocatedStorage: 99 GiB is less than the snapshot's 100 GiB"],
        );
        tells(&of, &json!({ "allocatedStorage": 100 }), &[]);
        tells(&of, &json!({ "allocatedStorage": 101 }), &[]);
    }

    #[test]
    fn the_storage_of_sql_server_keeps_its_size() {
        let of = snapshot("sqlserver-se", 100);

        let grown = json!({ "allocatedStorage": 200 });
        tells(&of, &grown, &["target.rds.allocatedStorage: a restore of sqlserver-se keeps"]);
        tells(&of, &json!({ "allocatedStorage": 100 }), &[]);
    }

    #[test]
    fn provisioned_storage_has_its_iops_from_the_request_or_the_snapshot() {
        let plain = snapshot("postgres", 100);
        let builder = DbSnapshot::builder().engine("postgres").allocated_storage(100);
        let provisioned = builder.storage_type("io1").iops(2000).build();
        for storage_type in ["io1", "io2"] {
            let asked = json!({ "storageType": storage_type });
            tells(&plain, &asked, &["target.rds.iops: required with storageType io"]);
            tells(&provisioned, &asked, &[]);
            tells(&plain, &json!({ "storageType": storage_type, "iops": 2000 }), &[]);
        }
        tells(&plain, &json!({ "storageType": "gp3" }), &[]);
    }

    #[test]
    fn the_speed_of_gp3_is_set_from_a_size_of_the_engines_own() {
        let fast = json!({ "storageType": "gp3", "iops": 12_000, "storageThroughput": 500 });
        let both = ["target.rds.iops: gp3 storage", "target.rds.storageThroughput: gp3 storage"];
        for (engine, gib, expected) in [
            ("postgres", 399, &both[..]),
            ("postgres", 400, &[]),
            ("mysql", 399, &both),
            ("oracle-ee-cdb", 199, &both),
            ("oracle-se2", 200, &[]),
            ("sqlserver-web", 20, &[]),
            ("custom-oracle-ee", 40, &[]),
        ] {
            tells(&snapshot(engine, gib), &fast, expected);
        }
        // Not even what it has may be said of it.
        let baseline = json!({ "storageType": "gp3", "iops": 3000, "storageThroughput": 125 });
        tells(&snapshot("postgres", 20), &baseline, &both);
        tells(&snapshot("sqlserver-web", 20), &baseline, &[]);
        // Another type than gp3, or none, is judged by other rules.
        tells(&snapshot("postgres", 20), &json!({ "iops": 3000 }), &[]);
        // Rounded up, it is 418 GiB.
        let grown = json!({ "storageType": "gp3", "iops": 12_000, "allocatedStorage": 381 });
        tells(&snapshot("postgres", 380), &grown, &[]);
    }

    #[test]
    fn the_speed_of_gp3_that_can_be_set_is_no_less_than_it_comes_with() {
        let of = snapshot("postgres", 400);
        let asked = |iops, throughput| json!({ "storageType": "gp3", "iops": iops, "storageThroughput": throughput });

        tells(&of, &asked(12_000, 500), &[]);
        tells(
            &of,
            &asked(11_999, 500),
            &[
                "target.rds.iops: gp3 storage of postgres from 400 GiB has at least 12000, not 11999",
            ],
        );
        tells(
            &of,
            &asked(12_000, 499),
            &[
                "target.rds.storageThroughput: gp3 storage of postgres from 400 GiB has at least 500",
            ],
        );
        // SQL Server has the same at any size.
        tells(&snapshot("sqlserver-se", 400), &asked(3000, 125), &[]);
        tells(&of, &json!({ "storageType": "gp3", "iops": 0 }), &[]);
    }

    #[test]
    fn storage_grows_to_no_less_than_the_snapshots() {
        let of = snapshot("postgres", 100);

        tells(&of, &json!({ "maxAllocatedStorage": 99 }), &["target.rds.maxAllocatedStorage: 99"]);
        tells(&of, &json!({ "maxAllocatedStorage": 100 }), &[]);
        // Rounded up, it begins with 110 GiB.
        let grown = json!({ "allocatedStorage": 101, "maxAllocatedStorage": 109 });
        tells(&of, &grown, &["target.rds.maxAllocatedStorage: 109 GiB is less than the 110 GiB"]);
    }

    #[test]
    fn storage_that_grows_by_itself_may_grow_by_a_tenth_at_least() {
        let of = snapshot("postgres", 105);

        for (most, begins) in [
            (105, &[][..]),
            (106, &["target.rds.maxAllocatedStorage: 106 GiB is not at least 10 percent more"]),
            (115, &["target.rds.maxAllocatedStorage: 115 GiB is not at least 10 percent more"]),
            (116, &[]),
            (65_536, &[]),
        ] {
            tells(&of, &json!({ "maxAllocatedStorage": most }), begins);
        }
    }
}
