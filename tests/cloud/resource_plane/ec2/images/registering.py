"""Registering AMIs, from snapshots or from an instance, and deregistering them."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.utils import random_ami_id

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import find, quotas, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.images import sharing
from resource_plane.ec2.images.model import Image
from resource_plane.ec2.instances.model import Instance
from resource_plane.ec2.snapshots import sharing as snapshots
from resource_plane.ec2.snapshots.making import facts, take
from resource_plane.ec2.transitions import after
from resource_plane.ec2.volumes import limits
from resource_plane.ec2.volumes.planning import plan
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Work

NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")


@resources("ec2", "RegisterImage")
def image_and_snapshots(call: Call) -> list[Access]:
    """The AMI to be, and the snapshots that it is made of."""
    mappings = call.params.get("BlockDeviceMappings") or ()
    ids = [it["Ebs"]["SnapshotId"] for it in mappings if (it.get("Ebs") or {}).get("SnapshotId")]
    return [tags.to_be_made(call, "image"), *(tags.access(call, "snapshot", it) for it in ids)]


@rule("ec2", "RegisterImage")
def register_image(call: Call, _: Proceed) -> Any:
    """Makes an AMI of snapshots; it can be launched at once."""
    new_name(call)
    if call.params.get("ImageLocation"):
        message = "Instance store-backed AMIs are not supported"
        raise AwsError("UnsupportedOperation", message)
    devices = {
        it.get("DeviceName") or "": _device(call, it.get("Ebs") or {})
        for it in call.params.get("BlockDeviceMappings") or ()
        if "NoDevice" not in it and not it.get("VirtualName")
    }
    root = call.params.get("RootDeviceName")
    if not root or not devices.get(root, {}).get("SnapshotId"):
        message = "The root device must be mapped to a snapshot"
        raise AwsError("InvalidBlockDeviceMapping", message)
    made = Image(backend_of(call), random_ami_id(), call.params, devices)
    register(call, made)
    return ActionResult({"ImageId": made.id})


@resources("ec2", "CreateImage")
def image_of_instance(call: Call) -> list[Access]:
    """The instance, and the AMI and snapshots to be."""
    return [
        tags.access(call, "instance", call.params.get("InstanceId", "*")),
        tags.to_be_made(call, "image"),
        tags.to_be_made(call, "snapshot"),
    ]


@rule("ec2", "CreateImage")
def create_image(call: Call, _: Proceed) -> Any:
    """Begins an AMI of an instance, with snapshots of its volumes."""
    new_name(call)
    instance = find.instance(backend_of(call), call.params["InstanceId"])
    if instance.state not in ("running", "stopped"):
        message = f"The instance '{instance.id}' is '{instance.state}'"
        raise AwsError("IncorrectState", message)
    quotas.snapshots(backend_of(call), (it.volume.id for it in instance.attached.values()))
    devices = {name: _taken(call, instance, name) for name in instance.attached}
    settings = {
        "Name": call.params["Name"],
        "Description": call.params.get("Description"),
        "Architecture": instance.architecture,
        "VirtualizationType": instance.virtualization_type,
        "BootMode": instance.boot_mode,
        "EnaSupport": instance.ena_support,
        "TpmSupport": instance.tpm_support,
        "Platform": instance.platform,
        "PlatformDetails": instance.platform_details,
        "UsageOperation": instance.usage_operation,
        "RootDeviceName": instance.root_device_name,
    }
    made = Image(backend_of(call), random_ami_id(), settings, devices, instance.id)
    made.state = "pending"

    def created(work: Work) -> None:
        made.state = work.failure.state if work.failure else "available"

    register(call, made)
    after("image", made.id, created, **facts(call), instance=instance.id)
    return ActionResult({"ImageId": made.id})


@resources("ec2", "DeregisterImage", "DescribeImageAttribute", "ModifyImageAttribute")
def image(call: Call) -> list[Access]:
    """The AMI."""
    return [tags.access(call, "image", call.params.get("ImageId", "*"))]


@rule("ec2", "ModifyImageAttribute", "DescribeImageAttribute")
def of_own_image(call: Call, proceed: Proceed) -> Any:
    """Only an AMI's owner may change or see whom it is shared with."""
    sharing.own(call, call.params["ImageId"])
    return proceed()


@rule("ec2", "DeregisterImage")
def deregister_image(call: Call, _: Proceed) -> Any:
    """Takes an AMI away; its snapshots stay."""
    found = sharing.own(call, call.params["ImageId"])
    del backend_of(call).amis[found.id]
    backend_of(call).tags.pop(found.id, None)
    return ActionResult({"Return": True})


def register(call: Call, made: Image) -> None:
    """Puts a new AMI among those of the account, with the tags that the call gives it."""
    backend = backend_of(call)
    backend.amis[made.id] = made
    tags.set_on(backend, made.id, call, "image")


def new_name(call: Call) -> None:
    """Refuses a name that is malformed, or that an AMI of the account has already."""
    name = call.params["Name"]
    if not NAME.fullmatch(name):
        message = f"AMI name '{name}' is not valid: 3 to 128 letters, digits and ()[] ./-'@_"
        raise AwsError("InvalidAMIName.Malformed", message)
    for found in backend_of(call).amis.values():
        if found.name == name:
            message = f"AMI name {name} is already in use by AMI {found.id}"
            raise AwsError("InvalidAMIName.Duplicate", message)


def _device(call: Call, ebs: dict[str, Any]) -> dict[str, Any]:
    """A device's volume, as every instance of the AMI will have it."""
    snapshot_id = ebs.get("SnapshotId")
    if snapshot_id and "Encrypted" in ebs:
        # BC:ec2.RegisterImageRequest: "you can't specify the encryption state of the volume".
        message = "The encryption state of a volume made from a snapshot cannot be specified"
        raise AwsError("InvalidBlockDeviceMapping", message)
    snapshot = snapshots.usable(call, snapshot_id) if snapshot_id else None
    planned = plan(call, ebs, ebs.get("VolumeSize"), snapshot, "InvalidBlockDeviceMapping")
    encrypted = snapshot.encrypted if snapshot else bool(ebs.get("Encrypted"))
    return {
        "SnapshotId": snapshot_id,
        "DeleteOnTermination": ebs.get("DeleteOnTermination", True),
        "Encrypted": encrypted,
    } | _performance(planned.volume_type, planned.size, planned.iops, planned.throughput)


def _taken(call: Call, instance: Instance, device: str) -> dict[str, Any]:
    """A device of an instance, with a new snapshot of its volume."""
    attachment = instance.attached[device]
    volume = attachment.volume
    return {
        "SnapshotId": take(call, volume, {}).id,
        "DeleteOnTermination": attachment.delete_on_termination,
        "Encrypted": volume.encrypted,
    } | _performance(volume.volume_type, volume.size, volume.iops, volume.throughput)


def _performance(
    volume_type: str, size: int, iops: int | None, throughput: int | None
) -> dict[str, Any]:
    """What an AMI says of a volume's speed: only what can be asked for of its type."""
    of = limits.limits(volume_type)
    said = {"VolumeSize": size, "VolumeType": volume_type}
    if of.iops:
        said["Iops"] = iops
    if of.throughput:
        said["Throughput"] = throughput
    return said
