"""What RunInstances must be allowed on (Service Authorization Reference of EC2)."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.images import sharing as images
from resource_plane.ec2.instances import request, types
from resource_plane.ec2.volumes.making import asked_facts
from resource_plane.error import AwsError
from resource_plane.frame import Call


@resources("ec2", "RunInstances")
def launched(call: Call) -> list[Access]:
    """The instance, its interface and volumes to be, and all that they are made of."""
    asked, backend = request.of(call), backend_of(call)
    metadata = asked.get("MetadataOptions") or {}
    instance = {
        "ec2:InstanceType": asked.get("InstanceType") or types.DEFAULT,
        "ec2:EbsOptimized": bool(asked.get("EbsOptimized")),
        "ec2:InstanceProfile": (asked.get("IamInstanceProfile") or {}).get("Arn"),
        "ec2:MetadataHttpTokens": metadata.get("HttpTokens"),
        "ec2:MetadataHttpEndpoint": metadata.get("HttpEndpoint"),
        "ec2:RootDeviceType": "ebs",
        "ec2:Tenancy": (asked.get("Placement") or {}).get("Tenancy", "default"),
    }
    subnet_ids, group_ids = _network(asked)
    return [
        tags.access(call, "image", asked.get("ImageId", "*")),
        tags.to_be_made(call, "instance", instance),
        tags.to_be_made(call, "network-interface"),
        *_volumes(call, asked),
        *(tags.access(call, "subnet", it, _of_subnet(backend, it)) for it in subnet_ids),
        *(tags.access(call, "security-group", it) for it in group_ids),
        *([tags.access(call, "key-pair", asked["KeyName"])] if asked.get("KeyName") else []),
    ]


def _volumes(call: Call, asked: dict[str, Any]) -> list[Access]:
    """One volume to be for each device, and the snapshots that the request names itself."""
    given = {
        it.get("DeviceName"): it.get("Ebs") or {}
        for it in asked.get("BlockDeviceMappings") or ()
        if "NoDevice" not in it
    }
    left_out = {
        it.get("DeviceName") for it in asked.get("BlockDeviceMappings") or () if "NoDevice" in it
    }
    merged = {
        name: dict(ebs) | given.pop(name, {})
        for name, ebs in _of_image(call, asked).items()
        if name not in left_out
    } | given
    found = [
        tags.to_be_made(call, "volume", asked_facts(ebs, ebs.get("VolumeSize")))
        for ebs in merged.values()
    ]
    snapshots = {ebs["SnapshotId"] for ebs in merged.values() if ebs.get("SnapshotId")}
    return found + [tags.access(call, "snapshot", it) for it in sorted(snapshots)]


def _of_image(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    """The devices of the AMI; what a missing one is answered with is the call's own matter."""
    try:
        return images.visible(call, asked.get("ImageId") or "").devices
    except AwsError:
        return {}


def _network(asked: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The subnets and security groups that the request names."""
    interfaces = asked.get("NetworkInterfaces") or ()
    subnets = [asked.get("SubnetId"), *(it.get("SubnetId") for it in interfaces)]
    groups = list(asked.get("SecurityGroupIds") or ())
    groups += [group for it in interfaces for group in it.get("Groups") or ()]
    return [it for it in subnets if it], groups


def _of_subnet(backend: EC2Backend, subnet_id: str) -> dict[str, Any]:
    for in_zone in backend.subnets.values():
        if subnet_id in in_zone:
            subnet = in_zone[subnet_id]
            vpc = f"arn:aws:ec2:{backend.region_name}:{backend.account_id}:vpc/{subnet.vpc_id}"
            return {"ec2:AvailabilityZone": subnet.availability_zone, "ec2:Vpc": vpc}
    return {}
