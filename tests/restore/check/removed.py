"""Whether what a restore says it removed is gone, and what is on that which it says it kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from restore.cloud import Cloud
from restore.place import Place

SHARE = re.compile(r"(?P<arn>\S+) \(permission of (?P<account>\d{12})\)")
"""How an outcome names a share: the snapshot's ARN, and the account it was shared with."""

GRANT = re.compile(r"(?P<arn>\S+) \(grant (?P<name>\S+) to (?P<grantee>\S+)\)")
"""How an outcome names a grant: the key's ARN, the grant's name, and the role it was given to."""


def is_there(cloud: Cloud, named: str) -> bool:
    """Whether a resource, by its ARN, or a share, or a grant is still there.

    What this does not know how to look for is an error, not "gone".
    """
    if share := SHARE.fullmatch(named):
        client, kind, snapshot = _client_of(cloud, share["arn"])
        return _found(lambda: share["account"] in _shared_with(client, kind, snapshot))
    if grant := GRANT.fullmatch(named):
        client, _, key = _client_of(cloud, grant["arn"])
        listed = client.list_grants(KeyId=key, GranteePrincipal=grant["grantee"])["Grants"]
        return any(it.get("Name") == grant["name"] for it in listed)
    client, kind, resource = _client_of(cloud, named)
    looks = {
        "snapshot/": lambda: client.describe_snapshots(SnapshotIds=[resource])["Snapshots"],
        "volume/": lambda: client.describe_volumes(VolumeIds=[resource])["Volumes"],
        "security-group/": lambda: client.describe_security_groups(GroupIds=[resource])[
            "SecurityGroups"
        ],
        "instance/": lambda: _live(client.describe_instances(InstanceIds=[resource])),
        "snapshot:": lambda: client.describe_db_snapshots(DBSnapshotIdentifier=resource)[
            "DBSnapshots"
        ],
        "db:": lambda: client.describe_db_instances(DBInstanceIdentifier=resource)["DBInstances"],
    }
    look = looks[kind]
    return _found(lambda: any(_state(it) not in ("deleting", "deleted") for it in look()))


def tags_of(cloud: Cloud, arn: str) -> dict[str, str]:
    """The tags of a snapshot or a DB snapshot."""
    client, kind, resource = _client_of(cloud, arn)
    if kind == "snapshot/":
        [snapshot] = client.describe_snapshots(SnapshotIds=[resource])["Snapshots"]
        tags = snapshot.get("Tags", [])
    else:
        tags = client.list_tags_for_resource(ResourceName=arn)["TagList"]
    return {it["Key"]: it["Value"] for it in tags}


def _found(look: Callable[[], bool]) -> bool:
    """What `look` sees; nothing where AWS says that there is no such thing (any more)."""
    try:
        return look()
    except ClientError as error:
        if "NotFound" in error.response["Error"]["Code"]:
            return False
        raise


def _client_of(cloud: Cloud, arn: str) -> tuple[Any, str, str]:
    """A client of the ARN's service and place, the kind of the resource, and its id."""
    _, _, service, region, account, name = arn.split(":", 5)
    kind, separator, resource = re.split(r"([/:])", name, maxsplit=1)
    return cloud.client(service, Place(account, region)), kind + separator, resource


def _shared_with(client: Any, kind: str, snapshot: str) -> list[str]:
    if kind == "snapshot/":
        permissions = client.describe_snapshot_attribute(
            SnapshotId=snapshot, Attribute="createVolumePermission"
        )["CreateVolumePermissions"]
        return [it.get("UserId", "all") for it in permissions]
    attributes = client.describe_db_snapshot_attributes(DBSnapshotIdentifier=snapshot)
    return [
        account
        for it in attributes["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
        for account in it["AttributeValues"]
    ]


def _live(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        it
        for reservation in described["Reservations"]
        for it in reservation["Instances"]
        if it["State"]["Name"] != "terminated"
    ]


def _state(described: dict[str, Any]) -> Any:
    return described.get("DBInstanceStatus") or described.get("Status") or described.get("State")
