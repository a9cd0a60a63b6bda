"""DB snapshots and DB instances are listed: DescribeDBSnapshots, DescribeDBInstances."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.rds.models import DBSnapshot

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import arn, filters, instance, pages, snapshot

TYPES = ("automated", "manual", "shared", "public", "awsbackup")


@rule("rds", "DescribeDBSnapshots")
def describe_db_snapshots(call: Call, proceed: Proceed) -> ActionResult:
    """The caller's own DB snapshots, and those of others only where it asks for them.

    moto forgets the other parameters for shared ones, and does not find them by ARN.
    """
    kind = call.params.get("SnapshotType")
    if kind not in (None, *TYPES):
        raise AwsError("InvalidParameterValue", f"Invalid snapshot type: {kind}")
    found = [one for one in _in_region(call) if _asked(call, one, kind)]
    identifier = call.params.get("DBSnapshotIdentifier")
    if identifier:
        found = _with_identifier(call, found, identifier)
    facets = {
        "db-snapshot-id": lambda one: {one.db_snapshot_identifier, one.arn},
        "db-instance-id": lambda one: {one.db_instance_identifier, one.database.arn},
        "dbi-resource-id": lambda one: {one.dbi_resource_id.lower()},
        "snapshot-type": lambda one: {one.snapshot_type},
        "engine": lambda one: {one.engine},
    }
    found = filters.matching(call, found, facets)
    of_instance = call.params.get("DBInstanceIdentifier", "").lower()
    of_resource = call.params.get("DbiResourceId")
    found = [
        one
        for one in found
        if of_instance in ("", one.db_instance_identifier, one.database.arn)
        and of_resource in (None, one.dbi_resource_id)
    ]
    shown, more = pages.page(call, found, lambda one: one.arn)
    return ActionResult(
        {"DBSnapshots": [snapshot.described(one, call.account) for one in shown]} | more
    )


@rule("rds", "DescribeDBInstances")
def describe_db_instances(call: Call, proceed: Proceed) -> ActionResult:
    """moto's pages start over where a DB instance was deleted between two of them."""
    backend = arn.home(call.account, call.region)
    identifier = call.params.get("DBInstanceIdentifier")
    found = [instance.find(backend, identifier)] if identifier else list(backend.databases.values())
    facets = {
        "db-cluster-id": lambda one: {(one.db_cluster_identifier or "").lower()},
        "db-instance-id": lambda one: {one.db_instance_identifier, one.arn},
        "dbi-resource-id": lambda one: {one.dbi_resource_id.lower()},
        "domain": lambda one: {member.domain for member in one.domain_memberships},
        "engine": lambda one: {one.engine},
    }
    found = filters.matching(call, found, facets)
    shown, more = pages.page(call, found, lambda one: one.db_instance_identifier)
    return ActionResult({"DBInstances": shown} | more)


def _in_region(call: Call) -> list[DBSnapshot]:
    """The DB snapshots of all accounts in the Region of the call: sharing does not leave it."""
    return [
        one
        for backend in arn.everywhere()
        if backend.region_name == call.region
        for one in backend.database_snapshots.values()
    ]


def _asked(call: Call, one: DBSnapshot, kind: str | None) -> bool:
    """Whether the call asks for DB snapshots of this one's type and ownership.

    BC:rds.DescribeDBSnapshotsMessage.SnapshotType: without a type, automated and manual ones of
    the caller's own. IncludeShared and IncludePublic add to that; they do not apply where the type
    is `automated` or `manual`.
    """
    shared_with = one.attributes["restore"]
    if kind == "public":
        return snapshot.EVERYBODY in shared_with
    if one.account_id == call.account:
        return one.snapshot_type in (TYPES[:2] if kind is None else (kind,))
    if kind == "shared":
        return call.account in shared_with
    included = {
        call.account: kind is None and call.params.get("IncludeShared"),
        snapshot.EVERYBODY: kind is None and call.params.get("IncludePublic"),
    }
    return any(included[one_of] for one_of in included if one_of in shared_with)


def _with_identifier(call: Call, found: list[DBSnapshot], identifier: str) -> list[DBSnapshot]:
    """Of those asked for the one with the identifier, or DBSnapshotNotFound.

    An automated one is found by its identifier only where the type is given (BC:rds
    .DescribeDBSnapshotsMessage.DBSnapshotIdentifier). A bare identifier means one of the
    caller's own.
    """
    name = arn.named(identifier, "snapshot", call.account, call.region, "DBSnapshotIdentifier")
    matching = [
        one
        for one in found
        if one.arn == str(name)
        and (one.snapshot_type not in snapshot.AUTOMATIC or call.params.get("SnapshotType"))
    ]
    if not matching:
        raise snapshot.not_found(identifier)
    return matching
