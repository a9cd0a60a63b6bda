"""What volumes look like."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.filters import Readers, selected
from resource_plane.ec2.pages import page
from resource_plane.ec2.volumes.model import Volume
from resource_plane.frame import Call, Proceed, rule

READERS: Readers[Volume] = {
    "attachment.attach-time": lambda it: [one.attach_time for one in it.attached],
    "attachment.delete-on-termination": lambda it: [
        one.delete_on_termination for one in it.attached
    ],
    "attachment.device": lambda it: [one.device for one in it.attached],
    "attachment.instance-id": lambda it: [one.instance.id for one in it.attached],
    "attachment.status": lambda it: [one.state for one in it.attached],
    "availability-zone": lambda it: it.zone.name,
    "availability-zone-id": lambda it: it.zone.zone_id,
    "create-time": lambda it: it.create_time,
    "encrypted": lambda it: it.encrypted,
    "fast-restored": lambda it: False,
    "multi-attach-enabled": lambda it: bool(it.multi_attach_enabled),
    "size": lambda it: it.size,
    "snapshot-id": lambda it: it.snapshot_id,
    "status": lambda it: it.state,
    "volume-id": lambda it: it.id,
    "volume-type": lambda it: it.volume_type,
}


@rule("ec2", "DescribeVolumes")
def describe_volumes(call: Call, _: Proceed) -> Any:
    """The account's volumes, or those of them that the call asks for."""
    items, following = chosen(call, READERS)
    return ActionResult({"Volumes": [described(it, call) for it in items], "NextToken": following})


def chosen(call: Call, readers: Readers[Volume]) -> tuple[list[Volume], Any]:
    """The volumes that a describe call asks for, by ids, filters and page."""
    backend, ids = backend_of(call), call.params.get("VolumeIds") or ()
    asked = [find.volume(backend, one) for one in dict.fromkeys(ids)]
    among = asked if ids else list(backend.volumes.values())
    return page(call, selected(call, among, readers, lambda it: tags.of(backend, it.id)))


def described(volume: Volume, call: Call) -> dict[str, Any]:
    """A volume as BC:ec2.Volume."""
    return {
        "VolumeId": volume.id,
        "Size": volume.size,
        "SnapshotId": volume.snapshot_id or "",
        "AvailabilityZone": volume.zone.name,
        "AvailabilityZoneId": volume.zone.zone_id,
        "State": volume.state,
        "CreateTime": volume.create_time,
        "Attachments": [attachment.described() for attachment in volume.attached],
        "Encrypted": volume.encrypted,
        "KmsKeyId": volume.kms_key_id,
        "VolumeType": volume.volume_type,
        "Iops": volume.iops,
        "Throughput": volume.throughput,
        "MultiAttachEnabled": bool(volume.multi_attach_enabled),
        "VolumeInitializationRate": volume.initialization_rate,
        "Tags": tags.as_list(tags.of(backend_of(call), volume.id)) or None,
    }
