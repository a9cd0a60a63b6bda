"""Everything that a restore could make, change or leave behind, in every account and Region.

Taken before and after a restore, two inventories tell what is new, gone or changed, whoever
made it and however it is tagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from restore.cloud import Cloud
from restore.place import Place


class Thing(NamedTuple):
    """One resource: what it is, where, and its id."""

    kind: str
    place: Place
    id: str


Facts = dict[str, Any]

GOING = {"deleting", "deleted", "shutting-down", "terminated"}
"""States of what is there no more but for AWS's own work on it."""


@dataclass(frozen=True)
class Inventory:
    """What exists, with the facts that a restore must not change."""

    things: dict[Thing, Facts]

    def new_since(self, before: Inventory) -> set[Thing]:
        """What exists now and did not then."""
        return self.things.keys() - before.things.keys()

    def gone_since(self, before: Inventory) -> set[Thing]:
        """What existed then and does not now."""
        return before.things.keys() - self.things.keys()

    def changed_since(self, before: Inventory) -> dict[Thing, tuple[Facts, Facts]]:
        """What exists now as then, but with other facts: those facts then and now."""
        both = self.things.keys() & before.things.keys()
        return {
            thing: (before.things[thing], self.things[thing])
            for thing in both
            if before.things[thing] != self.things[thing]
        }

    @classmethod
    def taken(
        cls,
        cloud: Cloud,
        places: Iterable[Place] | None = None,
        kinds: Iterable[str] | None = None,
    ) -> Inventory:
        """What exists now, in `places` (else all of the cloud's), of `kinds` (else of all)."""
        kinds = tuple(LOOKS if kinds is None else kinds)
        return cls(
            {
                thing: facts
                for place in (cloud.places if places is None else places)
                for thing, facts in _look(cloud, place, kinds)
            }
        )


def _look(cloud: Cloud, place: Place, kinds: tuple[str, ...]) -> Iterator[tuple[Thing, Facts]]:
    for kind in kinds:
        for resource_id, facts in LOOKS[kind](cloud, place):
            yield Thing(kind, place, resource_id), facts


def _instances(cloud: Cloud, place: Place) -> Iterator[tuple[str, Facts]]:
    ec2 = cloud.client("ec2", place)
    for page in ec2.get_paginator("describe_instances").paginate():
        for reservation in page["Reservations"]:
            for seen in reservation["Instances"]:
                if seen["State"]["Name"] in GOING:
                    continue
                mappings = seen.get("BlockDeviceMappings", [])
                yield (
                    seen["InstanceId"],
                    {
                        "state": seen["State"]["Name"],
                        "volumes": {it["DeviceName"]: it["Ebs"]["VolumeId"] for it in mappings},
                        "tags": tags(seen.get("Tags")),
                    },
                )


def _volumes(cloud: Cloud, place: Place) -> Iterator[tuple[str, Facts]]:
    """All but those that go: a volume may show as `deleting` for minutes (BC:ec2.DeleteVolume)."""
    ec2 = cloud.client("ec2", place)
    for page in ec2.get_paginator("describe_volumes").paginate():
        for seen in page["Volumes"]:
            if seen["State"] in GOING:
                continue
            yield seen["VolumeId"], {"state": seen["State"], "tags": tags(seen.get("Tags"))}


def _snapshots(cloud: Cloud, place: Place) -> Iterator[tuple[str, Facts]]:
    ec2 = cloud.client("ec2", place)
    may_be_shared = _may_be_shared(cloud, place, "ModifySnapshotAttribute", "SnapshotId")
    for page in ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"]):
        for seen in page["Snapshots"]:
            snapshot = seen["SnapshotId"]
            shared_with = _permitted(ec2, snapshot) if snapshot in may_be_shared else []
            if shared_with is None:
                continue
            yield (
                snapshot,
                {
                    "key": seen.get("KmsKeyId"),
                    "shared with": shared_with,
                    "tags": tags(seen.get("Tags")),
                },
            )


def _may_be_shared(cloud: Cloud, place: Place, action: str, parameter: str) -> set[str]:
    """The snapshots of a place that anybody has asked to share, as CloudTrail would tell which.

    No list tells all that are shared, with whatever account: EC2's goes by accounts that the asker
    names, RDS's by the one that asks. To ask of each that exists whom it is shared with would be
    most of what an inventory asks.
    """
    return {
        # Named by its id, or by an ARN that ends in it.
        call["params"].get(parameter, "").rsplit(":", 1)[-1].lower()
        for call in cloud.every_call(action)
        if (call["account"], call["region"]) == place
    }


def _permitted(ec2: Any, snapshot: str) -> list[str] | None:
    """Whom a snapshot is shared with; none where it has gone since it was listed."""
    try:
        told = ec2.describe_snapshot_attribute(
            SnapshotId=snapshot, Attribute="createVolumePermission"
        )
    except ClientError as error:
        return _unless_gone(error, "InvalidSnapshot.NotFound")
    return sorted(it.get("UserId", "all") for it in told["CreateVolumePermissions"])


def _unless_gone(error: ClientError, code: str) -> None:
    if error.response["Error"]["Code"] != code:
        raise error


def _security_groups(cloud: Cloud, place: Place) -> Iterator[tuple[str, Facts]]:
    ec2 = cloud.client("ec2", place)
    for page in ec2.get_paginator("describe_security_groups").paginate():
        for seen in page["SecurityGroups"]:
            rules = len(seen.get("IpPermissions", [])), len(seen.get("IpPermissionsEgress", []))
            yield seen["GroupId"], {"rules": rules, "tags": tags(seen.get("Tags"))}


def _images(cloud: Cloud, place: Place) -> Iterator[tuple[str, Facts]]:
    for seen in cloud.client("ec2", place).describe_images(Owners=["self"])["Images"]:
        yield seen["ImageId"], {"tags": tags(seen.get("Tags"))}


def _db_instances(cloud: Cloud, place: Place) -> Iterator[tuple[str, Facts]]:
    rds = cloud.client("rds", place)
    for page in rds.get_paginator("describe_db_instances").paginate():
        for seen in page["DBInstances"]:
            if seen["DBInstanceStatus"] in GOING:
                continue
            yield (
                seen["DBInstanceIdentifier"],
                {"key": seen.get("KmsKeyId"), "tags": tags(seen.get("TagList"))},
            )


def _db_snapshots(cloud: Cloud, place: Place) -> Iterator[tuple[str, Facts]]:
    """Manual snapshots: the automated ones come and go with AWS's own backups."""
    rds = cloud.client("rds", place)
    action, parameter = "ModifyDBSnapshotAttribute", "DBSnapshotIdentifier"
    may_be_shared = _may_be_shared(cloud, place, action, parameter)
    for page in rds.get_paginator("describe_db_snapshots").paginate(SnapshotType="manual"):
        for seen in page["DBSnapshots"]:
            if seen["Status"] in GOING:
                continue
            snapshot = seen["DBSnapshotIdentifier"]
            shared_with = _restorers(rds, snapshot) if snapshot in may_be_shared else []
            if shared_with is None:
                continue
            yield (
                snapshot,
                {
                    "key": seen.get("KmsKeyId"),
                    "shared with": shared_with,
                    "tags": tags(seen.get("TagList")),
                },
            )


def _restorers(rds: Any, snapshot: str) -> list[str] | None:
    """Whom a DB snapshot is shared with; none where it has gone since it was listed."""
    try:
        attributes = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=snapshot)
    except ClientError as error:
        return _unless_gone(error, "DBSnapshotNotFound")
    return sorted(
        account
        for it in attributes["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
        if it["AttributeName"] == "restore"
        for account in it["AttributeValues"]
    )


def _grants(cloud: Cloud, place: Place) -> Iterator[tuple[str, Facts]]:
    """Grants on the keys on which anybody has asked for one, as CloudTrail would tell which.

    But for those that AWS's services made for themselves: EBS and RDS retire their own grants with
    the resource they are for (KMS/grants).
    """
    asked = {_key_id(call) for call in cloud.every_call("CreateGrant")}
    if not asked:
        return
    kms = cloud.client("kms", place)
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            if key["KeyId"] not in asked:
                continue
            for grants in kms.get_paginator("list_grants").paginate(KeyId=key["KeyId"]):
                for grant in grants["Grants"]:
                    if not grant["GranteePrincipal"].endswith(".amazonaws.com"):
                        facts = {"key": key["KeyArn"], "name": grant.get("Name")}
                        yield grant["GrantId"], facts


def _key_id(call: dict[str, Any]) -> str:
    """The key of a call, which names it by its id or ARN (BC:kms.CreateGrantRequest.KeyId)."""
    return call["params"].get("KeyId", "").rsplit("/", 1)[-1]


LOOKS = {
    "instance": _instances,
    "volume": _volumes,
    "snapshot": _snapshots,
    "security group": _security_groups,
    "image": _images,
    "DB instance": _db_instances,
    "DB snapshot": _db_snapshots,
    "grant": _grants,
}


def tags(listed: Iterable[dict[str, str]] | None) -> dict[str, str]:
    """AWS's list of tags as a dictionary."""
    return {tag["Key"]: tag["Value"] for tag in listed or ()}
