"""What ModifyDBInstance can change, and when each change applies."""

from __future__ import annotations

from typing import Any

from moto.rds.models import DBInstance

Changes = dict[str, Any]
"""Values by the parameter names of ModifyDBInstance."""

STORAGE = ("AllocatedStorage", "StorageType", "Iops", "StorageThroughput")
WIRE = {
    "AllocatedStorage": "AllocatedStorage",
    "BackupRetentionPeriod": "BackupRetentionPeriod",
    "CACertificateIdentifier": "CACertificateIdentifier",
    "DBInstanceClass": "DBInstanceClass",
    "DBPortNumber": "Port",
    "DBSubnetGroupName": "DBSubnetGroupName",
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EngineVersion": "EngineVersion",
    "Iops": "Iops",
    "LicenseModel": "LicenseModel",
    "MasterUserPassword": "MasterUserPassword",
    "MultiAZ": "MultiAZ",
    "NewDBInstanceIdentifier": "DBInstanceIdentifier",
    "StorageThroughput": "StorageThroughput",
    "StorageType": "StorageType",
}
"""The changes that show in PendingModifiedValues, and under which name (BC:rds)."""

WAITING = frozenset(
    {
        *STORAGE,
        "BackupRetentionPeriod",
        "CACertificateIdentifier",
        "DBInstanceClass",
        "DBSubnetGroupName",
        "EnableIAMDatabaseAuthentication",
        "EngineVersion",
        "LicenseModel",
        "MultiAZ",
        "NewDBInstanceIdentifier",
        "OptionGroupName",
    }
)
"""Changes that wait for the maintenance window (BC:rds.ModifyDBInstanceMessage, each)."""

STATUS = {
    "CloudwatchLogsExportConfiguration": "configuring-log-exports",
    "EnableIAMDatabaseAuthentication": "configuring-iam-database-auth",
    "EngineVersion": "upgrading",
    "ManageMasterUserPassword": "resetting-master-credentials",
    "MasterUserPassword": "resetting-master-credentials",
    "MonitoringInterval": "configuring-enhanced-monitoring",
    "MonitoringRoleArn": "configuring-enhanced-monitoring",
    "NewDBInstanceIdentifier": "renaming",
    "RotateMasterUserPassword": "resetting-master-credentials",
}
"""RDS/accessing-monitoring "DB instance status"; all others are `modifying`."""

AT_ONCE = frozenset(
    {
        "AutoMinorVersionUpgrade",
        "CopyTagsToSnapshot",
        "DeletionProtection",
        "EngineLifecycleSupport",
        "MaxAllocatedStorage",
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
    }
)
"""Changes of what RDS notes down, with which the DB instance stays `available`."""

ORDER = (
    "modifying",
    "upgrading",
    "configuring-enhanced-monitoring",
    "configuring-iam-database-auth",
    "configuring-log-exports",
    "resetting-master-credentials",
    "renaming",
)

NOT_CHANGES = frozenset(
    {
        "AllowMajorVersionUpgrade",
        "ApplyImmediately",
        "DBInstanceIdentifier",
        "MasterUserSecretKmsKeyId",
        "PerformanceInsightsKMSKeyId",
        "PerformanceInsightsRetentionPeriod",
    }
)


def waits(database: DBInstance, name: str, value: Any) -> bool:
    """Whether a change waits for the maintenance window.

    "If you change the parameter from one non-zero value to another non-zero value, the change is
    asynchronously applied as soon as possible" (BC:rds….BackupRetentionPeriod).
    """
    if name == "BackupRetentionPeriod":
        return bool(value) != bool(database.backup_retention_period)
    return name in WAITING


def status_during(name: str) -> str | None:
    """The status of a DB instance while a change is applied; None if that takes no time."""
    return None if name in AT_ONCE else STATUS.get(name, "modifying")


def pending_on_the_wire(database: DBInstance) -> Changes:
    """PendingModifiedValues as AWS shows them: the password is masked."""
    shown = {WIRE[name]: value for name, value in database.pending.items() if name in WIRE}
    return shown | ({"MasterUserPassword": "****"} if "MasterUserPassword" in shown else {})
