"""The status of volumes: whether they do their work, and how much of their data is there."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from resource_plane import progress
from resource_plane.ec2.filters import Readers
from resource_plane.ec2.volumes.describing import chosen
from resource_plane.ec2.volumes.making import initialization_id
from resource_plane.ec2.volumes.model import Volume
from resource_plane.frame import Call, Proceed, rule

READERS: Readers[Volume] = {
    "availability-zone": lambda it: it.zone.name,
    "volume-status.details-name": lambda it: [one["Name"] for one in details(it)],
    "volume-status.details-status": lambda it: [one["Status"] for one in details(it)],
    "volume-status.status": lambda it: status(it),
}


@rule("ec2", "DescribeVolumeStatus")
def describe_volume_status(call: Call, _: Proceed) -> Any:
    """The status of the account's volumes, which moto cannot tell."""
    items, following = chosen(call, READERS)
    return ActionResult(
        {"VolumeStatuses": [_described(it) for it in items], "NextToken": following}
    )


def status(volume: Volume) -> str:
    """`insufficient-data` while there is nothing yet to check (EBS/monitoring-volume-checks)."""
    if volume.state == "error":
        return "impaired"
    return "ok" if volume.state in ("available", "in-use") else "insufficient-data"


def details(volume: Volume) -> list[dict[str, str]]:
    """The checks that make up the status."""
    whole = status(volume)
    enabled = {"ok": "passed", "impaired": "failed"}.get(whole, whole)
    found = [
        {"Name": "io-enabled", "Status": enabled},
        {"Name": "io-performance", "Status": "not-applicable"},
    ]
    part = _initialized(volume)
    if part is not None:
        state = "completed" if part == 100 else "initializing"
        found.append({"Name": "initialization-state", "Status": state})
    return found


def _initialized(volume: Volume) -> int | None:
    """How much of its snapshot's data a volume has, in per cent; None if it has no snapshot."""
    if not volume.snapshot_id:
        return None
    work = progress.work_on(initialization_id(volume))
    return work.percent if work else 0


def _described(volume: Volume) -> dict[str, Any]:
    part = _initialized(volume)
    kind = "provisioned-rate" if volume.initialization_rate else "default"
    return {
        "VolumeId": volume.id,
        "AvailabilityZone": volume.zone.name,
        "AvailabilityZoneId": volume.zone.zone_id,
        "VolumeStatus": {"Status": status(volume), "Details": details(volume)},
        "InitializationStatusDetails": None
        if part is None
        else {"InitializationType": kind, "Progress": part},
        "Actions": [],
        "Events": [],
        "AttachmentStatuses": [
            {"InstanceId": attachment.instance.id, "IoPerformance": "not-applicable"}
            for attachment in volume.attached
        ],
    }
