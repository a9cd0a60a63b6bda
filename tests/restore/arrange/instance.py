"""A realistic EC2 source: an instance with three volumes under two keys, and its snapshots."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from restore.arrange.keys import source_key
from restore.arrange.launching import ROOT_DEVICE, image, instance_profile, key_pair
from restore.arrange.network import network
from restore.cloud import Cloud
from restore.place import Place
from restore.waiting import eventually

INSTANCE_TYPE = "m7g.large"


@dataclass(frozen=True)
class Volume:
    """A volume of the source instance."""

    device: str
    key: str | None
    """The alias of its key, without `alias/`; None for a volume that is not encrypted."""
    size: int
    volume_type: str = "gp3"
    iops: int | None = None
    throughput: int | None = None
    delete_on_termination: bool = False

    def ebs(self, cloud: Cloud, place: Place) -> dict[str, Any]:
        """The settings that CreateVolume and RunInstances both take."""
        asked = {
            "VolumeType": self.volume_type,
            "Iops": self.iops,
            "Throughput": self.throughput,
            "Encrypted": True if self.key else None,
            "KmsKeyId": key_arn(cloud, place, self.key) if self.key else None,
        }
        return {name: value for name, value in asked.items() if value is not None}


VOLUMES = (
    Volume(ROOT_DEVICE, "orders-system", 20, "gp3", 3000, 125, delete_on_termination=True),
    Volume("/dev/sdf", "orders-data", 100, "gp3", 4000, 200),
    Volume("/dev/sdg", "orders-data", 50, "io2", 2000, delete_on_termination=True),
)
"""The root volume first; the two others share a key that is not the root's."""


@dataclass(frozen=True)
class SnapshotSet:
    """The snapshots of an instance's volumes, taken at one time."""

    by_device: dict[str, str]
    taken_at: datetime


@dataclass(frozen=True)
class SourceInstance:
    """The instance that was, with all the snapshot sets taken of it, oldest first."""

    place: Place
    instance_id: str
    image_id: str
    volumes: tuple[Volume, ...]
    volume_ids: dict[str, str]
    """By device name."""
    sets: tuple[SnapshotSet, ...] = ()

    def with_set(self, taken: SnapshotSet) -> SourceInstance:
        """The same instance after one more snapshot set."""
        return replace(self, sets=(*self.sets, taken))


def key_arn(cloud: Cloud, place: Place, name: str) -> str:
    """The ARN of the key behind `alias/NAME`: AWS's own for `aws/…`, else a source key."""
    if name.startswith("aws/"):
        described = cloud.client("kms", place).describe_key(KeyId=f"alias/{name}")
        return described["KeyMetadata"]["Arn"]
    return source_key(cloud, place, name)


def source_instance(
    cloud: Cloud,
    place: Place,
    volumes: tuple[Volume, ...] = VOLUMES,
    sets: int = 1,
    zone: str = "a",
    user_data: str = "",
) -> SourceInstance:
    """Launches the instance in the zone and takes `sets` snapshot sets of it, one after the other.

    Each set is of another second, since EC2 tells when a snapshot was begun no more precisely.
    """
    instance = _launch(cloud, place, volumes, zone, user_data)
    for _ in range(sets):
        if instance.sets:
            next_second = instance.sets[-1].taken_at + timedelta(seconds=1)
            time.sleep(max(0.0, (next_second - datetime.now(UTC)).total_seconds()))
        instance = instance.with_set(snapshot_set(cloud, instance))
    return instance


def snapshot_set(cloud: Cloud, instance: SourceInstance, wait: bool = True) -> SnapshotSet:
    """Takes a snapshot of every volume of the instance at once."""
    ec2 = cloud.client("ec2", instance.place)
    taken = ec2.create_snapshots(
        Description=f"nightly {instance.instance_id}",
        InstanceSpecification={"InstanceId": instance.instance_id},
        CopyTagsFromSource="volume",
    )["Snapshots"]
    ids = [it["SnapshotId"] for it in taken]

    def completed() -> list[dict[str, Any]]:
        described = ec2.describe_snapshots(SnapshotIds=ids)["Snapshots"]
        done = all(it["State"] == "completed" for it in described)
        return described if done or not wait else []

    described = eventually("the snapshot set", completed)
    devices = {volume: device for device, volume in instance.volume_ids.items()}
    return SnapshotSet(
        by_device={devices[it["VolumeId"]]: it["SnapshotId"] for it in described},
        taken_at=max(it["StartTime"] for it in described),
    )


def copied_snapshot(cloud: Cloud, instance: SourceInstance, device: str) -> str:
    """Begins a copy of the device's newest snapshot, where it is and under its key; its id."""
    place = instance.place
    [key] = [it.key for it in instance.volumes if it.device == device]
    return cloud.client("ec2", place).copy_snapshot(
        SourceRegion=place.region,
        SourceSnapshotId=instance.sets[-1].by_device[device],
        Encrypted=True,
        KmsKeyId=key_arn(cloud, place, key),
    )["SnapshotId"]


def image_set(cloud: Cloud, instance: SourceInstance, wait: bool = True) -> SnapshotSet:
    """Takes an AMI of the instance; the snapshots that come with it."""
    ec2 = cloud.client("ec2", instance.place)
    made = ec2.create_image(
        Name=f"backup-{instance.instance_id}-{secrets.token_hex(4)}",
        InstanceId=instance.instance_id,
        NoReboot=True,
    )["ImageId"]

    def available() -> dict[str, Any] | None:
        [seen] = ec2.describe_images(ImageIds=[made])["Images"]
        return seen if seen["State"] == "available" or not wait else None

    mappings = eventually("the AMI", available)["BlockDeviceMappings"]
    by_device = {it["DeviceName"]: it["Ebs"]["SnapshotId"] for it in mappings if "Ebs" in it}
    taken = ec2.describe_snapshots(SnapshotIds=list(by_device.values()))["Snapshots"]
    return SnapshotSet(by_device, max(it["StartTime"] for it in taken))


def _launch(
    cloud: Cloud, place: Place, volumes: tuple[Volume, ...], zone: str, user_data: str
) -> SourceInstance:
    ec2, net = cloud.client("ec2", place), network(cloud, place)
    key_pair(cloud, place, "ops")
    instance_profile(cloud, place, "orders")
    root, *others = volumes
    image_id = image(cloud, place)
    ebs = root.ebs(cloud, place) | {
        "VolumeSize": root.size,
        "DeleteOnTermination": root.delete_on_termination,
    }
    instance = ec2.run_instances(
        ImageId=image_id,
        InstanceType=INSTANCE_TYPE,
        SubnetId=net.subnets["ab".index(zone)],
        SecurityGroupIds=[net.groups[0]],
        KeyName="ops",
        IamInstanceProfile={"Name": "orders"},
        BlockDeviceMappings=[{"DeviceName": root.device, "Ebs": ebs}],
        TagSpecifications=[_tags("instance"), _tags("volume")],
        MinCount=1,
        MaxCount=1,
        **({"UserData": user_data} if user_data else {}),
    )["Instances"][0]["InstanceId"]
    _wait_for_state(ec2, instance, "running")
    for volume in others:
        _attach(cloud, place, instance, volume, zone)
    ec2.modify_instance_attribute(
        InstanceId=instance,
        BlockDeviceMappings=[
            {"DeviceName": it.device, "Ebs": {"DeleteOnTermination": it.delete_on_termination}}
            for it in volumes
        ],
    )
    mappings = _wait_for_state(ec2, instance, "running")["BlockDeviceMappings"]
    attached = {it["DeviceName"]: it["Ebs"]["VolumeId"] for it in mappings}
    return SourceInstance(place, instance, image_id, volumes, attached)


def _attach(cloud: Cloud, place: Place, instance: str, volume: Volume, zone: str) -> None:
    ec2 = cloud.client("ec2", place)
    made = ec2.create_volume(
        AvailabilityZone=place.zone(zone),
        Size=volume.size,
        TagSpecifications=[_tags("volume")],
        **volume.ebs(cloud, place),
    )["VolumeId"]

    def state() -> str:
        return ec2.describe_volumes(VolumeIds=[made])["Volumes"][0]["State"]

    eventually(f"the volume for {volume.device}", lambda: state() == "available")
    ec2.attach_volume(VolumeId=made, InstanceId=instance, Device=volume.device)
    eventually(f"{volume.device} attached", lambda: state() == "in-use")


def _wait_for_state(ec2: Any, instance: str, state: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        seen = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        return seen if seen["State"]["Name"] == state else None

    return eventually(f"the source instance {state}", look)


def _tags(resource_type: str) -> dict[str, Any]:
    tags = [{"Key": "Name", "Value": "orders"}, {"Key": "team", "Value": "orders"}]
    return {"ResourceType": resource_type, "Tags": tags}
