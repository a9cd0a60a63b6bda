"""What the tests of shares see of a source snapshot: whom it is shared with, and for whom."""

from __future__ import annotations

from restore.cloud import Cloud
from restore.place import NEAR, SOURCE, Place

NEAR_SOURCE = Place(SOURCE, NEAR)


Shared = tuple[tuple[str, ...], tuple[str, ...]]
"""Accounts, and the keys of share tags."""


def shared_with(cloud: Cloud, snapshot: str) -> Shared:
    """The accounts that a snapshot is shared with, and the share tags that are on it."""
    is_of_rds = snapshot.startswith("arn:aws:rds:")
    accounts, keys = (_of_rds if is_of_rds else _of_ec2)(cloud, snapshot)
    return tuple(sorted(accounts)), tuple(sorted(it for it in keys if it.startswith("restore:")))


def tag_of(restore_id: str, account: str) -> str:
    """The key of the tag by which a restore into the account says that it uses the permission."""
    return f"restore:share:{account}:{restore_id}"


def _of_ec2(cloud: Cloud, snapshot: str) -> tuple[list[str], list[str]]:
    ec2 = cloud.client("ec2", NEAR_SOURCE)
    found = ec2.describe_snapshot_attribute(
        SnapshotId=snapshot, Attribute="createVolumePermission"
    )["CreateVolumePermissions"]
    [described] = ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    return [it["UserId"] for it in found], [it["Key"] for it in described.get("Tags", ())]


def _of_rds(cloud: Cloud, snapshot: str) -> tuple[list[str], list[str]]:
    rds = cloud.client("rds", NEAR_SOURCE)
    name = snapshot.rpartition(":")[2]
    found = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=name)
    [accounts] = [
        it["AttributeValues"]
        for it in found["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
        if it["AttributeName"] == "restore"
    ]
    tags = rds.list_tags_for_resource(ResourceName=snapshot)["TagList"]
    return accounts, [it["Key"] for it in tags]
