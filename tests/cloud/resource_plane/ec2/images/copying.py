"""Copying AMIs, with their snapshots, within a Region or to another."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.utils import random_ami_id

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import idempotency, quotas, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.arns import arn
from resource_plane.ec2.images import sharing
from resource_plane.ec2.images.model import Image
from resource_plane.ec2.images.registering import new_name, register
from resource_plane.ec2.snapshots import copying
from resource_plane.ec2.snapshots import sharing as snapshots
from resource_plane.ec2.snapshots.making import facts
from resource_plane.ec2.snapshots.model import Snapshot
from resource_plane.ec2.transitions import after
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Work


@resources("ec2", "CopyImage")
def source_and_copy(call: Call) -> list[Access]:
    """The AMI in its Region, and the AMI and snapshots to be (EC2/copy-ami-permissions)."""
    source, region = call.params.get("SourceImageId", "*"), call.params.get("SourceRegion", "*")
    return [
        Access(arn("image", source, region, call.account)),
        tags.to_be_made(call, "image"),
        tags.to_be_made(call, "snapshot"),
    ]


@rule("ec2", "CopyImage")
def copy_image(call: Call, _: Proceed) -> Any:
    """Begins a copy of an AMI, once for each client token; its snapshots are copied with it."""
    return ActionResult({"ImageId": idempotency.once(call, lambda: _copy(call)).id})


def _copy(call: Call) -> Image:
    region = call.params["SourceRegion"]
    if region not in ec2_backends[call.account].regions:
        raise AwsError("InvalidRegion", f"The region '{region}' does not exist")
    source = sharing.visible(call, call.params["SourceImageId"], region)
    new_name(call)
    sources = {name: _snapshot(region, ebs) for name, ebs in source.devices.items()}
    for snapshot in sources.values():
        if snapshot is not None and snapshot.owner_id != call.account:
            # EC2/copy-ami-permissions: the owner must give permission for the snapshots too.
            snapshots.usable(call, snapshot.id, region)
    quotas.copies(backend_of(call), sum(it is not None for it in sources.values()))
    devices = {}
    for name, ebs in source.devices.items():
        devices[name] = dict(ebs)
        if sources[name] is not None:
            description = f"Copied for DestinationAmi from SourceAmi {source.id}"
            copied = copying.begin(call, sources[name], region, description)
            devices[name] |= {"SnapshotId": copied.id, "Encrypted": copied.encrypted}
    made = Image(backend_of(call), random_ami_id(), _settings(call, source), devices)
    made.state = "pending"
    register(call, made)
    after("image", made.id, lambda work: _finish(made, work), **facts(call), source=source.id)
    return made


def _finish(made: Image, work: Work) -> None:
    """An AMI whose snapshots could not be copied has failed."""
    copies = made.ec2_backend.snapshots
    lost = any(it not in copies or copies[it].status == "error" for it in made.snapshot_ids)
    ended = "failed" if lost else "available"
    made.state = work.failure.state if work.failure else ended


def _snapshot(region: str, ebs: dict[str, Any]) -> Snapshot | None:
    snapshot_id = ebs.get("SnapshotId")
    return snapshots.named(region, snapshot_id) if snapshot_id else None


def _settings(call: Call, source: Image) -> dict[str, Any]:
    """What the copy has of its source; names, tags and permissions are its own."""
    return {
        "Name": call.params["Name"],
        "Description": call.params.get("Description"),
        "Architecture": source.architecture,
        "VirtualizationType": source.virtualization_type,
        "BootMode": source.boot_mode,
        "EnaSupport": source.ena_support,
        "SriovNetSupport": source.sriov,
        "TpmSupport": source.tpm_support,
        "ImdsSupport": source.imds_support,
        "Platform": source.platform,
        "PlatformDetails": source.platform_details,
        "UsageOperation": source.usage_operation,
        "RootDeviceName": source.root_device_name,
    }
