"""DB snapshots: how they are found, who sees them, and what AWS tells of them."""

from __future__ import annotations

from typing import Any

from moto.rds.models import DBSnapshot

from resource_plane.error import AwsError
from resource_plane.rds import arn, lifecycle, option_groups
from resource_plane.rds.arn import Arn

EVERYBODY = "all"
AUTOMATIC = ("automated", "awsbackup")
"""Types of DB snapshots that AWS takes, and that cannot be shared or deleted."""


def not_found(name: str) -> AwsError:
    """AWS's answer where there is no such DB snapshot, or none that the caller may see."""
    return AwsError("DBSnapshotNotFound", f"DBSnapshot not found: {name}")


def at(name: Arn) -> DBSnapshot | None:
    """The DB snapshot with that ARN, whoever may see it."""
    backend = arn.backend(name.account, name.region)
    return backend.database_snapshots.get(name.name) if backend is not None else None


def owned(identifier: str, account: str, region: str) -> DBSnapshot:
    """The account's own DB snapshot in the Region, or DBSnapshotNotFound."""
    name = arn.named(identifier, "snapshot", account, region, "DBSnapshotIdentifier")
    found = at(name)
    if found is None or (name.account, name.region) != (account, region):
        raise not_found(identifier)
    return found


def usable(identifier: str, account: str, region: str, parameter: str) -> DBSnapshot:
    """The DB snapshot that the account may copy or restore: its own, or by ARN one shared with it.

    An identifier that is not an ARN means one of its own in `region`.
    """
    name = arn.named(identifier, "snapshot", account, region, parameter)
    found = at(name)
    if found is None or not visible(found, account):
        raise not_found(identifier)
    return found


def visible(snapshot: DBSnapshot, account: str) -> bool:
    """Whether the DB snapshot is the account's own or shared with it."""
    shared = snapshot.attributes["restore"]
    return snapshot.account_id == account or account in shared or EVERYBODY in shared


def require_available(snapshot: DBSnapshot, doing: str) -> None:
    """Refuses with InvalidDBSnapshotState while the DB snapshot is not `available`."""
    if snapshot.status != "available":
        raise AwsError(
            "InvalidDBSnapshotState",
            f"Cannot {doing} the snapshot {snapshot.db_snapshot_identifier} because it is not in "
            f"the available state (it is {snapshot.status}).",
        )


def described(snapshot: DBSnapshot, viewer: str) -> dict[str, Any]:
    """The DB snapshot as the account `viewer` sees it.

    Tags are its owner's alone, and one who it is shared with sees its ARN for its identifier, as
    GH:awslabs/rds-snapshot-tool reads it there.
    """
    source = snapshot.database
    vpc = getattr(source, "db_subnet_group", None)
    return {
        "DBSnapshotIdentifier": snapshot.db_snapshot_identifier
        if viewer == snapshot.account_id
        else snapshot.arn,
        "DBSnapshotArn": snapshot.arn,
        "DBInstanceIdentifier": snapshot.db_instance_identifier,
        "DbiResourceId": snapshot.dbi_resource_id,
        "SnapshotType": snapshot.snapshot_type,
        "Status": snapshot.status,
        "PercentProgress": lifecycle.percent(snapshot),
        "SnapshotCreateTime": snapshot.created,
        "OriginalSnapshotCreateTime": snapshot.original_snapshot_create_time,
        "InstanceCreateTime": snapshot.instance_create_time,
        "Engine": snapshot.engine,
        "EngineVersion": snapshot.engine_version,
        "LicenseModel": source.license_model,
        "AllocatedStorage": snapshot.allocated_storage,
        "StorageType": source.storage_type,
        "Iops": source.iops,
        "StorageThroughput": source.storage_throughput,
        "AvailabilityZone": source.availability_zone,
        "VpcId": vpc.vpc_id if vpc is not None else None,
        "Port": snapshot.port,
        "MasterUsername": snapshot.master_username,
        "OptionGroupName": snapshot.option_group_name,
        "Encrypted": snapshot.encrypted,
        "StorageEncryptionType": "sse-kms" if snapshot.encrypted else "none",
        "KmsKeyId": snapshot.kms_key_id,
        "IAMDatabaseAuthenticationEnabled": snapshot.iam_database_authentication_enabled,
        "BackupRetentionPeriod": source.backup_retention_period,
        "PreferredBackupWindow": source.preferred_backup_window,
        "SourceRegion": snapshot.source_region,
        "SourceDBSnapshotIdentifier": snapshot.source_db_snapshot_identifier,
        "SnapshotTarget": "region",
        "MultiTenant": False,
        "DedicatedLogVolume": False,
        "ProcessorFeatures": [],
        "TagList": snapshot.tags if viewer == snapshot.account_id else [],
    }


def _initialise(snapshot: DBSnapshot, *arguments: Any, **settings: Any) -> None:
    """moto's DB snapshots know neither their option group nor where they were copied from."""
    _moto_initialise(snapshot, *arguments, **settings)
    snapshot.option_group_name = snapshot.database.option_group_name
    snapshot.lasting_options = option_groups.lasting_options(snapshot.database)
    snapshot.copied_from = snapshot.source_region = snapshot.source_db_snapshot_identifier = None


_moto_initialise = DBSnapshot.__init__
DBSnapshot.__init__ = _initialise
