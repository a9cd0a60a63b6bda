"""A realistic RDS source: an encrypted PostgreSQL DB instance and its snapshots."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from restore.arrange.db_groups import parameter_group, subnet_group
from restore.arrange.instance import key_arn
from restore.arrange.network import network
from restore.cloud import Cloud
from restore.place import Place
from restore.waiting import eventually

KEY = "orders-db"
ENGINE, ENGINE_VERSION = "postgres", "16.4"
ALLOCATED_STORAGE = 100


@dataclass(frozen=True)
class DbSnapshot:
    """A DB snapshot of the source."""

    identifier: str
    arn: str
    taken_at: datetime


@dataclass(frozen=True)
class SourceDatabase:
    """The DB instance that was, with its snapshots, oldest first."""

    place: Place
    identifier: str
    snapshots: tuple[DbSnapshot, ...] = ()
    engine: str = f"{ENGINE} {ENGINE_VERSION}"
    """With its version."""

    def with_snapshot(self, taken: DbSnapshot) -> SourceDatabase:
        """The same DB instance after one more snapshot."""
        return replace(self, snapshots=(*self.snapshots, taken))


def source_database(
    cloud: Cloud,
    place: Place,
    key: str | None = KEY,
    snapshots: int = 1,
    name: str | None = None,
    **settings: Any,
) -> SourceDatabase:
    """Creates the DB instance, under `alias/KEY`, and takes `snapshots` snapshots of it.

    Its `name` is one of its own unless it is given.
    """
    database = _create(cloud, place, key, name or f"orders-{secrets.token_hex(3)}", settings)
    for _ in range(snapshots):
        database = database.with_snapshot(db_snapshot(cloud, database))
    return database


def db_snapshot(cloud: Cloud, database: SourceDatabase, wait: bool = True) -> DbSnapshot:
    """Takes a manual snapshot of the DB instance."""
    rds = cloud.client("rds", database.place)
    identifier = f"{database.identifier}-{secrets.token_hex(3)}"
    taken = rds.create_db_snapshot(
        DBSnapshotIdentifier=identifier, DBInstanceIdentifier=database.identifier
    )["DBSnapshot"]
    if wait:
        taken = eventually("the DB snapshot", lambda: _available(rds, identifier, "manual"))
        _wait_for_instance(rds, database.identifier)
    return DbSnapshot(identifier, taken["DBSnapshotArn"], taken.get("SnapshotCreateTime"))


def copied_db_snapshot(cloud: Cloud, database: SourceDatabase) -> str:
    """Begins a copy of the newest snapshot where it is, under the same key; the copy's ARN."""
    return cloud.client("rds", database.place).copy_db_snapshot(
        SourceDBSnapshotIdentifier=database.snapshots[-1].identifier,
        TargetDBSnapshotIdentifier=f"{database.identifier}-{secrets.token_hex(3)}",
    )["DBSnapshot"]["DBSnapshotArn"]


def copied_to(cloud: Cloud, place: Place, original: DbSnapshot) -> DbSnapshot:
    """A copy of a DB snapshot of the same account under a key of `place`, once it is available.

    It is of the data of its original, and was made later.
    """
    rds = cloud.client("rds", place)
    identifier = f"copy-{secrets.token_hex(3)}"
    rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier=original.arn,
        TargetDBSnapshotIdentifier=identifier,
        KmsKeyId=key_arn(cloud, place, KEY),
    )
    copy = eventually("the copy", lambda: _available(rds, identifier, "manual"))
    assert copy["SnapshotCreateTime"] > copy["OriginalSnapshotCreateTime"]
    return DbSnapshot(identifier, copy["DBSnapshotArn"], copy["OriginalSnapshotCreateTime"])


def remove(cloud: Cloud, database: SourceDatabase) -> None:
    """Deletes the DB instance, whose manual snapshots stay."""
    rds, name = cloud.client("rds", database.place), database.identifier
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1})


def automated_snapshot(cloud: Cloud, database: SourceDatabase) -> DbSnapshot:
    """The snapshot that RDS itself takes of an instance with backups, once it is available."""
    rds = cloud.client("rds", database.place)

    def look() -> dict[str, Any] | None:
        seen = rds.describe_db_snapshots(
            DBInstanceIdentifier=database.identifier, SnapshotType="automated"
        )["DBSnapshots"]
        return next((it for it in seen if it["Status"] == "available"), None)

    taken = eventually("the automated snapshot", look)
    return DbSnapshot(
        taken["DBSnapshotIdentifier"], taken["DBSnapshotArn"], taken["SnapshotCreateTime"]
    )


def aws_backup_snapshot(cloud: Cloud, database: SourceDatabase) -> DbSnapshot:
    """A snapshot that AWS Backup takes of the DB instance, once it is available."""
    rds, place = cloud.client("rds", database.place), database.place
    asked = {
        "account": place.account,
        "region": place.region,
        "dbInstanceIdentifier": database.identifier,
    }
    name = cloud.steer("POST", "/rules/awsbackup", asked)["dbSnapshotIdentifier"]
    taken = eventually("the snapshot", lambda: _available(rds, name, "awsbackup"))
    return DbSnapshot(name, taken["DBSnapshotArn"], taken["SnapshotCreateTime"])


def _create(
    cloud: Cloud, place: Place, key: str | None, identifier: str, settings: dict[str, Any]
) -> SourceDatabase:
    rds, net = cloud.client("rds", place), network(cloud, place)
    encryption = {"StorageEncrypted": True, "KmsKeyId": key_arn(cloud, place, key)} if key else {}
    made = rds.create_db_instance(
        **{
            "DBInstanceIdentifier": identifier,
            "DBInstanceClass": "db.m7g.large",
            "Engine": ENGINE,
            "EngineVersion": ENGINE_VERSION,
            "AllocatedStorage": ALLOCATED_STORAGE,
            "StorageType": "gp3",
            "MasterUsername": "orders",
            "MasterUserPassword": secrets.token_urlsafe(16),
            "Port": 5432,
            "DBSubnetGroupName": subnet_group(cloud, place, "orders"),
            "VpcSecurityGroupIds": [net.groups[0]],
            "DBParameterGroupName": parameter_group(cloud, place, "orders-postgres16"),
            "BackupRetentionPeriod": 0,
            "Tags": [{"Key": "service", "Value": "orders"}],
        }
        | encryption
        | settings
    )["DBInstance"]
    _wait_for_instance(rds, identifier)
    return SourceDatabase(place, identifier, engine=f"{made['Engine']} {made['EngineVersion']}")


def _wait_for_instance(rds: Any, identifier: str) -> None:
    def available() -> bool:
        seen = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
        return seen[0]["DBInstanceStatus"] == "available"

    eventually("the source DB instance", available)


def _available(rds: Any, identifier: str, snapshot_type: str) -> dict[str, Any] | None:
    seen = rds.describe_db_snapshots(DBSnapshotIdentifier=identifier, SnapshotType=snapshot_type)[
        "DBSnapshots"
    ]
    return seen[0] if seen and seen[0]["Status"] == "available" else None
