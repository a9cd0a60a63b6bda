"""The volumes that a new instance starts with: its AMI's, changed as the request says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resource_plane.ec2.images.model import Image
from resource_plane.ec2.parameters import missing
from resource_plane.ec2.snapshots import sharing
from resource_plane.ec2.snapshots.model import Snapshot
from resource_plane.ec2.volumes import limits
from resource_plane.ec2.volumes.attaching import DEVICE
from resource_plane.ec2.volumes.planning import Plan, plan
from resource_plane.error import AwsError
from resource_plane.frame import Call


@dataclass(frozen=True)
class Device:
    """One volume that a new instance gets."""

    name: str
    plan: Plan
    delete_on_termination: bool


def devices(call: Call, image: Image, asked: Mapping[str, Any]) -> list[Device]:
    """The devices of an instance of `image`; a mapping of the request goes before the AMI's.

    EC2/block-device-mapping-concepts: `NoDevice` leaves a device of the AMI out; the root device
    stays, and stays on its snapshot.
    """
    found, named = dict(image.devices), set()
    for mapping in asked.get("BlockDeviceMappings") or ():
        name = mapping.get("DeviceName")
        if not name:
            raise missing("deviceName")
        # GH:hashicorp/terraform#7233 and GH:aws/aws-cli#1071 have the words.
        if name in named:
            raise _invalid(f"The device '{name}' is used in more than one block-device mapping")
        if name not in image.devices and not DEVICE.fullmatch(name):
            raise _invalid(f"Invalid device name {name}")
        named.add(name)
        if "NoDevice" in mapping:
            if name == image.root_device_name:
                raise _invalid("The root device cannot be left out")
            found.pop(name, None)
        elif not mapping.get("VirtualName"):
            # Instance store volumes (VirtualName) hold nothing that could be described.
            found[name] = _changed(image, name, mapping.get("Ebs") or {})
    return [_device(call, image, name, ebs) for name, ebs in found.items()]


def _changed(image: Image, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a device of the AMI with the request's over them; or a new device's."""
    own = dict(image.devices.get(name, {}))
    snapshot_id = asked.get("SnapshotId")
    if name == image.root_device_name and snapshot_id not in (None, own.get("SnapshotId")):
        raise _invalid("snapshotId cannot be modified on root device")
    if asked.get("VolumeType") not in (None, own.get("VolumeType")):
        # Those of another type.
        own.pop("Iops", None)
        own.pop("Throughput", None)
    if snapshot_id not in (None, own.get("SnapshotId")):
        own.pop("VolumeSize", None)
    if own.get("SnapshotId"):
        # What the AMI says of encryption is its snapshot's, and comes with it.
        own.pop("Encrypted", None)
    return own | dict(asked)


def _device(call: Call, image: Image, name: str, ebs: Mapping[str, Any]) -> Device:
    snapshot = _snapshot(call, image, ebs.get("SnapshotId"))
    if snapshot is not None and ebs.get("Encrypted") is False and snapshot.encrypted:
        # BC:ec2.EbsBlockDevice.Encrypted: encryption cannot be taken away.
        raise _invalid("the encrypted flag cannot be false for an encrypted snapshot")
    planned = plan(call, ebs, ebs.get("VolumeSize"), snapshot, "InvalidBlockDeviceMapping")
    if name == image.root_device_name and not limits.limits(planned.volume_type).bootable:
        message = f"Booting from volume type {planned.volume_type} is not supported"
        raise AwsError("BootForVolumeTypeUnsupported", message)
    # BC:ec2.TerminateInstances: "By default, Amazon EC2 deletes all EBS volumes that were
    # attached when the instance launched."
    return Device(name, planned, ebs.get("DeleteOnTermination", True))


def _snapshot(call: Call, image: Image, snapshot_id: str | None) -> Snapshot | None:
    """A device's snapshot; those of an AMI may be used by whoever may launch it."""
    if snapshot_id is None:
        return None
    if snapshot_id not in image.snapshot_ids:
        return sharing.usable(call, snapshot_id)
    found = sharing.named(call.region, snapshot_id)
    if found is None:
        raise sharing.not_found(snapshot_id)
    sharing.not_archived(found)
    return found


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidBlockDeviceMapping", message)
