"""Changing the size, type and speed of a volume while it is used (EBS/ebs-modify-volume).

EBS/monitoring-volume-modifications: a modification is `modifying`, then `optimizing`, from when on
the volume has its new settings and is as fast as in between, and then `completed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from resource_plane import progress, settings
from resource_plane.authorization import Access, resources
from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.filters import Readers, selected
from resource_plane.ec2.pages import page
from resource_plane.ec2.snapshots.making import facts
from resource_plane.ec2.transitions import after
from resource_plane.ec2.volumes import limits
from resource_plane.ec2.volumes.attaching import volume_facts
from resource_plane.ec2.volumes.model import Volume
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Work

SETTINGS = {
    "Size": "size",
    "VolumeType": "volume_type",
    "Iops": "iops",
    "Throughput": "throughput",
    "MultiAttachEnabled": "multi_attach_enabled",
}
"""What can be changed, and where the volume keeps it."""

MOST, DAY = 4, 24 * 3600
"""BC:ec2.ModifyVolume: "up to four times within a rolling 24-hour period"."""

DEFAULT_IOPS = 3000
"""BC:ec2.ModifyVolumeRequest.Iops: "If you change the volume type to io1, io2, or gp3"."""

UNDER_WAY = ("modifying", "optimizing")


@dataclass
class Modification:
    """One change of a volume (BC:ec2.VolumeModification)."""

    volume: Volume
    original: dict[str, Any]
    target: dict[str, Any]
    start_time: datetime
    begun: float
    """When, on the clock of `progress`."""
    state: str = "modifying"
    end_time: datetime | None = None
    message: str | None = None


READERS: Readers[Modification] = {
    "modification-state": lambda it: it.state,
    "original-size": lambda it: it.original["Size"],
    "original-volume-type": lambda it: it.original["VolumeType"],
    "start-time": lambda it: it.start_time,
    "target-size": lambda it: it.target["Size"],
    "target-volume-type": lambda it: it.target["VolumeType"],
    "volume-id": lambda it: it.volume.id,
}


@resources("ec2", "ModifyVolume")
def modified(call: Call) -> list[Access]:
    """The volume."""
    volume_id = call.params.get("VolumeId", "*")
    volume = backend_of(call).volumes.get(volume_id)
    return [tags.access(call, "volume", volume_id, volume_facts(volume) if volume else None)]


@rule("ec2", "ModifyVolume")
def modify_volume(call: Call, _: Proceed) -> Any:
    """Begins to change a volume, which keeps its old settings until the change is made."""
    volume = find.volume(backend_of(call), call.params["VolumeId"])
    if volume.state not in ("available", "in-use"):
        message = f"The volume '{volume.id}' is '{volume.state}'"
        raise AwsError("IncorrectState", message)
    _may_be_modified(volume)
    target = _target(call, volume)
    made = Modification(volume, _now(volume), target, utcnow(), progress.clock())
    volume.modifications.append(made)
    about = facts(call) | {"volume": volume.id}

    def modified(work: Work) -> None:
        if work.failure is not None:
            made.end_time = utcnow()
            made.state, made.message = "failed", work.failure.message
            return
        made.state = "optimizing"
        for name, field in SETTINGS.items():
            setattr(volume, field, made.target[name])
        after("volume-optimization", _work_id(volume), optimized, following=work, **about)

    def optimized(_: Work) -> None:
        made.end_time, made.state = utcnow(), "completed"

    after("volume-modification", _work_id(volume), modified, **about)
    return ActionResult({"VolumeModification": _described(made)})


@rule("ec2", "DescribeVolumesModifications")
def describe_modifications(call: Call, _: Proceed) -> Any:
    """The latest change of each volume that has had one."""
    backend, ids = backend_of(call), call.params.get("VolumeIds") or ()
    among = [find.volume(backend, it) for it in ids] if ids else backend.volumes.values()
    latest = [it.modifications[-1] for it in among if it.modifications]
    items, following = page(call, selected(call, latest, READERS))
    return ActionResult(
        {"VolumesModifications": [_described(it) for it in items], "NextToken": following}
    )


def _may_be_modified(volume: Volume) -> None:
    """Refuses a modification while another is under way, and the fifth within a day.

    The words are those of GH:sodafoundation/strato#1120 and #1094.
    """
    latest = volume.modifications[-1:]
    if latest and latest[0].state in UNDER_WAY:
        state = latest[0].state.upper()
        message = f"Volume {volume.id} cannot be modified in modification state {state}"
        raise AwsError("IncorrectModificationState", message)
    if len(volume.modifications) < MOST:
        return
    gone = (progress.clock() - volume.modifications[-MOST].begun) * settings.pace()
    if gone < DAY:
        again = utcnow() + timedelta(seconds=DAY - gone)
        message = "You've reached the maximum modification rate per volume limit."
        message += f" Wait until {again:%Y-%m-%dT%H:%M:%SZ} to modify volume {volume.id}."
        raise AwsError("VolumeModificationRateExceeded", message)


def _now(volume: Volume) -> dict[str, Any]:
    return {name: getattr(volume, field) for name, field in SETTINGS.items()}


def _target(call: Call, volume: Volume) -> dict[str, Any]:
    """The settings that the volume is to have (BC:ec2.ModifyVolumeRequest)."""
    asked = {name: call.params[name] for name in SETTINGS if call.params.get(name) is not None}
    if not asked:
        message = "No modification parameter was provided."
        raise AwsError("InvalidParameterCombination", message)
    kind = asked.get("VolumeType", volume.volume_type)
    same = kind == volume.volume_type
    size = asked.get("Size", volume.size)
    if size < volume.size:
        message = "New size cannot be smaller than existing size"
        raise AwsError("InvalidParameterValue", message)
    limits.checked_size(kind, size)
    takes_iops = limits.limits(kind).iops is not None
    kept = volume.iops if same else DEFAULT_IOPS
    iops = asked.get("Iops", kept if takes_iops else None)
    iops = limits.checked_iops(kind, iops, size)
    throughput = asked.get("Throughput", volume.throughput if same else None)
    multi_attach = asked.get("MultiAttachEnabled", volume.multi_attach_enabled)
    limits.check_multi_attach(kind, multi_attach)
    return {
        "Size": size,
        "VolumeType": kind,
        "Iops": iops,
        "Throughput": limits.checked_throughput(kind, throughput, iops),
        "MultiAttachEnabled": multi_attach,
    }


def _described(made: Modification) -> dict[str, Any]:
    work = progress.work_on(_work_id(made.volume))
    far = work.percent if work is not None and made.state == "optimizing" else 0
    return {
        "VolumeId": made.volume.id,
        "ModificationState": made.state,
        "StatusMessage": made.message,
        "Progress": 100 if made.state == "completed" else far,
        "StartTime": made.start_time,
        "EndTime": made.end_time,
        **{f"Original{name}": value for name, value in made.original.items()},
        **{f"Target{name}": value for name, value in made.target.items()},
    }


def _work_id(volume: Volume) -> str:
    return f"{volume.id}/modification"
