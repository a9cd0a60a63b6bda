"""The changes of ModifyDBInstance, as they are made to a DB instance once they apply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.rds.models import DBInstance

from resource_plane.rds import backups, credentials, engines, insights, network
from resource_plane.rds.changes import Changes, pending_on_the_wire

Effect = Callable[[DBInstance, Any], None]


def apply(database: DBInstance, wanted: Changes) -> None:
    """Makes the changes, which are no longer pending then."""
    for name, value in wanted.items():
        EFFECTS[name](database, value)
    left = {name: value for name, value in database.pending.items() if name not in wanted}
    database.pending = left
    database.pending_modified_values = pending_on_the_wire(database)


def _set(attribute: str) -> Effect:
    return lambda database, value: setattr(database, attribute, value)


def _engine_version(database: DBInstance, number: str) -> None:
    """A new major version comes with its own default groups."""
    old = engines.version(database.engine, database.engine_version)
    new = engines.version(database.engine, number)
    database.engine_version = number
    if database.option_group_name == old.default_option_group:
        database.option_group_name = new.default_option_group
    if database.db_parameter_group_name == old.default_parameter_group:
        database.db_parameter_group_name = new.default_parameter_group


def _multi_az(database: DBInstance, wanted: bool) -> None:
    zones = network.zones_of(database.db_subnet_group)
    others = [zone for zone in zones if zone != database.availability_zone]
    database.multi_az = wanted
    database.secondary_availability_zone = others[0] if wanted else None


def _retention(database: DBInstance, days: int) -> None:
    """ "Setting this parameter to 0 disables automated backups", and those there are go."""
    database.backup_retention_period = days
    if not days:
        backups.forget_automated(database)


def _identifier(database: DBInstance, identifier: str) -> None:
    databases = database.backend.databases
    del databases[database.db_instance_identifier]
    database.db_instance_identifier = identifier
    databases[identifier] = database


def _log_exports(database: DBInstance, wanted: Any) -> None:
    gone = wanted.get("DisableLogTypes") or []
    kept = [one for one in database.enabled_cloudwatch_logs_exports if one not in gone]
    new = [one for one in wanted.get("EnableLogTypes") or [] if one not in kept]
    database.enabled_cloudwatch_logs_exports = kept + new


def _managed_password(database: DBInstance, wanted: bool) -> None:
    """The secret itself is there since the call (see `modifying`)."""
    if wanted:
        credentials.activate(database)
    else:
        credentials.stop_managing(database)


def _monitoring_interval(database: DBInstance, seconds: int) -> None:
    database.monitoring_interval = seconds
    if not seconds:
        database.monitoring_role_arn = None


EFFECTS: dict[str, Effect] = {
    "AllocatedStorage": _set("allocated_storage"),
    "AutoMinorVersionUpgrade": _set("auto_minor_version_upgrade"),
    "BackupRetentionPeriod": _retention,
    "CACertificateIdentifier": _set("ca_certificate_identifier"),
    "CloudwatchLogsExportConfiguration": _log_exports,
    "CopyTagsToSnapshot": _set("copy_tags_to_snapshot"),
    "DBInstanceClass": _set("db_instance_class"),
    "DBParameterGroupName": _set("db_parameter_group_name"),
    "DBPortNumber": _set("port"),
    "DBSubnetGroupName": _set("db_subnet_group_name"),
    "DeletionProtection": _set("deletion_protection"),
    "EnableIAMDatabaseAuthentication": _set("enable_iam_database_authentication"),
    "EnablePerformanceInsights": insights.set_up,
    "EngineLifecycleSupport": _set("engine_lifecycle_support"),
    "EngineVersion": _engine_version,
    "Iops": _set("iops"),
    "LicenseModel": _set("license_model"),
    "ManageMasterUserPassword": _managed_password,
    "MasterUserPassword": _set("master_user_password"),
    "MaxAllocatedStorage": _set("max_allocated_storage"),
    "MonitoringInterval": _monitoring_interval,
    "MonitoringRoleArn": _set("monitoring_role_arn"),
    "MultiAZ": _multi_az,
    "NewDBInstanceIdentifier": _identifier,
    "OptionGroupName": _set("option_group_name"),
    "PreferredBackupWindow": _set("preferred_backup_window"),
    "PreferredMaintenanceWindow": lambda database, value: setattr(
        database, "preferred_maintenance_window", value.lower()
    ),
    "PubliclyAccessible": _set("publicly_accessible"),
    "RotateMasterUserPassword": lambda database, value: credentials.activate(database),
    "StorageThroughput": _set("storage_throughput"),
    "StorageType": _set("storage_type"),
    "VpcSecurityGroupIds": _set("vpc_security_group_ids"),
}
"""By the parameter of ModifyDBInstance, what it changes."""
