//! What RDS makes no DB instance of, as far as the request alone shows it.

use super::{db_storage, db_tags, window};
use crate::request::rds::{
    ENGINE_LIFECYCLE_SUPPORT, LICENSE_MODELS, MONITORING_INTERVALS, NETWORK_TYPES,
};
use crate::request::{Fault, RdsTarget};
use crate::{AccountId, Region};

/// The ports of a DB instance begin here (BC:rds.RestoreDBInstanceFromDBSnapshotMessage.Port).
const FIRST_PORT: u16 = 1150;

/// In days (BC:rds.RestoreDBInstanceFromDBSnapshotMessage.BackupRetentionPeriod).
const LONGEST_RETENTION: i32 = 35;

/// Notes what is wrong with the DB instance that `account` is to have in `region`.
pub(super) fn check(
    target: &RdsTarget,
    region: &Region,
    account: &AccountId,
    faults: &mut Vec<Fault>,
) {
    const PATH: &str = "target.rds";
    db_tags::check("target.rds.tags", target.tags.as_ref(), faults);
    let figures = values(target).into_iter().chain(db_storage::misfits(target));
    faults.extend(figures.map(|(field, it)| Fault::new(format!("{PATH}.{field}"), it)));
    check_db_zone(PATH, target, target.availability_zone.as_deref(), region, faults);
    for (index, alternative) in target.alternatives.iter().flatten().enumerate() {
        let path = format!("{PATH}.alternatives[{index}]");
        check_db_zone(&path, target, alternative.availability_zone.as_deref(), region, faults);
        if alternative.db_instance_class.is_none() && alternative.availability_zone.is_none() {
            let problem = "give `dbInstanceClass`, `availabilityZone` or both";
            faults.push(Fault::new(path, problem));
        }
    }
    // BC:rds.ModifyDBInstanceMessage.MonitoringRoleArn: both or neither, 0 switching it off.
    let monitored = target.monitoring_interval.is_some_and(|interval| interval > 0);
    if monitored != target.monitoring_role_arn.is_some() {
        faults.push(Fault::new(
            format!("{PATH}.monitoringRoleArn"),
            "goes with a `monitoringInterval` above 0, and that with it",
        ));
    }
    if let Some(role) = &target.monitoring_role_arn
        && role.account() != account.as_str()
    {
        faults.push(Fault::new(
            format!("{PATH}.monitoringRoleArn"),
            format!("is a role of account {}, not of the target account", role.account()),
        ));
    }
}

fn check_db_zone(
    path: &str,
    target: &RdsTarget,
    zone: Option<&str>,
    region: &Region,
    faults: &mut Vec<Fault>,
) {
    let Some(zone) = zone else { return };
    let path = format!("{path}.availabilityZone");
    // BC:rds.RestoreDBInstanceFromDBSnapshotMessage.AvailabilityZone: "You can't specify the
    // AvailabilityZone parameter if the DB instance is a Multi-AZ deployment."
    if target.multi_az == Some(true) {
        faults.push(Fault::new(path, "cannot be given with `multiAz`"));
    } else if !is_zone_of(zone, region) {
        faults.push(Fault::new(path, format!("`{zone}` is not in Region {region}")));
    }
}

/// Whether `zone` is called as the zones of `region` are: the Region's name and a letter, or, for a
/// Local Zone, a name between hyphens before it (`EC2/using-regions-availability-zones`).
fn is_zone_of(zone: &str, region: &Region) -> bool {
    zone.strip_prefix(region.as_str()).is_some_and(|rest| {
        rest.starts_with('-')
            || rest.chars().all(|letter| letter.is_ascii_lowercase()) && !rest.is_empty()
    })
}

/// The fields whose value is none that RDS takes, whatever the others are.
fn values(target: &RdsTarget) -> Vec<(&'static str, String)> {
    let port = target.port.filter(|port| *port < FIRST_PORT);
    let port = port.map(|port| format!("{port} is not within {FIRST_PORT} to {}", u16::MAX));
    let retention =
        target.backup_retention_period.filter(|days| !(0..=LONGEST_RETENTION).contains(days));
    let retention =
        retention.map(|days| format!("{days} is not within 0 to {LONGEST_RETENTION} days"));
    let interval = target.monitoring_interval.filter(|it| !MONITORING_INTERVALS.contains(it));
    let interval = interval.map(|it| {
        let all = MONITORING_INTERVALS.map(|it| it.to_string()).join(", ");
        format!("{it} is none of these seconds: {all}")
    });
    [
        ("port", port),
        ("backupRetentionPeriod", retention),
        ("monitoringInterval", interval),
        (
            "engineLifecycleSupport",
            none_of(&ENGINE_LIFECYCLE_SUPPORT, target.engine_lifecycle_support.as_deref()),
        ),
        ("licenseModel", none_of(&LICENSE_MODELS, target.license_model.as_deref())),
        ("networkType", none_of(&NETWORK_TYPES, target.network_type.as_deref())),
        (
            "preferredMaintenanceWindow",
            target.preferred_maintenance_window.as_deref().and_then(window::fault),
        ),
    ]
    .into_iter()
    .filter_map(|(field, fault)| Some((field, fault?)))
    .collect()
}

fn none_of(all: &[&str], asked: Option<&str>) -> Option<String> {
    let asked = asked.filter(|asked| !all.contains(asked))?;
    Some(format!("`{asked}` is none of {}", all.join(", ")))
}
