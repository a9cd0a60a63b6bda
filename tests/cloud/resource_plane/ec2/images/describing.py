"""What AMIs look like, and which of them a caller sees."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from resource_plane.ec2 import tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.filters import Readers, selected
from resource_plane.ec2.images import sharing
from resource_plane.ec2.images.model import Image
from resource_plane.ec2.pages import page
from resource_plane.frame import Call, Proceed, rule

READERS: Readers[Image] = {
    "architecture": lambda it: it.architecture,
    "block-device-mapping.delete-on-termination": lambda it: _of_devices(it, "DeleteOnTermination"),
    "block-device-mapping.device-name": lambda it: list(it.devices),
    "block-device-mapping.encrypted": lambda it: _of_devices(it, "Encrypted"),
    "block-device-mapping.snapshot-id": lambda it: sorted(it.snapshot_ids),
    "block-device-mapping.volume-size": lambda it: _of_devices(it, "VolumeSize"),
    "block-device-mapping.volume-type": lambda it: _of_devices(it, "VolumeType"),
    "boot-mode": lambda it: it.boot_mode,
    "creation-date": lambda it: it.creation_date,
    "description": lambda it: it.description,
    "ena-support": lambda it: it.ena_support,
    "hypervisor": lambda it: it.hypervisor,
    "image-id": lambda it: it.id,
    "image-type": lambda it: it.image_type,
    "is-public": lambda it: it.is_public,
    "kernel-id": lambda it: it.kernel_id,
    "name": lambda it: it.name,
    "owner-alias": lambda it: it.owner_alias,
    "owner-id": lambda it: it.owner_id,
    "platform": lambda it: it.platform,
    "ramdisk-id": lambda it: it.ramdisk_id,
    "root-device-name": lambda it: it.root_device_name,
    "root-device-type": lambda it: it.root_device_type,
    "source-instance-id": lambda it: it.instance_id,
    "state": lambda it: it.state,
    "sriov-net-support": lambda it: it.sriov,
    "virtualization-type": lambda it: it.virtualization_type,
}


@rule("ec2", "DescribeImages")
def describe_images(call: Call, _: Proceed) -> Any:
    """The AMIs that the caller may launch, or those of them that it asks for."""
    ids, owners = call.params.get("ImageIds") or (), call.params.get("Owners") or ()
    users = call.params.get("ExecutableUsers") or ()
    seen = [sharing.visible(call, one) for one in ids] if ids else sharing.all_visible(call)
    if owners:
        wanted = {call.account if owner == "self" else owner for owner in owners}
        seen = [it for it in seen if it.owner_id in wanted or it.owner_alias in wanted]
    if users:
        seen = [it for it in seen if any(_executable_by(it, one, call) for one in users)]
    found = selected(call, seen, READERS, lambda it: tags.of(backend_of(call), it.id))
    items, following = page(call, found)
    return ActionResult({"Images": [described(it, call) for it in items], "NextToken": following})


def described(image: Image, call: Call) -> dict[str, Any]:
    """An AMI as BC:ec2.Image, with the tags that the caller's account has given it."""
    return {
        "ImageId": image.id,
        "ImageLocation": image.image_location,
        "State": image.state,
        "OwnerId": image.owner_id,
        "CreationDate": image.creation_date,
        "Public": image.is_public,
        "Architecture": image.architecture,
        "ImageType": image.image_type,
        "KernelId": image.kernel_id,
        "RamdiskId": image.ramdisk_id,
        "Platform": image.platform,
        "PlatformDetails": image.platform_details,
        "UsageOperation": image.usage_operation,
        "BlockDeviceMappings": image.block_device_mappings,
        "Description": image.description or None,
        "EnaSupport": image.ena_support,
        "Hypervisor": image.hypervisor,
        "Name": image.name,
        "RootDeviceName": image.root_device_name,
        "RootDeviceType": image.root_device_type,
        "SriovNetSupport": image.sriov,
        "Tags": tags.as_list(tags.of(backend_of(call), image.id)) or None,
        "VirtualizationType": image.virtualization_type,
        "BootMode": image.boot_mode,
        "TpmSupport": image.tpm_support,
        "ImdsSupport": image.imds_support,
        "SourceInstanceId": image.instance_id,
    }


def _executable_by(image: Image, who: str, call: Call) -> bool:
    """BC:ec2.DescribeImages ExecutableUsers: `self`, `all`, or an account's id."""
    if who == "all":
        return image.is_public
    account = call.account if who == "self" else who
    return sharing.explicitly(image, account)


def _of_devices(image: Image, name: str) -> list[Any]:
    return [ebs[name] for ebs in image.devices.values() if name in ebs]
