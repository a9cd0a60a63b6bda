"""Deleting volumes."""

from __future__ import annotations

from typing import Any

from moto.core.responses import EmptyResult

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.transitions import after
from resource_plane.ec2.volumes.attaching import volume_facts
from resource_plane.ec2.volumes.making import vanish
from resource_plane.ec2.volumes.model import Volume
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule


@resources("ec2", "DeleteVolume")
def deleted(call: Call) -> list[Access]:
    """The volume."""
    volume_id = call.params.get("VolumeId", "*")
    volume = backend_of(call).volumes.get(volume_id)
    return [tags.access(call, "volume", volume_id, volume_facts(volume) if volume else None)]


@rule("ec2", "DeleteVolume")
def delete_volume(call: Call, _: Proceed) -> Any:
    """Begins to delete a volume that nothing uses."""
    volume = find.volume(backend_of(call), call.params["VolumeId"])
    if volume.attached:
        by = ", ".join(attachment.instance.id for attachment in volume.attached)
        raise AwsError("VolumeInUse", f"Volume {volume.id} is currently attached to {by}")
    # BC:ec2.DeleteVolume: "The volume must be in the available state".
    if volume.state not in ("available", "error"):
        raise AwsError("IncorrectState", f"The volume '{volume.id}' is '{volume.state}'")
    delete(volume)
    return EmptyResult()


def delete(volume: Volume) -> None:
    """Begins to delete a volume, whoever asked for it."""
    volume.state = "deleting"
    after(
        "volume-deletion",
        volume.id,
        lambda _: vanish(volume),
        account=volume.ec2_backend.account_id,
        region=volume.ec2_backend.region_name,
    )
