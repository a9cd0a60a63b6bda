"""Deleting snapshots."""

from __future__ import annotations

from typing import Any

from moto.core.responses import EmptyResult

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.snapshots import sharing
from resource_plane.ec2.transitions import cancel
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule


@resources("ec2", "DeleteSnapshot")
def deleted(call: Call) -> list[Access]:
    """The snapshot."""
    return [tags.access(call, "snapshot", call.params.get("SnapshotId", "*"))]


@rule("ec2", "DeleteSnapshot")
def delete_snapshot(call: Call, _: Proceed) -> Any:
    """Deletes a snapshot, also one that is still being made, but none that an AMI needs."""
    snapshot, backend = sharing.own(call, call.params["SnapshotId"]), backend_of(call)
    for image in backend.amis.values():
        if snapshot.id in image.snapshot_ids:
            message = f"The snapshot {snapshot.id} is currently in use by {image.id}"
            raise AwsError("InvalidSnapshot.InUse", message)
    cancel(snapshot.id)
    del backend.snapshots[snapshot.id]
    backend.tags.pop(snapshot.id, None)
    return EmptyResult()
