"""The archive tier (EBS/snapshot-archive): where snapshots lie cheaply and cannot be used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from resource_plane import progress
from resource_plane.authorization import Access, resources
from resource_plane.ec2 import tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.filters import Readers, selected
from resource_plane.ec2.pages import page
from resource_plane.ec2.snapshots import sharing
from resource_plane.ec2.snapshots.making import facts
from resource_plane.ec2.snapshots.model import Snapshot
from resource_plane.ec2.transitions import after
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Work

READERS: Readers[Snapshot] = {
    "snapshot-id": lambda it: it.id,
    "volume-id": lambda it: it.volume.id,
    "last-tiering-operation": lambda it: it.last_tiering_operation_status,
}


@resources("ec2", "ModifySnapshotTier", "RestoreSnapshotTier")
def moved(call: Call) -> list[Access]:
    """The snapshot."""
    return [tags.access(call, "snapshot", call.params.get("SnapshotId", "*"))]


@rule("ec2", "ModifySnapshotTier")
def archive(call: Call, _: Proceed) -> Any:
    """Begins to move a whole snapshot into the archive."""
    tier = call.params.get("StorageTier", "archive")
    if tier != "archive":
        raise AwsError(
            "InvalidParameterValue", f"Value ({tier}) for parameter storageTier is invalid."
        )
    snapshot = sharing.own(call, call.params["SnapshotId"])
    _at_rest(snapshot)
    if snapshot.archived:
        message = f"The snapshot '{snapshot.id}' is already archived"
        raise AwsError("IncorrectState", message)
    _free_of_images(call, snapshot)

    def archived(work: Work) -> None:
        if _ended(snapshot, work, "archival"):
            snapshot.storage_tier = "archive"
            # EBS/archive-snapshot: "snapshot sharing [is] automatically disabled after the
            # snapshot is archived".
            sharing.take_back(snapshot)
            snapshot.archival_complete_time = utcnow()
            snapshot.restore_expiry_time = None

    _begin(call, snapshot, "archival", archived)
    return ActionResult(
        {"SnapshotId": snapshot.id, "TieringStartTime": snapshot.last_tiering_start_time}
    )


@rule("ec2", "RestoreSnapshotTier")
def restore(call: Call, _: Proceed) -> Any:
    """Begins to bring a snapshot back, for good or for some days."""
    snapshot = sharing.own(call, call.params["SnapshotId"])
    days, for_good = call.params.get("TemporaryRestoreDays"), call.params.get("PermanentRestore")
    if (days is None) == (not for_good):
        message = "Specify either temporaryRestoreDays or permanentRestore"
        raise AwsError("InvalidParameterCombination", message)
    if days is not None and not 1 <= days <= 180:
        message = f"Value ({days}) for parameter temporaryRestoreDays is invalid."
        raise AwsError("InvalidParameterValue", message)
    _at_rest(snapshot)
    if not snapshot.archived and snapshot.restore_expiry_time is None:
        message = f"The snapshot '{snapshot.id}' is not archived"
        raise AwsError("IncorrectState", message)
    operation = "permanent-restore" if for_good else "temporary-restore"

    def restored(work: Work) -> None:
        if _ended(snapshot, work, operation):
            snapshot.storage_tier = "standard"
            expiry = None if for_good else utcnow() + timedelta(days=days)
            snapshot.restore_expiry_time = expiry

    _begin(call, snapshot, operation, restored)
    snapshot.restore_start_time = snapshot.last_tiering_start_time
    return ActionResult(
        {
            "SnapshotId": snapshot.id,
            "RestoreStartTime": snapshot.restore_start_time,
            "RestoreDuration": days,
            "IsPermanentRestore": bool(for_good),
        }
    )


@rule("ec2", "DescribeSnapshotTierStatus")
def describe_tiers(call: Call, _: Proceed) -> Any:
    """Where the caller's own snapshots lie, and how far they are on their way."""
    backend = backend_of(call)
    found = selected(call, backend.snapshots.values(), READERS, lambda it: tags.of(backend, it.id))
    items, following = page(call, found)
    return ActionResult(
        {"SnapshotTierStatuses": [_status(it, call) for it in items], "NextToken": following}
    )


def _status(snapshot: Snapshot, call: Call) -> dict[str, Any]:
    work = progress.work_on(_work_id(snapshot))
    return {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume.id,
        "Status": snapshot.status,
        "OwnerId": snapshot.owner_id,
        "Tags": tags.as_list(tags.of(backend_of(call), snapshot.id)),
        "StorageTier": snapshot.tier,
        "LastTieringStartTime": snapshot.last_tiering_start_time,
        "LastTieringProgress": work.percent if work else None,
        "LastTieringOperationStatus": snapshot.last_tiering_operation_status,
        "LastTieringOperationStatusDetail": snapshot.last_tiering_operation_status_detail,
        "ArchivalCompleteTime": snapshot.archival_complete_time,
        "RestoreExpiryTime": snapshot.restore_expiry_time,
    }


def _at_rest(snapshot: Snapshot) -> None:
    if snapshot.status != "completed":
        raise AwsError("IncorrectState", f"Snapshot is in invalid state - {snapshot.status}")
    if (snapshot.last_tiering_operation_status or "").endswith("-in-progress"):
        message = f"The snapshot '{snapshot.id}' is being moved between storage tiers"
        raise AwsError("IncorrectState", message)


def _free_of_images(call: Call, snapshot: Snapshot) -> None:
    """Refuses to archive what an AMI is made of: EBS/archive-snapshot, unless it is disabled."""
    for image in backend_of(call).amis.values():
        if snapshot.id in image.snapshot_ids and image.state != "disabled":
            # The code is not documented; this is the one by which such a snapshot is not deleted.
            message = f"The snapshot {snapshot.id} is currently in use by {image.id}"
            raise AwsError("InvalidSnapshot.InUse", message)


def _begin(call: Call, snapshot: Snapshot, operation: str, effect: Any) -> None:
    snapshot.last_tiering_start_time = utcnow()
    snapshot.last_tiering_operation_status = f"{operation}-in-progress"
    snapshot.last_tiering_operation_status_detail = None
    after("snapshot-tier", _work_id(snapshot), effect, **facts(call), snapshot=snapshot.id)


def _ended(snapshot: Snapshot, work: Work, operation: str) -> bool:
    """Notes how the operation ended, and tells whether it ended well."""
    if work.failure is None:
        snapshot.last_tiering_operation_status = f"{operation}-completed"
        return True
    snapshot.last_tiering_operation_status = f"{operation}-failed"
    snapshot.last_tiering_operation_status_detail = work.failure.message
    return False


def _work_id(snapshot: Snapshot) -> str:
    return f"{snapshot.id}/tier"
