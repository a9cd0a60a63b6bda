"""The changes that a call of ModifyDBInstance asks for, refused where AWS refuses them."""

from __future__ import annotations

from moto.rds.models import DBInstance, DBSubnetGroup
from moto.rds.utils import valid_preferred_maintenance_window

from resource_plane.error import AwsError
from resource_plane.frame import Call
from resource_plane.rds import (
    certificates,
    classes,
    credentials,
    engines,
    insights,
    instance,
    instance_checks,
    monitoring,
    network,
    option_groups,
    parameter_groups,
    quotas,
    speed,
    storage,
)
from resource_plane.rds.changes import NOT_CHANGES, STORAGE, Changes
from resource_plane.rds.effects import EFFECTS


def checked(database: DBInstance, call: Call) -> Changes:
    """The changes that a call asks for, refused where AWS refuses them.

    A value that the DB instance has already is no change.
    """
    asked = {name: value for name, value in call.params.items() if name not in NOT_CHANGES}
    unknown = sorted(set(asked) - set(EFFECTS))
    if unknown:
        raise AwsError("NotImplemented", f"the local AWS cannot modify {', '.join(unknown)}", 501)
    version = engines.version(database.engine, database.engine_version)
    _check_engine(database, version, asked, call)
    _check_storage(database, asked)
    _check_groups(database, version, asked)
    _check_settings(database, version, asked)
    credentials.check_change(database, call.params)
    monitoring.check(database.backend, asked, database.monitoring_role_arn)
    if asked.get("EnablePerformanceInsights"):
        asked["EnablePerformanceInsights"] = insights.wanted(call)
    return asked


def _check_engine(
    database: DBInstance, version: engines.Version, asked: Changes, call: Call
) -> None:
    if "EngineVersion" in asked:
        new = engines.version(database.engine, asked["EngineVersion"])
        known = version.engine.versions
        if known.index(new.number) < known.index(version.number):
            raise AwsError(
                "InvalidParameterCombination",
                f"Cannot upgrade {database.engine} from {version.number} to {new.number}",
            )
        if new.major != version.major and not call.params.get("AllowMajorVersionUpgrade"):
            raise AwsError(
                "InvalidParameterCombination",
                "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major "
                "version.",
            )
        asked["EngineVersion"] = new.number
    if "DBInstanceClass" in asked:
        classes.check(asked["DBInstanceClass"], database.engine, version.number)


def _check_storage(database: DBInstance, asked: Changes) -> None:
    if any(name in asked for name in STORAGE):
        engine, old = database.engine, database.allocated_storage
        kind = asked.get("StorageType", database.storage_type)
        _check_again(database, asked, kind)
        size = storage.grown(engine, old, asked.get("AllocatedStorage"))
        kept = kind == database.storage_type and speed.is_set(engine, kind, old)
        new = storage.checked(
            engine,
            size,
            kind,
            asked.get("Iops", database.iops if kept else None),
            asked.get("StorageThroughput", database.storage_throughput if kept else None),
        )
        if new.size > old:
            quotas.storage(database.backend, new.size - old)
        values = (new.size, new.kind, new.iops, new.throughput)
        asked |= dict(zip(STORAGE, values, strict=True))
    most = asked.get("MaxAllocatedStorage")
    size = asked.get("AllocatedStorage", database.allocated_storage)
    # As much as there is switches autoscaling off (RDS/USER_PIOPS.Autoscaling).
    if most is not None and most != size:
        storage.check_limit(size, most)


def _check_again(database: DBInstance, asked: Changes, kind: str) -> None:
    """Refuses a change of storage that is still being optimised, or that tells half of it.

    GH:hashicorp/terraform-provider-aws#12493, GH:cloud-custodian/cloud-custodian#6588; BC:rds
    .ModifyDBInstanceMessage.AllocatedStorage, Iops, of gp3 too.
    """
    has = {
        "AllocatedStorage": database.allocated_storage,
        "StorageType": database.storage_type,
        "Iops": database.iops,
        "StorageThroughput": database.storage_throughput,
    }
    changed = {name for name in STORAGE if name in asked and asked[name] != has[name]}
    if changed and database.status == "storage-optimization":
        raise AwsError(
            "InvalidParameterCombination",
            "You can't currently modify the storage of this DB instance because the previous "
            "storage change is being optimized.",
        )
    both = {"AllocatedStorage", "Iops"}
    is_set = speed.is_set(database.engine, kind, database.allocated_storage)
    if kind == database.storage_type and is_set and changed & both and not both <= asked.keys():
        raise AwsError(
            "InvalidParameterCombination",
            "You must specify both the storage size and iops when modifying the storage size or "
            "iops on a DB instance that has iops.",
        )


def _check_groups(database: DBInstance, version: engines.Version, asked: Changes) -> None:
    backend = database.backend
    if "DBParameterGroupName" in asked:
        new = engines.version(database.engine, asked.get("EngineVersion", version.number))
        asked["DBParameterGroupName"] = parameter_groups.find(
            backend, asked["DBParameterGroupName"], new
        )
    if "OptionGroupName" in asked:
        lasting = option_groups.lasting_options(database)
        asked["OptionGroupName"] = option_groups.find(
            backend, asked["OptionGroupName"], version, lasting
        )
    group = database.db_subnet_group
    if "DBSubnetGroupName" in asked:
        group = _other_network(database, asked["DBSubnetGroupName"])
    if "VpcSecurityGroupIds" in asked:
        asked["VpcSecurityGroupIds"] = network.find_security_groups(
            backend, group.vpc_id, asked["VpcSecurityGroupIds"]
        )
    if asked.get("MultiAZ") and len(network.zones_of(group)) < 2:
        raise network.too_few_zones(network.zones_of(group))


def _other_network(database: DBInstance, name: str) -> DBSubnetGroup:
    """The DB subnet group to move to, which is of another VPC (GH:hashicorp/terraform#11715)."""
    had = database.db_subnet_group
    group = network.find_subnet_group(database.backend, name)
    if group is not had and group.vpc_id == had.vpc_id:
        of = database.db_instance_identifier
        raise AwsError(
            "InvalidVPCNetworkStateFault",
            f"You cannot move DB instance {of} to subnet group {group.name}. The specified DB "
            "subnet group and DB instance are in the same VPC. Choose a DB subnet group in "
            "different VPC than the specified DB instance and try again.",
        )
    return group


def _check_settings(database: DBInstance, version: engines.Version, asked: Changes) -> None:
    if "NewDBInstanceIdentifier" in asked:
        asked["NewDBInstanceIdentifier"] = instance.new_identifier(
            database.backend, asked["NewDBInstanceIdentifier"], "NewDBInstanceIdentifier"
        )
    if "CACertificateIdentifier" in asked:
        certificates.check(asked["CACertificateIdentifier"])
    if "DBPortNumber" in asked:
        instance_checks.port(version.engine.name, asked["DBPortNumber"])
    if "BackupRetentionPeriod" in asked:
        instance_checks.retention(asked["BackupRetentionPeriod"])
    if "LicenseModel" in asked:
        instance_checks.license(version, asked["LicenseModel"])
    if "EnableIAMDatabaseAuthentication" in asked:
        instance_checks.iam_authentication(version, asked["EnableIAMDatabaseAuthentication"])
    if "EngineLifecycleSupport" in asked:
        instance_checks.lifecycle_support(version, asked["EngineLifecycleSupport"])
    exports = asked.get("CloudwatchLogsExportConfiguration") or {}
    for names in exports.values():
        instance_checks.logs(version, names)
    if {"PreferredMaintenanceWindow", "PreferredBackupWindow"} & asked.keys():
        window = asked.get("PreferredMaintenanceWindow", database.preferred_maintenance_window)
        backup = asked.get("PreferredBackupWindow", database.preferred_backup_window)
        wrong = valid_preferred_maintenance_window(window.lower(), backup)
        if wrong:
            raise AwsError("InvalidParameterValue", wrong)
