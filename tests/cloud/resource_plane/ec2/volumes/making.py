"""Making volumes.

A volume whose keys cannot be used is accepted, and is gone when AWS has found that out
(BC:ec2.CreateVolumeRequest.KmsKeyId; GH:kubernetes-sigs/aws-ebs-csi-driver#2685).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.availability_zones_and_regions import Zone
from moto.ec2.utils import random_volume_id

from resource_plane import consistency
from resource_plane.authorization import Access, resources
from resource_plane.ec2 import ebs_keys, idempotency, quotas, room, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.parameters import missing
from resource_plane.ec2.snapshots import sharing
from resource_plane.ec2.snapshots.making import facts
from resource_plane.ec2.transitions import after, cancel
from resource_plane.ec2.volumes.describing import described
from resource_plane.ec2.volumes.model import Volume
from resource_plane.ec2.volumes.planning import Plan, plan
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Failure, Work

GONE = "deleted"
"""The state that a failure names for a volume that disappears."""


@resources("ec2", "CreateVolume")
def volume_and_its_snapshot(call: Call) -> list[Access]:
    """The volume to be, and the snapshot it is made of."""
    snapshot = call.params.get("SnapshotId")
    zone = call.params.get("AvailabilityZone")
    context = {"ec2:AvailabilityZone": zone} | asked_facts(call.params, call.params.get("Size"))
    volume = tags.to_be_made(call, "volume", context)
    return [volume, *([tags.access(call, "snapshot", snapshot)] if snapshot else [])]


def asked_facts(asked: Any, size: int | None) -> dict[str, Any]:
    """The condition keys of a volume that is asked for."""
    return {
        "ec2:Encrypted": bool(asked.get("Encrypted")),
        "ec2:VolumeType": asked.get("VolumeType") or "gp2",
        "ec2:VolumeSize": size,
        "ec2:VolumeIops": asked.get("Iops"),
        "ec2:VolumeThroughput": asked.get("Throughput"),
        "ec2:KmsKeyId": asked.get("KmsKeyId"),
        "ec2:ParentSnapshot": asked.get("SnapshotId"),
    }


@rule("ec2", "CreateVolume")
def create_volume(call: Call, _: Proceed) -> Any:
    """Begins a volume, once for each client token."""

    def create() -> Volume:
        made = _create(call)
        tags.set_on(backend_of(call), made.id, call, "volume")
        return made

    made = idempotency.once(call, create)
    with consistency.as_it_is():
        gone = made.id not in backend_of(call).volumes
    if gone:
        # The token is spent: GH:kubernetes-sigs/aws-ebs-csi-driver#1036.
        raise idempotency.mismatch()
    return ActionResult(described(made, call))


def _create(call: Call) -> Volume:
    zone = _zone(call)
    snapshot_id = call.params.get("SnapshotId")
    snapshot = sharing.usable(call, snapshot_id) if snapshot_id else None
    size = call.params.get("Size")
    wanted = plan(call, call.params, size, snapshot, "InvalidParameterValue")
    quotas.volumes(backend_of(call), [wanted])
    room.volume(backend_of(call), wanted.volume_type, zone.name)
    made = register(call, wanted, zone)
    unusable = unusable_key(call, made, wanted, ebs_keys.VOLUME_WITHOUT_GRANT)
    after(
        "volume",
        made.id,
        lambda work: finish(made, work),
        failure=Failure(GONE, unusable) if unusable else None,
        **facts(call),
        snapshot=snapshot_id,
    )
    return made


def register(call: Call, wanted: Plan, zone: Zone) -> Volume:
    """Puts a new volume among those of the account, being created."""
    backend = backend_of(call)
    made = Volume(
        backend,
        random_volume_id(),
        wanted.size,
        zone,
        snapshot_id=wanted.snapshot.id if wanted.snapshot else None,
        encrypted=wanted.key is not None,
        kms_key_id=wanted.key and ebs_keys.arn(wanted.key, call.account, call.region),
        volume_type=wanted.volume_type,
        iops=wanted.iops,
        throughput=wanted.throughput,
        multi_attach_enabled=wanted.multi_attach,
    )
    made.state = "creating"
    made.initialization_rate = wanted.initialization_rate
    backend.volumes[made.id] = made
    return made


def unusable_key(call: Call, made: Volume, wanted: Plan, own: Sequence[str]) -> str | None:
    """Why EBS cannot make the volume: a key that the caller may not use; None if it can.

    `own` is what the volume's own key is needed for. A volume of a snapshot in the clear has EC2
    ask for the grant as it is made (EBS/how-ebs-encryption-works), one of a snapshot under another
    key needs that key too.
    """
    source, key = wanted.snapshot, wanted.key
    if key is None:
        return None
    if source is not None and not source.encrypted:
        own = ebs_keys.VOLUME
    reason = ebs_keys.unusable(call.caller, key, call.region, own, made.id)
    if reason or source is None or not source.encrypted or source.kms_key_id == made.kms_key_id:
        return reason
    return ebs_keys.unusable(
        call.caller, source.kms_key_id, call.region, ebs_keys.VOLUME, source.ebs_id
    )


def finish(volume: Volume, work: Work) -> None:
    """Ends the making of a volume: it is available, in another state, or gone."""
    if work.failure is None:
        volume.state = "available"
        initialize(volume, work)
    elif work.failure.state == GONE:
        vanish(volume)
    else:
        volume.state = work.failure.state


def initialize(volume: Volume, made: Work) -> None:
    """Begins to load a new volume's blocks from its snapshot, while it can be used already."""
    if volume.snapshot_id:
        backend = volume.ec2_backend
        after(
            "volume-initialization",
            initialization_id(volume),
            lambda work: None,
            following=made,
            account=backend.account_id,
            region=backend.region_name,
            volume=volume.id,
        )


def initialization_id(volume: Volume) -> str:
    """What the loading of a volume's blocks is known by."""
    return f"{volume.id}/initialization"


def vanish(volume: Volume) -> None:
    """Takes a volume away."""
    cancel(volume.id)
    cancel(initialization_id(volume))
    volume.ec2_backend.volumes.pop(volume.id, None)
    volume.ec2_backend.tags.pop(volume.id, None)


def _zone(call: Call) -> Zone:
    """The zone that the call names, by its name or its id."""
    name, zone_id = call.params.get("AvailabilityZone"), call.params.get("AvailabilityZoneId")
    if name and zone_id:
        message = "AvailabilityZone and AvailabilityZoneId may not both be specified"
        raise AwsError("InvalidParameterCombination", message)
    if not (name or zone_id):
        raise missing("AvailabilityZone")
    for zone in backend_of(call).describe_availability_zones():
        if name == zone.name or zone_id == zone.zone_id:
            return zone
    raise AwsError("InvalidZone.NotFound", f"The zone '{name or zone_id}' does not exist.")
