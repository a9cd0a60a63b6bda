"""What an instance is launched with: an AMI, a key pair, an instance profile."""

from __future__ import annotations

import json
from dataclasses import dataclass

from botocore.exceptions import ClientError

from restore.cloud import Cloud
from restore.place import Place
from restore.waiting import eventually

ROOT_DEVICE = "/dev/xvda"


@dataclass(frozen=True)
class Kind:
    """A kind of AMI, by what its instances boot by."""

    name: str
    architecture: str
    boot_mode: str


GRAVITON = Kind("al2023-ami-arm64", "arm64", "uefi")
INTEL = Kind("amzn2-ami-x86_64", "x86_64", "legacy-bios")


def image(cloud: Cloud, place: Place, kind: Kind = GRAVITON) -> str:
    """The id of an AMI of the place that is of this kind, made at first use."""
    ec2 = cloud.client("ec2", place)
    named = [{"Name": "name", "Values": [kind.name]}]
    found = ec2.describe_images(Owners=["self"], Filters=named)["Images"]
    if found:
        return found[0]["ImageId"]
    root = {"SnapshotId": _system_snapshot(cloud, place, kind.name), "DeleteOnTermination": True}
    made = ec2.register_image(
        Name=kind.name,
        Architecture=kind.architecture,
        BootMode=kind.boot_mode,
        VirtualizationType="hvm",
        EnaSupport=True,
        RootDeviceName=ROOT_DEVICE,
        BlockDeviceMappings=[{"DeviceName": ROOT_DEVICE, "Ebs": root}],
    )["ImageId"]
    eventually(
        "the AMI",
        lambda: ec2.describe_images(ImageIds=[made])["Images"][0]["State"] == "available",
    )
    return made


def _system_snapshot(cloud: Cloud, place: Place, description: str) -> str:
    ec2 = cloud.client("ec2", place)
    volume = ec2.create_volume(AvailabilityZone=place.zone(), Size=8)["VolumeId"]
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume], WaiterConfig={"Delay": 1})
    snapshot = ec2.create_snapshot(VolumeId=volume, Description=description)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot], WaiterConfig={"Delay": 1})
    ec2.delete_volume(VolumeId=volume)
    return snapshot


def key_pair(cloud: Cloud, place: Place, name: str) -> None:
    """Sees to it that the key pair exists."""
    try:
        cloud.client("ec2", place).create_key_pair(KeyName=name)
    except ClientError as error:
        _pass_over(error, "InvalidKeyPair.Duplicate")


def instance_profile(cloud: Cloud, place: Place, name: str, passable: bool = True) -> None:
    """Sees to it that the instance profile exists, and that the restore role may pass its role.

    Unless it is `passable`, the restore role is left without that.
    """
    iam = cloud.client("iam", place)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    try:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    except ClientError as error:
        _pass_over(error, "EntityAlreadyExists")
        return
    if passable:
        cloud.allow_keys(place.account, pass_roles=[role["Arn"]])


def _pass_over(error: ClientError, code: str) -> None:
    if error.response["Error"]["Code"] != code:
        raise error
