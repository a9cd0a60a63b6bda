//! What a request says of a DB instance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::At;
use crate::SecurityGroupId;
use crate::id::{DbInstanceIdentifier, DbSnapshotReference};

/// The DB snapshot: named, or to be found by its DB instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RdsSource {
    /// The snapshot, by identifier or ARN. Either this or `dbInstanceIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_snapshot_identifier: Option<DbSnapshotReference>,
    /// The DB instance whose snapshots to look for: RDS's own and AWS Backup's. Of another that has, or
    /// had, the same identifier nothing is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_instance_identifier: Option<DbInstanceIdentifier>,
    /// Which of its snapshots: that with the newest data of this instant or before. The data of a copy is
    /// of when its original was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
}

/// An RDS storage type.
///
/// `standard` (magnetic) cannot be restored to any more (`RDS/USER_RestoreFromSnapshot`, since
/// 2026-07-01), and so is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum StorageType {
    Gp2,
    Gp3,
    Io1,
    Io2,
}

impl StorageType {
    /// AWS's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gp2 => "gp2",
            Self::Gp3 => "gp3",
            Self::Io1 => "io1",
            Self::Io2 => "io2",
        }
    }
}

/// The license models of all engines (BC:rds.RestoreDBInstanceFromDBSnapshotMessage.LicenseModel).
pub(super) const LICENSE_MODELS: [&str; 6] = [
    "bring-your-own-license",
    "bring-your-own-media",
    "general-public-license",
    "license-included",
    "marketplace-license",
    "postgresql-license",
];

/// BC:rds.RestoreDBInstanceFromDBSnapshotMessage.EngineLifecycleSupport.
pub(super) const ENGINE_LIFECYCLE_SUPPORT: [&str; 2] =
    ["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"];

/// BC:rds.RestoreDBInstanceFromDBSnapshotMessage.NetworkType.
pub(super) const NETWORK_TYPES: [&str; 2] = ["IPV4", "DUAL"];

/// In seconds, 0 for none (BC:rds.ModifyDBInstanceMessage.MonitoringInterval).
pub(super) const MONITORING_INTERVALS: [i32; 7] = [0, 1, 5, 10, 15, 30, 60];

/// The form of a maintenance window (BC:rds.ModifyDBInstanceMessage.PreferredMaintenanceWindow).
#[cfg(feature = "schema")]
const WINDOW: &str = "^[A-Za-z]{3}:[0-2][0-9]:[0-5][0-9]-[A-Za-z]{3}:[0-2][0-9]:[0-5][0-9]$";

/// The values of a field that may be left out, as its schema has them.
#[cfg(feature = "schema")]
fn or_null<T: Copy>(values: &[T]) -> Vec<Option<T>> {
    values.iter().copied().map(Some).chain([None]).collect()
}

/// The DB instance to make: what `RestoreDBInstanceFromDBSnapshot` takes, then what
/// `ModifyDBInstance` adds. What is absent is as AWS has it by default
/// (BC:rds.RestoreDBInstanceFromDBSnapshotMessage), but for groups that `target.networkMap` speaks of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "AWS's own names, which its documentation explains")]
pub struct RdsTarget {
    pub db_instance_identifier: DbInstanceIdentifier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_instance_class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_subnet_group_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_security_group_ids: Option<Vec<SecurityGroupId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_parameter_group_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option_group_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_az: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_type: Option<StorageType>,
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iops: Option<i32>,
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_throughput: Option<i32>,
    #[cfg_attr(feature = "schema", schemars(range(min = 20, max = 65_536)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocated_storage: Option<i32>,
    #[cfg_attr(feature = "schema", schemars(range(min = 1150)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publicly_accessible: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_iam_database_authentication: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_protection: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate_identifier: Option<String>,
    #[cfg_attr(feature = "schema", schemars(extend("enum" = or_null(&ENGINE_LIFECYCLE_SUPPORT))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_lifecycle_support: Option<String>,
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 35)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_retention_period: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_tags_to_snapshot: Option<bool>,
    #[cfg_attr(feature = "schema", schemars(extend("enum" = or_null(&LICENSE_MODELS))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_model: Option<String>,
    #[cfg_attr(feature = "schema", schemars(extend("enum" = or_null(&NETWORK_TYPES))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_cloudwatch_logs_exports: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
    #[cfg_attr(feature = "schema", schemars(range(min = 20)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_allocated_storage: Option<i32>,
    #[cfg_attr(feature = "schema", schemars(extend("enum" = or_null(&MONITORING_INTERVALS))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitoring_interval: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitoring_role_arn: Option<crate::RoleArn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_performance_insights: Option<bool>,
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = WINDOW)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_maintenance_window: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manage_master_user_password: Option<bool>,
    /// What to try next, in this order, where AWS has no capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternatives: Option<Vec<RdsAlternative>>,
}

/// Another DB instance class, another Availability Zone, or both. What is absent is as the request
/// has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RdsAlternative {
    /// Its class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_instance_class: Option<String>,
    /// Its Availability Zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
}

impl StorageType {
    /// The type AWS calls `name`.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Gp2, Self::Gp3, Self::Io1, Self::Io2]
            .into_iter()
            .find(|storage_type| storage_type.name() == name)
    }
}

impl RdsTarget {
    /// The DB instance of this identifier, everything else as AWS has it by default.
    #[must_use]
    pub const fn named(db_instance_identifier: DbInstanceIdentifier) -> Self {
        Self {
            db_instance_identifier,
            db_instance_class: None,
            db_subnet_group_name: None,
            vpc_security_group_ids: None,
            db_parameter_group_name: None,
            option_group_name: None,
            multi_az: None,
            availability_zone: None,
            storage_type: None,
            iops: None,
            storage_throughput: None,
            allocated_storage: None,
            port: None,
            publicly_accessible: None,
            enable_iam_database_authentication: None,
            deletion_protection: None,
            ca_certificate_identifier: None,
            engine_lifecycle_support: None,
            backup_retention_period: None,
            copy_tags_to_snapshot: None,
            license_model: None,
            network_type: None,
            enable_cloudwatch_logs_exports: None,
            tags: None,
            max_allocated_storage: None,
            monitoring_interval: None,
            monitoring_role_arn: None,
            enable_performance_insights: None,
            preferred_maintenance_window: None,
            manage_master_user_password: None,
            alternatives: None,
        }
    }

    /// The identifier as RDS stores it.
    #[must_use]
    pub fn identifier(&self) -> String {
        self.db_instance_identifier.as_str().to_ascii_lowercase()
    }

    /// Whether anything is asked for that only `ModifyDBInstance` takes, or takes only once the DB
    /// instance is available.
    #[must_use]
    pub const fn asks_to_modify(&self) -> bool {
        matches!(self.deletion_protection, Some(true))
            || self.max_allocated_storage.is_some()
            || self.monitoring_interval.is_some()
            || self.monitoring_role_arn.is_some()
            || self.enable_performance_insights.is_some()
            || self.preferred_maintenance_window.is_some()
            || self.manage_master_user_password.is_some()
    }
}
