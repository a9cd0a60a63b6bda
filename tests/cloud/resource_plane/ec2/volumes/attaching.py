"""Attaching volumes to instances, and detaching them."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import ebs_keys, find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.instances.model import Instance
from resource_plane.ec2.snapshots.making import facts
from resource_plane.ec2.transitions import after
from resource_plane.ec2.volumes import limits
from resource_plane.ec2.volumes.model import Attachment, Volume, connect, disconnect
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Work

DEVICE = re.compile(r"/dev/(?:sd|xvd)[a-z][a-z]?\d{0,2}|xvd[a-z][a-z]?|sd[a-z]\d{0,2}")
"""Device names that AWS takes (EC2/device_naming)."""

MOST_INSTANCES = 16
"""EBS/ebs-volumes-multi: a Multi-Attach volume has at most so many."""


@resources("ec2", "AttachVolume", "DetachVolume")
def volume_and_instance(call: Call) -> list[Access]:
    """The volume, with what policies may ask of it, and the instance."""
    volume_id, instance_id = call.params.get("VolumeId", "*"), call.params.get("InstanceId")
    volume = backend_of(call).volumes.get(volume_id)
    found = [tags.access(call, "volume", volume_id, volume_facts(volume) if volume else None)]
    if instance_id is None and volume is not None and volume.attached:
        instance_id = volume.attached[0].instance.id
    return found + ([tags.access(call, "instance", instance_id)] if instance_id else [])


def volume_facts(volume: Volume) -> dict[str, Any]:
    """The condition keys of a volume, by which for example unencrypted ones are kept out."""
    return {
        "ec2:AvailabilityZone": volume.zone.name,
        "ec2:Encrypted": volume.encrypted,
        "ec2:ParentSnapshot": volume.snapshot_id,
        "ec2:VolumeID": volume.id,
        "ec2:VolumeIops": volume.iops,
        "ec2:VolumeSize": volume.size,
        "ec2:VolumeThroughput": volume.throughput,
        "ec2:VolumeType": volume.volume_type,
    }


@rule("ec2", "AttachVolume")
def attach_volume(call: Call, _: Proceed) -> Any:
    """Begins to attach a volume; it stays when the instance ends, unless it is told otherwise."""
    backend, device = backend_of(call), call.params["Device"]
    volume = find.volume(backend, call.params["VolumeId"])
    instance = find.instance(backend, call.params["InstanceId"])
    _free(volume, instance)
    if instance.state not in ("running", "stopped"):
        raise AwsError("IncorrectState", f"Instance '{instance.id}' is not 'running'.")
    if volume.zone.name != instance.availability_zone:
        message = f"The volume '{volume.id}' is not in the same availability zone as instance"
        raise AwsError("InvalidVolume.ZoneMismatch", f"{message} '{instance.id}'")
    _free_device(instance, device)
    _bootable(volume, instance, device)
    if volume.encrypted:
        _accessible(call, volume)
    # BC:ec2.TerminateInstances: "Volumes attached after instance launch continue running."
    made = connect(volume, instance, device, delete_on_termination=False)
    volume.state = "in-use"

    def attached(_: Work) -> None:
        made.state = "attached"

    _work(call, "attachment", made, attached)
    return ActionResult(made.described())


def _free(volume: Volume, instance: Instance) -> None:
    if volume.attached and not (
        volume.multi_attach_enabled
        and len(volume.attached) < MOST_INSTANCES
        and all(one.instance is not instance for one in volume.attached)
    ):
        raise AwsError("VolumeInUse", f"{volume.id} is already attached to an instance")
    if volume.state not in ("available", "in-use"):
        raise AwsError("IncorrectState", f"{volume.id} is not 'available'.")
    if any(one.state == "modifying" for one in volume.modifications):
        # GH:hashicorp/terraform#24610.
        message = f"Cannot attach volume {volume.id} when it is in modification state: MODIFYING"
        raise AwsError("OperationNotPermitted", message)


def _free_device(instance: Instance, device: str) -> None:
    if not DEVICE.fullmatch(device):
        message = f"Value ({device}) for parameter device is invalid."
        raise AwsError(
            "InvalidParameterValue", f"{message} {device} is not a valid EBS device name."
        )
    if device in instance.attached:
        message = f"Invalid value '{device}' for unixDevice."
        raise AwsError(
            "InvalidParameterValue", f"{message} Attachment point {device} is already in use"
        )


def _bootable(volume: Volume, instance: Instance, device: str) -> None:
    """BC:ec2.CreateVolumeRequest.VolumeType: st1 and sc1 "can't be used as boot volumes"."""
    if device == instance.root_device_name and not limits.limits(volume.volume_type).bootable:
        message = f"Booting from volume type {volume.volume_type} is not supported"
        raise AwsError("BootForVolumeTypeUnsupported", message)


def _accessible(call: Call, volume: Volume) -> None:
    """EC2 needs a grant on the volume's key (EBS/how-ebs-encryption-works)."""
    reason = ebs_keys.unusable(
        call.caller, volume.kms_key_id, call.region, ebs_keys.ATTACHMENT, volume.id
    )
    if reason:
        message = f"The KMS key of volume {volume.id} cannot be accessed: {reason}"
        raise AwsError("CustomerKeyHasBeenRevoked", message)


@rule("ec2", "DetachVolume")
def detach_volume(call: Call, _: Proceed) -> Any:
    """Begins to detach a volume, the root volume only while the instance is stopped."""
    volume = find.volume(backend_of(call), call.params["VolumeId"])
    attachment = _attachment(call, volume)
    instance = attachment.instance
    if attachment.state == "detaching":
        message = f"Volume '{volume.id}' is in the 'detaching' state."
        raise AwsError("IncorrectState", message)
    if attachment.is_root and instance.state != "stopped":
        message = f"Unable to detach root volume '{volume.id}' from instance '{instance.id}'"
        raise AwsError("OperationNotPermitted", message)
    attachment.state = "detaching"
    _work(call, "detachment", attachment, lambda _: disconnect(attachment))
    return ActionResult(attachment.described())


def _attachment(call: Call, volume: Volume) -> Attachment:
    """The attachment that the call means; instance and device may be left out where it is clear."""
    instance_id, device = call.params.get("InstanceId"), call.params.get("Device")
    if instance_id:
        find.instance(backend_of(call), instance_id)
    if not volume.attached:
        raise AwsError("IncorrectState", f"Volume '{volume.id}' is in the '{volume.state}' state.")
    if len(volume.attached) > 1 and not instance_id:
        message = f"The volume '{volume.id}' is attached to several instances; name one"
        raise AwsError("InvalidParameterCombination", message)
    for attachment in volume.attached:
        if instance_id in (None, attachment.instance.id) and device in (None, attachment.device):
            return attachment
    message = f"The volume '{volume.id}' is not attached to instance '{instance_id}'"
    raise AwsError("InvalidAttachment.NotFound", f"{message} as device '{device}'")


def _work(call: Call, kind: str, attachment: Attachment, effect: Any) -> None:
    after(
        kind,
        attachment.id,
        effect,
        **facts(call),
        volume=attachment.volume.id,
        instance=attachment.instance.id,
    )
