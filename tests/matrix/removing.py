"""Removing what a restore has brought back, with ordinary clients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError
from restore.cloud import Cloud
from restore.inventory import Thing
from restore.waiting import eventually

GONE = {"terminated", "deleted", "deleting"}


def remove(cloud: Cloud, things: Iterable[Thing]) -> None:
    """Removes the things, each kind when nothing of an earlier one holds it any more."""
    things = set(things)
    for kind, remove_one in REMOVALS.items():
        for thing in sorted(it for it in things if it.kind == kind):
            _unless_gone(lambda thing=thing, how=remove_one: how(cloud, thing))


def _instance(cloud: Cloud, thing: Thing) -> None:
    ec2 = cloud.client("ec2", thing.place)
    ec2.terminate_instances(InstanceIds=[thing.id])

    def gone() -> bool:
        reservations = ec2.describe_instances(InstanceIds=[thing.id])["Reservations"]
        return all(it["State"]["Name"] in GONE for one in reservations for it in one["Instances"])

    eventually(f"{thing.id} terminated", gone)


def _volume(cloud: Cloud, thing: Thing) -> None:
    ec2 = cloud.client("ec2", thing.place)
    [state] = [it["State"] for it in ec2.describe_volumes(VolumeIds=[thing.id])["Volumes"]]
    if state not in GONE:
        ec2.delete_volume(VolumeId=thing.id)


def _snapshot(cloud: Cloud, thing: Thing) -> None:
    cloud.client("ec2", thing.place).delete_snapshot(SnapshotId=thing.id)


def _security_group(cloud: Cloud, thing: Thing) -> None:
    cloud.client("ec2", thing.place).delete_security_group(GroupId=thing.id)


def _db_instance(cloud: Cloud, thing: Thing) -> None:
    rds = cloud.client("rds", thing.place)

    def seen() -> dict[str, Any]:
        return rds.describe_db_instances(DBInstanceIdentifier=thing.id)["DBInstances"][0]

    if seen()["DeletionProtection"]:
        rds.modify_db_instance(
            DBInstanceIdentifier=thing.id, DeletionProtection=False, ApplyImmediately=True
        )
        eventually(f"{thing.id} unprotected", lambda: not seen()["DeletionProtection"])
        eventually(f"{thing.id} available", lambda: seen()["DBInstanceStatus"] == "available")
    rds.delete_db_instance(DBInstanceIdentifier=thing.id, SkipFinalSnapshot=True)


def _db_snapshot(cloud: Cloud, thing: Thing) -> None:
    cloud.client("rds", thing.place).delete_db_snapshot(DBSnapshotIdentifier=thing.id)


def _grant(cloud: Cloud, thing: Thing) -> None:
    kms = cloud.client("kms", thing.place)
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            granted = kms.list_grants(KeyId=key["KeyId"])["Grants"]
            if any(it["GrantId"] == thing.id for it in granted):
                kms.revoke_grant(KeyId=key["KeyId"], GrantId=thing.id)


REMOVALS = {
    "instance": _instance,
    "volume": _volume,
    "snapshot": _snapshot,
    "security group": _security_group,
    "DB instance": _db_instance,
    "DB snapshot": _db_snapshot,
    "grant": _grant,
}


def _unless_gone(remove_one: Any) -> None:
    try:
        remove_one()
    except ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise
