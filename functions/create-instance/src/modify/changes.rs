//! What is asked for of a DB instance that it does not have yet.

use aws_sdk_rds::types::{DbInstance, PendingModifiedValues};
use restore::request::RdsTarget;

/// What is not yet as asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) deletion_protection: Option<bool>,
    pub(super) max_allocated_storage: Option<i32>,
    pub(super) monitoring: Option<Monitoring>,
    pub(super) enable_performance_insights: Option<bool>,
    pub(super) preferred_maintenance_window: Option<String>,
    pub(super) manage_master_user_password: Option<bool>,
}

/// Enhanced Monitoring, whose role goes with its interval.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Monitoring {
    pub(super) interval: i32,
    pub(super) role_arn: Option<String>,
}

impl Changes {
    /// The fields of the request that ask for them.
    pub(super) fn names(&self) -> String {
        let all = [
            ("deletionProtection", self.deletion_protection.is_some()),
            ("maxAllocatedStorage", self.max_allocated_storage.is_some()),
            ("monitoringInterval", self.monitoring.is_some()),
            ("enablePerformanceInsights", self.enable_performance_insights.is_some()),
            ("preferredMaintenanceWindow", self.preferred_maintenance_window.is_some()),
            ("manageMasterUserPassword", self.manage_master_user_password.is_some()),
        ];
        let named: Vec<&str> =
            all.into_iter().filter_map(|(name, is_there)| is_there.then_some(name)).collect();
        named.join(", ")
    }
}

/// What of what is `asked` for `found` is not told to have, and has to be asked for.
pub(super) fn left(asked: &RdsTarget, found: &DbInstance) -> Changes {
    Changes {
        deletion_protection: asked
            .deletion_protection
            .filter(|asked| *asked != found.deletion_protection().unwrap_or_default()),
        max_allocated_storage: asked
            .max_allocated_storage
            .filter(|asked| !autoscales_to(*asked, found)),
        monitoring: asked
            .monitoring_interval
            .map(|interval| Monitoring {
                interval,
                role_arn: asked.monitoring_role_arn.as_ref().map(ToString::to_string),
            })
            .filter(|asked| !is_monitored(asked, found)),
        enable_performance_insights: asked
            .enable_performance_insights
            .filter(|asked| *asked != found.performance_insights_enabled().unwrap_or_default()),
        preferred_maintenance_window: asked.preferred_maintenance_window.clone().filter(|asked| {
            // AWS stores it in lower case.
            !found.preferred_maintenance_window().is_some_and(|it| it.eq_ignore_ascii_case(asked))
        }),
        manage_master_user_password: asked
            .manage_master_user_password
            .filter(|asked| *asked != found.master_user_secret().is_some()),
    }
}

/// The fields of the request of which `found` tells that RDS has taken them on and is not done.
///
/// `PendingModifiedValues` has more than these, which are nobody's to wait for: what the source had
/// pending, or what only a reboot applies (a dedicated log volume) and no request asks for. What is
/// asked for here is applied as soon as possible (BC:rds.ModifyDBInstanceMessage.ApplyImmediately:
/// "and any pending modifications").
pub(super) fn under_way(asked: &RdsTarget, found: &DbInstance) -> Vec<&'static str> {
    let none = PendingModifiedValues::builder().build();
    let pending = found.pending_modified_values().unwrap_or(&none);
    // BC:rds.MasterUserSecret.SecretStatus: "creating - The secret is being created."
    let secret = found.master_user_secret().and_then(|secret| secret.secret_status());
    let password = pending.master_user_password().is_some() || secret == Some("creating");
    let asked_and_pending = [
        ("manageMasterUserPassword", asked.manage_master_user_password == Some(true), password),
        (
            "dbInstanceClass",
            asked.db_instance_class.is_some(),
            pending.db_instance_class().is_some(),
        ),
        (
            "dbSubnetGroupName",
            asked.db_subnet_group_name.is_some(),
            pending.db_subnet_group_name().is_some(),
        ),
        ("multiAz", asked.multi_az.is_some(), pending.multi_az().is_some()),
        ("storageType", asked.storage_type.is_some(), pending.storage_type().is_some()),
        ("iops", asked.iops.is_some(), pending.iops().is_some()),
        (
            "storageThroughput",
            asked.storage_throughput.is_some(),
            pending.storage_throughput().is_some(),
        ),
        (
            "allocatedStorage",
            asked.allocated_storage.is_some(),
            pending.allocated_storage().is_some(),
        ),
        ("port", asked.port.is_some(), pending.port().is_some()),
        (
            "enableIamDatabaseAuthentication",
            asked.enable_iam_database_authentication.is_some(),
            pending.iam_database_authentication_enabled().is_some(),
        ),
        (
            "caCertificateIdentifier",
            asked.ca_certificate_identifier.is_some(),
            pending.ca_certificate_identifier().is_some(),
        ),
        (
            "backupRetentionPeriod",
            asked.backup_retention_period.is_some(),
            pending.backup_retention_period().is_some(),
        ),
        ("licenseModel", asked.license_model.is_some(), pending.license_model().is_some()),
        (
            "enableCloudwatchLogsExports",
            asked.enable_cloudwatch_logs_exports.is_some(),
            pending.pending_cloudwatch_logs_exports().is_some(),
        ),
    ];
    asked_and_pending
        .into_iter()
        .filter_map(|(name, is_asked, is_pending)| (is_asked && is_pending).then_some(name))
        .collect()
}

/// Whether `found` scales its storage up to `limit`. A limit at the size it has switches scaling
/// off, and is then not told (`RDS/USER_PIOPS.Autoscaling`).
fn autoscales_to(limit: i32, found: &DbInstance) -> bool {
    match found.max_allocated_storage() {
        Some(found) => found == limit,
        None => found.allocated_storage() == Some(limit),
    }
}

/// Whether `found` is monitored as `asked`; at interval 0 by no role.
fn is_monitored(asked: &Monitoring, found: &DbInstance) -> bool {
    found.monitoring_interval().unwrap_or_default() == asked.interval
        && (asked.interval == 0 || found.monitoring_role_arn() == asked.role_arn.as_deref())
}

#[cfg(test)]
mod tests;
