"""An RDS restore by hand: share, copy as often as the flow asks, restore, modify, clean up."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from restore.arrange import Scene
from restore.by_hand.hand import Hand
from restore.check.outcome import flow
from restore.check.remains import hops_to_target
from restore.cloud import Cloud
from restore.waiting import eventually

RESTORE = {
    "dbInstanceClass": "DBInstanceClass",
    "dbSubnetGroupName": "DBSubnetGroupName",
    "vpcSecurityGroupIds": "VpcSecurityGroupIds",
    "dbParameterGroupName": "DBParameterGroupName",
    "multiAz": "MultiAZ",
    "availabilityZone": "AvailabilityZone",
    "storageType": "StorageType",
    "iops": "Iops",
    "storageThroughput": "StorageThroughput",
    "allocatedStorage": "AllocatedStorage",
    "port": "Port",
    "publiclyAccessible": "PubliclyAccessible",
    "enableIamDatabaseAuthentication": "EnableIAMDatabaseAuthentication",
    "deletionProtection": "DeletionProtection",
    "caCertificateIdentifier": "CACertificateIdentifier",
    "engineLifecycleSupport": "EngineLifecycleSupport",
    "backupRetentionPeriod": "BackupRetentionPeriod",
    "copyTagsToSnapshot": "CopyTagsToSnapshot",
    "enableCloudwatchLogsExports": "EnableCloudwatchLogsExports",
}
"""What RestoreDBInstanceFromDBSnapshot takes."""

MODIFY = {
    "maxAllocatedStorage": "MaxAllocatedStorage",
    "enablePerformanceInsights": "EnablePerformanceInsights",
    "preferredMaintenanceWindow": "PreferredMaintenanceWindow",
}
"""What only ModifyDBInstance takes."""

TOLD = {"EnablePerformanceInsights": "PerformanceInsightsEnabled"}
"""What DescribeDBInstances tells by another name."""


def restore_database(cloud: Cloud, scene: Scene) -> dict[str, Any]:
    """Restores what the scene asks for and cleans up; returns the outcome."""
    hand = Hand(cloud, scene)
    source = scene.snapshots["db"]
    crosses_accounts = scene.source.account != scene.target.account
    crosses_regions = scene.source.region != scene.target.region
    if crosses_accounts:
        _share(hand, source, "ValuesToAdd")
    snapshot, copies = source, []
    if crosses_accounts and crosses_regions:
        key = scene.request["target"].get("intermediateKmsKeyId")
        snapshot = _copy(hand, scene.source.region, snapshot, "first", key)
        copies.append((scene.source.region, snapshot))
    if hops_to_target(scene):
        snapshot = _copy(hand, scene.target.region, snapshot, "second", hand.key)
        copies.append((scene.target.region, snapshot))
    identifier = _restore(hand, snapshot)
    for region, copy in copies:
        hand.restoring("rds", region).delete_db_snapshot(DBSnapshotIdentifier=_name(copy))
    if crosses_accounts:
        _share(hand, source, "ValuesToRemove")
    return hand.outcome(flow(scene), dbInstanceIdentifier=identifier, kmsKeyId=hand.key)


def _share(hand: Hand, snapshot: str, change: str) -> None:
    hand.sharing("rds").modify_db_snapshot_attribute(
        DBSnapshotIdentifier=_name(snapshot),
        AttributeName="restore",
        **{change: [hand.scene.target.account]},
    )


def _copy(hand: Hand, region: str, snapshot: str, which: str, key: str | None) -> str:
    rds = hand.restoring("rds", region)
    identifier = f"{hand.scene.restore_id}-{which}"
    rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier=snapshot,
        TargetDBSnapshotIdentifier=identifier,
        KmsKeyId=key,
        Tags=hand.tags(snapshot),
    )

    def look() -> str | None:
        [seen] = rds.describe_db_snapshots(DBSnapshotIdentifier=identifier)["DBSnapshots"]
        return seen["DBSnapshotArn"] if seen["Status"] == "available" else None

    return eventually("the copy", look)


def _restore(hand: Hand, snapshot: str) -> str:
    asked = hand.request["target"]["rds"]
    rds, identifier = hand.restoring("rds"), asked["dbInstanceIdentifier"]
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=identifier,
        DBSnapshotIdentifier=_name(snapshot),
        Tags=hand.tags(hand.scene.snapshots["db"], **asked.get("tags", {})),
        **{RESTORE[name]: value for name, value in asked.items() if name in RESTORE},
    )
    _wait(rds, identifier)
    changes = {MODIFY[name]: value for name, value in asked.items() if name in MODIFY}
    if changes:
        rds.modify_db_instance(DBInstanceIdentifier=identifier, ApplyImmediately=True, **changes)
        # It begins later: until then the DB instance is available as it was.
        _wait(rds, identifier, {TOLD.get(name, name): it for name, it in changes.items()})
    return identifier


def _wait(rds: Any, identifier: str, values: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Waits until the DB instance is available with these values."""

    def look() -> bool:
        [seen] = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
        there = all(_same(seen.get(name), it) for name, it in values.items())
        return there and seen["DBInstanceStatus"] == "available"

    eventually("the DB instance", look)


def _same(one: Any, other: Any) -> bool:
    return str(one).lower() == str(other).lower()


def _name(snapshot: str) -> str:
    return snapshot.split(":snapshot:")[-1]
