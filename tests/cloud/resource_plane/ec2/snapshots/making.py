"""Making snapshots of volumes."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.utils import random_snapshot_id

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import find, quotas, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.snapshots.describing import described
from resource_plane.ec2.snapshots.model import Snapshot
from resource_plane.ec2.transitions import after
from resource_plane.ec2.volumes.model import Volume
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Work


@resources("ec2", "CreateSnapshot")
def snapshot_of_volume(call: Call) -> list[Access]:
    """The volume, and the snapshot to be."""
    volume = call.params.get("VolumeId", "*")
    return [tags.access(call, "volume", volume), tags.to_be_made(call, "snapshot")]


@rule("ec2", "CreateSnapshot")
def create_snapshot(call: Call, _: Proceed) -> Any:
    """Begins a snapshot of a volume, whose encryption and key it has."""
    volume = find.volume(backend_of(call), call.params["VolumeId"])
    quotas.snapshots(backend_of(call), [volume.id])
    made = take(call, volume, {})
    return ActionResult(described(made, call))


@resources("ec2", "CreateSnapshots")
def snapshots_of_instance(call: Call) -> list[Access]:
    """The instance, its volumes, and the snapshots to be."""
    instance_id = (call.params.get("InstanceSpecification") or {}).get("InstanceId", "*")
    known = {it.id: it for it in find.all_instances(backend_of(call))}
    instance = known.get(instance_id)
    volumes = [it.volume.id for it in instance.attached.values()] if instance else []
    return [
        tags.access(call, "instance", instance_id),
        *(tags.access(call, "volume", volume) for volume in volumes),
        tags.to_be_made(call, "snapshot"),
    ]


@rule("ec2", "CreateSnapshots")
def create_snapshots(call: Call, _: Proceed) -> Any:
    """Begins snapshots of the volumes of an instance, all of one moment."""
    asked = call.params["InstanceSpecification"]
    instance = find.instance(backend_of(call), asked.get("InstanceId") or "")
    left_out = set(asked.get("ExcludeDataVolumeIds") or ())
    taken = []
    for attachment in list(instance.attached.values()):
        volume = attachment.volume
        if attachment.is_root and asked.get("ExcludeBootVolume"):
            continue
        if volume.id in left_out:
            if attachment.is_root:
                message = "The boot volume cannot be excluded as a data volume"
                raise AwsError("InvalidParameterValue", message)
            continue
        copied = tags.of(backend_of(call), volume.id)
        inherited = dict(copied) if call.params.get("CopyTagsFromSource") == "volume" else {}
        taken.append((volume, inherited))
    if not taken:
        message = "All volumes of the instance are excluded"
        raise AwsError("InvalidParameterCombination", message)
    quotas.snapshots(backend_of(call), [volume.id for volume, _ in taken])
    made = [take(call, volume, inherited) for volume, inherited in taken]
    return ActionResult({"Snapshots": [described(it, call) for it in made]})


def take(call: Call, volume: Volume, inherited: dict[str, str]) -> Snapshot:
    """Begins a snapshot of one volume, with the tags `inherited` and those of the call."""
    if volume.state not in ("available", "in-use"):
        message = f"The volume '{volume.id}' is '{volume.state}'"
        raise AwsError("IncorrectState", message)
    made = register(
        call,
        Snapshot(
            backend_of(call),
            random_snapshot_id(),
            volume,
            call.params.get("Description") or "",
            encrypted=volume.encrypted,
            kms_key_id=volume.kms_key_id,
        ),
        inherited,
    )
    after("snapshot", made.id, lambda work: finish(made, work), **facts(call), volume=volume.id)
    return made


def register(call: Call, made: Snapshot, inherited: dict[str, str]) -> Snapshot:
    """Puts a new snapshot among those of the account, pending."""
    backend = backend_of(call)
    made.status = "pending"
    backend.snapshots[made.id] = made
    if inherited:
        backend.create_tags([made.id], inherited)
    tags.set_on(backend, made.id, call, "snapshot")
    return made


def facts(call: Call) -> dict[str, str]:
    """What an ordered failure may match the call's work by."""
    return {"account": call.account, "region": call.region}


def finish(snapshot: Snapshot, work: Work) -> None:
    """Ends the making of a snapshot, well or badly."""
    if work.failure is None:
        snapshot.status, snapshot.completion_time = "completed", utcnow()
    else:
        snapshot.status = work.failure.state
        snapshot.state_message = work.failure.message
