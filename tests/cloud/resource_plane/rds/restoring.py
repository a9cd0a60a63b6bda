"""DB instances are restored from DB snapshots: RestoreDBInstanceFromDBSnapshot."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBSnapshot, RDSBackend

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import (
    arn,
    engines,
    instance,
    keys,
    option_groups,
    snapshot,
    speed,
    storage,
    tags,
)
from resource_plane.rds.creating import bring_up

SOURCE = "DBSnapshotIdentifier"


@rule("rds", "RestoreDBInstanceFromDBSnapshot")
def restore_db_instance_from_db_snapshot(call: Call, proceed: Proceed) -> ActionResult:
    """A new DB instance with the data, the key and most settings of the DB snapshot.

    No key can be named: BC:rds.RestoreDBInstanceFromDBSnapshotMessage has none. moto restores
    whatever it finds by name, shared or not, and keeps the groups of the source.
    """
    params = call.params
    backend = arn.home(call.account, call.region)
    identifier = instance.new_identifier(backend, params["DBInstanceIdentifier"])
    _require_one_source(call)
    source = snapshot.usable(params[SOURCE], call.account, call.region, SOURCE)
    if source.region != call.region:
        raise snapshot.not_found(params[SOURCE])
    snapshot.require_available(source, "restore")
    wanted = _kept(source) | params | {"DBInstanceIdentifier": identifier}
    wanted["Tags"] = tags.checked(params.get("Tags")) or _tags_of_instance(call, source)
    wanted["AllocatedStorage"] = _size(call, source)
    wanted |= _storage_kind(call, source)
    wanted["OptionGroupName"] = _option_group(call, backend, source)
    _require_same_engine(call, source)
    if params.get("DBName") and not source.engine.startswith(("oracle", "sqlserver")):
        # GH:hashicorp/terraform#11278.
        raise AwsError(
            "InvalidParameterValue", "DBName must be null when Restoring for this Engine."
        )
    if params.get("ManageMasterUserPassword") and not source.engine.startswith("oracle"):
        # BC:rds.RestoreDBInstanceFromDBSnapshotMessage.ManageMasterUserPassword.
        raise AwsError(
            "InvalidParameterCombination",
            f"ManageMasterUserPassword isn't supported when restoring {source.engine}.",
        )
    wanted["KmsKeyId"] = _key(call, source)
    made = instance.make(backend, wanted, source.lasting_options)
    made.restored_from = source
    bring_up(made, wanted)
    return ActionResult({"DBInstance": made})


def _require_one_source(call: Call) -> None:
    from_cluster = call.params.get("DBClusterSnapshotIdentifier")
    if bool(from_cluster) == bool(call.params.get(SOURCE)):
        raise AwsError(
            "InvalidParameterCombination",
            "Exactly one of DBSnapshotIdentifier and DBClusterSnapshotIdentifier must be given.",
        )
    if from_cluster:
        raise AwsError("NotImplemented", "the local AWS restores no DB cluster snapshots", 501)


def _kept(source: DBSnapshot) -> dict[str, Any]:
    """The settings that a restored DB instance has from its DB snapshot.

    BC:rds.RestoreDBInstanceFromDBSnapshotMessage, each "Default: same as". All others fall back
    on the defaults of a new DB instance: Single-AZ, the default groups, no deletion protection.
    """
    of = source.database
    return {
        "AutoMinorVersionUpgrade": of.auto_minor_version_upgrade,
        "BackupRetentionPeriod": of.backup_retention_period,
        "CharacterSetName": of.character_set_name,
        "DBInstanceClass": of.db_instance_class,
        "DBName": of.db_name,
        "Engine": source.engine,
        "EngineVersion": source.engine_version,
        "LicenseModel": of.license_model,
        "MasterUsername": source.master_username,
        "Port": source.port,
        "PreferredBackupWindow": of.preferred_backup_window,
        "PreferredMaintenanceWindow": of.preferred_maintenance_window,
    }


def _size(call: Call, source: DBSnapshot) -> int:
    """The size of the storage: that of SQL Server stays what it is.

    BC:rds.RestoreDBInstanceFromDBSnapshotMessage.AllocatedStorage.
    """
    asked, had = call.params.get("AllocatedStorage"), source.allocated_storage
    if source.engine.startswith("sqlserver") and (asked or had) > had:
        raise AwsError(
            "InvalidParameterCombination",
            f"You can't specify the AllocatedStorage parameter for the engine {source.engine}.",
        )
    return storage.grown(source.engine, had, asked)


def _storage_kind(call: Call, source: DBSnapshot) -> dict[str, Any]:
    """The type of the storage, its IOPS and its throughput.

    "If this parameter isn't specified, the IOPS value is taken from the backup. If this parameter
    is set to 0, the new instance is converted to a non-PIOPS instance" (BC:rds
    .RestoreDBInstanceFromDBSnapshotMessage.Iops), so storage whose IOPS are set stays what it
    is; other storage becomes gp3 (….StorageType "Default").
    """
    kind, iops = call.params.get("StorageType"), call.params.get("Iops")
    throughput = call.params.get("StorageThroughput")
    of = source.database
    if speed.is_set(source.engine, of.storage_type, source.allocated_storage):
        if kind is None and iops is None:
            kind = of.storage_type
        provisioned = kind in speed.PROVISIONED and of.storage_type in speed.PROVISIONED
        if iops is None and (kind == of.storage_type or provisioned):
            iops = of.iops
        if throughput is None and kind == of.storage_type == "gp3":
            throughput = of.storage_throughput
    return {"StorageType": kind, "Iops": iops or None, "StorageThroughput": throughput}


def _tags_of_instance(call: Call, source: DBSnapshot) -> tags.Tags:
    """The tags that the source DB instance had when the DB snapshot was taken.

    BC:rds.RestoreDBInstanceFromDBSnapshotMessage.CopyTagsToSnapshot: "If there are no new tags,
    RDS looks for the tags from the source DB instance for the DB snapshot, and then adds those
    tags to the restored DB instance." Those of another account's DB instance stay there.
    """
    own = source.database.account_id == call.account
    return list(source.database.tags) if own else []


def _option_group(call: Call, backend: RDSBackend, source: DBSnapshot) -> str | None:
    """The option group asked for; else the DB snapshot's own where it cannot do without.

    RDS/USER_RestoreFromSnapshot "Option group considerations": the default option group is
    associated, unless the source's has a persistent or permanent option.
    """
    asked = call.params.get("OptionGroupName")
    if asked is None and source.lasting_options and source.account_id == call.account:
        return option_groups.existing(backend, source.option_group_name).name
    return asked


def _require_same_engine(call: Call, source: DBSnapshot) -> None:
    asked = call.params.get("Engine")
    if asked is not None and engines.engine(asked).name != source.engine:
        raise AwsError(
            "InvalidParameterCombination",
            f"The engine {asked} is not compatible with the snapshot's engine {source.engine}.",
        )


def _key(call: Call, source: DBSnapshot) -> str | None:
    """The DB snapshot's key, which the restored DB instance keeps."""
    if not source.encrypted:
        return None
    if source.account_id != call.account:
        # RDS/USER_ShareSnapshot: "you can't restore a DB instance from a DB snapshot that is both
        # shared and encrypted". The error is not documented; this is the model's for a snapshot
        # that cannot be restored in the way that is asked.
        raise AwsError(
            "InvalidRestoreFault",
            "A DB instance cannot be restored from a shared encrypted snapshot. Copy the snapshot "
            "and restore from the copy.",
        )
    return keys.usable_to_store(call.caller, source.kms_key_id, call.region)
