"""What snapshots look like, and which of them a caller sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from moto.core.responses import ActionResult

from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of, backends_in
from resource_plane.ec2.filters import Readers, selected
from resource_plane.ec2.pages import page
from resource_plane.ec2.snapshots import sharing
from resource_plane.ec2.snapshots.model import Snapshot
from resource_plane.frame import Call, Proceed, rule

READERS: Readers[Snapshot] = {
    "description": lambda it: it.description or "",
    "encrypted": lambda it: it.encrypted,
    "owner-alias": lambda it: None,
    "owner-id": lambda it: it.owner_id,
    "progress": lambda it: it.progress,
    "snapshot-id": lambda it: it.id,
    "start-time": lambda it: it.start_time,
    "status": lambda it: it.status,
    "storage-tier": lambda it: it.tier,
    "transfer-type": lambda it: _transfer_type(it),
    "volume-id": lambda it: it.volume.id,
    "volume-size": lambda it: it.volume.size,
}


@rule("ec2", "DescribeSnapshots")
def describe_snapshots(call: Call, _: Proceed) -> Any:
    """The snapshots that the caller may restore from, or those of them that it asks for."""
    owners = {
        call.account if owner == "self" else owner for owner in call.params.get("OwnerIds") or ()
    }
    seen = _seen(call, owners)
    if restorers := call.params.get("RestorableByUserIds"):
        seen = (it for it in seen if any(_restorable_by(it, one, call) for one in restorers))
    found = selected(call, seen, READERS, lambda it: tags.of(backend_of(call), it.id))
    items, following = page(call, found)
    return ActionResult(
        {"Snapshots": [described(it, call) for it in items], "NextToken": following}
    )


def described(snapshot: Snapshot, call: Call) -> dict[str, Any]:
    """A snapshot as BC:ec2.Snapshot, with the tags that the caller's account has given it."""
    return {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume.id,
        "VolumeSize": snapshot.volume.size,
        "State": snapshot.status,
        "StateMessage": snapshot.state_message,
        "Progress": snapshot.progress,
        "StartTime": snapshot.start_time,
        "CompletionTime": snapshot.completion_time,
        "OwnerId": snapshot.owner_id,
        "Description": snapshot.description or "",
        "Encrypted": snapshot.encrypted,
        "KmsKeyId": snapshot.kms_key_id,
        "StorageTier": snapshot.tier,
        "RestoreExpiryTime": snapshot.restore_expiry_time,
        "TransferType": _transfer_type(snapshot),
        "CompletionDurationMinutes": snapshot.completion_minutes,
        "Tags": tags.as_list(tags.of(backend_of(call), snapshot.id)) or None,
    }


def _transfer_type(snapshot: Snapshot) -> str | None:
    """Copies alone have one (BC:ec2.Snapshot.TransferType)."""
    if not snapshot.is_copy:
        return None
    return "time-based" if snapshot.completion_minutes else "standard"


def _seen(call: Call, owners: set[str]) -> Iterator[Snapshot]:
    """The snapshots among those asked for by id and owner that the caller may use."""
    asked = call.params.get("SnapshotIds") or ()
    candidates = _named(call, asked) if asked else _owned(call, owners)
    for snapshot in candidates:
        if (not owners or snapshot.owner_id in owners) and sharing.restorable(
            snapshot, call.account
        ):
            yield snapshot


def _named(call: Call, snapshot_ids: Iterable[str]) -> list[Snapshot]:
    """Those with these ids; an id that no snapshot has is refused.

    BC:ec2.DescribeSnapshots: "If you specify an invalid snapshot ID, an error is returned. If you
    specify a snapshot ID for which you do not have access, it is not included".
    """
    found = []
    for snapshot_id in dict.fromkeys(snapshot_ids):
        find.well_formed("snap", snapshot_id, "InvalidSnapshotID")
        snapshot = sharing.named(call.region, snapshot_id)
        if snapshot is None:
            raise sharing.not_found(snapshot_id)
        found.append(snapshot)
    return found


def _owned(call: Call, owners: set[str]) -> Iterator[Snapshot]:
    """All of an account when it asks for its own, else all there are in the Region."""
    backends = [backend_of(call)] if owners == {call.account} else backends_in(call.region)
    for backend in backends:
        yield from list(backend.snapshots.values())


def _restorable_by(snapshot: Snapshot, who: str, call: Call) -> bool:
    """BC:ec2.DescribeSnapshots RestorableByUserIds: `self`, `all`, or ids on own snapshots."""
    if who == "all":
        return sharing.public(snapshot)
    if who == "self":
        return sharing.explicitly(snapshot, call.account)
    return snapshot.owner_id == call.account and sharing.explicitly(snapshot, who)
