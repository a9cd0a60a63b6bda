"""What EC2 shows late (see `consistency`): new resources, changed tags, changed permissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ec2.models import EC2Backend

from resource_plane.consistency import Change, note, without_unseen
from resource_plane.ec2.accounts import backend_of, backends_in
from resource_plane.ec2.snapshots.model import Snapshot
from resource_plane.frame import Call, Proceed, rule
from resource_plane.settings import consistency

SEEN_AT_ONCE = {
    "CopyImage": {"image"},
    "CreateImage": {"image"},
    "CreateSecurityGroup": {"security-group"},
    "CreateTags": {"tags"},
    "DeleteTags": {"tags"},
    "ModifySnapshotAttribute": {"permissions"},
    "RegisterImage": {"image"},
    "ResetSnapshotAttribute": {"permissions"},
}
"""What an action must know as it is: names that are unique, and what it is about to change."""


@rule("ec2", "*")
def as_seen(call: Call, proceed: Proceed) -> Any:
    """No call sees what is too young to be seen, and what it makes is young."""
    with without_unseen(SEEN_AT_ONCE.get(call.action, set())):
        if not consistency("resources"):
            return proceed()
        before = {id(there): set(there) for _, there in _kept(call)}
        answer = proceed()
        made = [
            (kind, there, name)
            for kind, there in _kept(call)
            for name in there
            if name not in before.get(id(there), ())
        ]
    for kind, there, name in made:
        note(_making(kind, there, name))
    return answer


def _kept(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where moto keeps what may be seen late.

    Security groups count only where they are asked for: a VPC is never without its own.
    """
    backend = backend_of(call)
    yield "volume", backend.volumes
    yield "snapshot", backend.snapshots
    yield "instance", backend.reservations
    yield "image", backend.amis
    if call.action == "CreateSecurityGroup":
        for of_vpc in backend.groups.values():
            yield "security-group", of_vpc


def _making(kind: str, there: dict[str, Any], name: str) -> Change:
    thing = there[name]

    def undo() -> None:
        # It may have been deleted meanwhile, by EC2 itself.
        hidden[:] = [there.pop(name)] if there.get(name) is thing else []

    def redo() -> None:
        if hidden:
            there[name] = hidden.pop()

    hidden: list[Any] = []
    return Change("resources", kind, undo, redo)


@rule("ec2", "CreateTags", "DeleteTags")
def tagged(call: Call, proceed: Proceed) -> Any:
    """Tags are seen late; those that a resource is made with come with it."""
    backend = backend_of(call)
    before = {one: dict(backend.tags.get(one, {})) for one in call.params.get("Resources") or ()}
    answer = proceed()
    for resource_id, old in before.items():
        note(_tagging(backend, resource_id, old))
    return answer


def _tagging(backend: EC2Backend, resource_id: str, old: dict[str, str]) -> Change:
    tags = backend.tags

    def undo() -> None:
        hidden[:] = [tags[resource_id]] if resource_id in tags else []
        if hidden:
            tags[resource_id] = old

    def redo() -> None:
        if hidden and tags.get(resource_id) is old:
            tags[resource_id] = hidden.pop()

    hidden: list[dict[str, str]] = []
    return Change("tags", "tags", undo, redo)


@rule("ec2", "ModifySnapshotAttribute", "ResetSnapshotAttribute")
def shared(call: Call, proceed: Proceed) -> Any:
    """Permissions are seen late, by the owner too."""
    backends = (one.snapshots for one in backends_in(call.region))
    found = (one.get(call.params.get("SnapshotId")) for one in backends)
    snapshot = next((one for one in found if one is not None), None)
    before = None if snapshot is None else _permissions(snapshot)
    answer = proceed()
    if snapshot is not None:
        note(_sharing(snapshot, before))
    return answer


def _permissions(snapshot: Snapshot) -> tuple[set[str], set[str]]:
    return (
        set(snapshot.create_volume_permission_userids),
        set(snapshot.create_volume_permission_groups),
    )


def _sharing(snapshot: Snapshot, old: tuple[set[str], set[str]]) -> Change:
    def put(users: set[str], groups: set[str]) -> None:
        snapshot.create_volume_permission_userids = users
        snapshot.create_volume_permission_groups = groups

    def undo() -> None:
        hidden[:] = _permissions(snapshot)
        put(*old)

    hidden: list[set[str]] = []
    return Change("permissions", "permissions", undo, lambda: put(*hidden))
