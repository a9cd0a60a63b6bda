"""Snapshots, volumes, instances and what they need, for the tests of EC2's rules."""

import base64
import functools

import pytest
from aws import NEAR, SOURCE, TARGET, client, key, key_policy, root, rules, statement, unique
from botocore.exceptions import ClientError

KINDS = [
    "attachment",
    "detachment",
    "image",
    "instance",
    "instance-status",
    "instance-stop",
    "instance-termination",
    "snapshot",
    "snapshot-copy",
    "snapshot-tier",
    "ssm-agent",
    "volume",
    "volume-deletion",
    "volume-initialization",
    "volume-modification",
    "volume-optimization",
]
ENDLESS = 3600

ROOT = "/dev/xvda"
ZONE, OTHER_ZONE = f"{NEAR}a", f"{NEAR}b"

USE = ["kms:DescribeKey", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]


@pytest.fixture
def at_once(settings):
    """All work of EC2 is done by the next call."""
    settings(durations=dict.fromkeys(KINDS, 0))


def fails(kind, state, message="", **match):
    """Makes the next work of a kind that matches end badly."""
    rules("POST", "failures", {"kind": kind, "state": state, "message": message, "match": match})


def ec2(caller=SOURCE, region=NEAR):
    """A client of EC2; an account's is made once, which takes longer than most calls."""
    if isinstance(caller, str):
        return _administrators(caller, region)
    return client("ec2", caller, region)


@functools.cache
def _administrators(account, region):
    return client("ec2", account, region)


def shared_key(account=SOURCE, region=NEAR, users=TARGET, actions=USE, grants=True):
    """The ARN of a key that the account (or role) `users` may use, with grants for AWS or not."""
    principal = {"AWS": users if users.startswith("arn:") else root(users)}
    more = [statement("Allow", actions, Principal=principal)]
    if grants:
        for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        more.append(statement("Allow", "kms:CreateGrant", Principal=principal, Condition=for_aws))
    return key(account, region, key_policy(account, *more))


def under(key_arn):
    """The settings of a volume or copy under a key."""
    return {"Encrypted": True, "KmsKeyId": key_arn}


def volume(caller=SOURCE, region=NEAR, **settings):
    """The id of a new volume of 1 GiB, or as its snapshot and `settings` have it."""
    size = {} if "SnapshotId" in settings else {"Size": 1}
    asked = {"AvailabilityZone": f"{region}a"} | size | settings
    return ec2(caller, region).create_volume(**asked)["VolumeId"]


def volume_now(volume_id, caller=SOURCE, region=NEAR):
    """The volume as it is now, or None where there is none."""
    return _found(
        lambda: ec2(caller, region).describe_volumes(VolumeIds=[volume_id])["Volumes"],
        "InvalidVolume.NotFound",
    )


def snapshot(caller=SOURCE, region=NEAR, **settings):
    """The id of a snapshot of a new volume with these settings."""
    of = volume(caller, region, **settings)
    return ec2(caller, region).create_snapshot(VolumeId=of)["SnapshotId"]


def snapshot_now(snapshot_id, caller=SOURCE, region=NEAR):
    """The snapshot as it is now, or None where the caller sees none."""
    return _found(
        lambda: ec2(caller, region).describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"],
        "InvalidSnapshot.NotFound",
    )


def share(snapshot_id, *accounts, operation="add", caller=SOURCE, region=NEAR):
    """Shares a snapshot with accounts, or takes that back."""
    ec2(caller, region).modify_snapshot_attribute(
        SnapshotId=snapshot_id,
        Attribute="createVolumePermission",
        OperationType=operation,
        UserIds=list(accounts),
    )


def shared_snapshot(*accounts, **settings):
    """The id of a snapshot of SOURCE that is shared with TARGET, or with `accounts`."""
    made = snapshot(**settings)
    share(made, *(accounts or (TARGET,)))
    return made


def copy(snapshot_id, caller=TARGET, region=NEAR, source_region=NEAR, **settings):
    """The id of a copy."""
    return ec2(caller, region).copy_snapshot(
        SourceSnapshotId=snapshot_id, SourceRegion=source_region, **settings
    )["SnapshotId"]


def copied(snapshot_id, caller=TARGET, region=NEAR, source_region=NEAR, **settings):
    """A copy, when it has ended."""
    made = copy(snapshot_id, caller, region, source_region, **settings)
    return snapshot_now(made, caller, region)


def image(caller=SOURCE, region=NEAR, root_snapshot=None, devices=(), **settings):
    """The id of a new AMI for x86 whose root device is ROOT, with further devices."""
    root_device = {"SnapshotId": root_snapshot or snapshot(caller, region, Size=8)}
    asked = {
        "Name": unique("image"),
        "Architecture": "x86_64",
        "VirtualizationType": "hvm",
        "EnaSupport": True,
        "RootDeviceName": ROOT,
        "BlockDeviceMappings": [{"DeviceName": ROOT, "Ebs": root_device}, *devices],
    }
    return ec2(caller, region).register_image(**asked | settings)["ImageId"]


def network(caller=SOURCE, region=NEAR, zone=None):
    """The ids of a new VPC and of its subnet in a zone."""
    made = ec2(caller, region).create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    zone = zone or f"{region}a"
    inside = {"VpcId": made, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": zone}
    return made, ec2(caller, region).create_subnet(**inside)["Subnet"]["SubnetId"]


def subnet(caller=SOURCE, region=NEAR, zone=None):
    """The id of a new subnet."""
    return network(caller, region, zone)[1]


def group(vpc, caller=SOURCE, region=NEAR):
    """The id of a new security group of a VPC."""
    name = unique("group")
    return ec2(caller, region).create_security_group(GroupName=name, Description=name, VpcId=vpc)[
        "GroupId"
    ]


def launch(caller=SOURCE, region=NEAR, **settings):
    """The id of a new instance."""
    return launched(caller, region, **settings)["InstanceId"]


def launched(caller=SOURCE, region=NEAR, **settings):
    """What RunInstances answers for one new instance."""
    account = caller if isinstance(caller, str) else SOURCE
    asked = {"InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    asked |= {} if "ImageId" in settings else {"ImageId": image(account, region)}
    if not settings.keys() & {"SubnetId", "NetworkInterfaces", "Placement"}:
        asked["SubnetId"] = subnet(account, region)
    return ec2(caller, region).run_instances(**asked | settings)["Instances"][0]


def instance_now(instance_id, caller=SOURCE, region=NEAR):
    """The instance as it is now."""
    told = ec2(caller, region).describe_instances(InstanceIds=[instance_id])
    return told["Reservations"][0]["Instances"][0]


def state(instance_id, caller=SOURCE, region=NEAR):
    """The name of an instance's state."""
    return instance_now(instance_id, caller, region)["State"]["Name"]


def devices(instance_id, caller=SOURCE, region=NEAR):
    """What is attached to an instance: device name to its Ebs description."""
    mappings = instance_now(instance_id, caller, region)["BlockDeviceMappings"]
    return {it["DeviceName"]: it["Ebs"] for it in mappings}


def attach(volume_id, instance_id, device="/dev/sdf", caller=SOURCE):
    """Attaches a volume."""
    return ec2(caller).attach_volume(VolumeId=volume_id, InstanceId=instance_id, Device=device)


def encoded(text):
    """Text as base64, in which the API takes user data."""
    return base64.b64encode(text.encode()).decode()


def _found(look, code):
    try:
        found = look()
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return None
    return found[0] if found else None
