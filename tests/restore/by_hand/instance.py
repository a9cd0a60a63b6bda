"""An EC2 restore by hand: strategy S1, a placeholder root that is replaced while stopped."""

from __future__ import annotations

from typing import Any

from restore.arrange import Scene
from restore.by_hand.hand import Hand
from restore.check.outcome import flow
from restore.check.volumes import wanted_volumes
from restore.cloud import Cloud
from restore.waiting import eventually


def restore_instance(cloud: Cloud, scene: Scene) -> dict[str, Any]:
    """Restores what the scene asks for and cleans up; returns the outcome."""
    hand = Hand(cloud, scene)
    ec2 = hand.restoring("ec2")
    crosses_accounts = scene.source.account != scene.target.account
    if crosses_accounts:
        _share(hand, "add")
    path, copies = dict.fromkeys(scene.snapshots.values()), []
    for snapshot in path:
        path[snapshot] = snapshot
        if scene.source.region != scene.target.region:
            path[snapshot] = _copy(hand, ec2, snapshot)
            copies.append(path[snapshot])
    instance, group = _launch(hand, ec2)
    volumes = _swap(hand, ec2, instance, path)
    _finish(hand, ec2, instance)
    ec2.delete_security_group(GroupId=group)
    for copy in copies:
        ec2.delete_snapshot(SnapshotId=copy)
    if crosses_accounts:
        _share(hand, "remove")
    listed = [
        {"volumeId": volume, "deviceName": device, "kmsKeyId": hand.key}
        for device, volume in sorted(volumes.items())
    ]
    return hand.outcome(flow(scene), instanceId=instance, volumes=listed)


def _share(hand: Hand, operation: str) -> None:
    ec2 = hand.sharing("ec2")
    for snapshot in hand.scene.snapshots.values():
        ec2.modify_snapshot_attribute(
            SnapshotId=snapshot,
            Attribute="createVolumePermission",
            OperationType=operation,
            UserIds=[hand.scene.target.account],
        )


def _copy(hand: Hand, ec2: Any, snapshot: str) -> str:
    copy = ec2.copy_snapshot(
        SourceSnapshotId=snapshot,
        SourceRegion=hand.scene.source.region,
        Encrypted=True,
        KmsKeyId=hand.key,
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": hand.tags(snapshot)}],
    )["SnapshotId"]

    def state() -> str:
        return ec2.describe_snapshots(SnapshotIds=[copy])["Snapshots"][0]["State"]

    eventually("the copy", lambda: state() == "completed")
    return copy


def _launch(hand: Hand, ec2: Any) -> tuple[str, str]:
    """The stopped instance, and the group without rules that it is in."""
    asked = hand.request["target"]["ec2"]
    subnet = ec2.describe_subnets(SubnetIds=[asked["subnetId"]])["Subnets"][0]
    group = ec2.create_security_group(
        GroupName=f"sealed-{hand.scene.restore_id}", Description="sealed", VpcId=subnet["VpcId"]
    )["GroupId"]
    image = asked.get("imageId", hand.scene.instance.image_id)
    root = ec2.describe_images(ImageIds=[image])["Images"][0]["RootDeviceName"]
    placeholder = {"Encrypted": True, "KmsKeyId": hand.key, "DeleteOnTermination": True}
    key_name = {"KeyName": asked["keyName"]} if "keyName" in asked else {}
    launched = {"ResourceType": "instance", "Tags": hand.tags("image", **asked.get("tags", {}))}
    instance = ec2.run_instances(
        ImageId=image,
        InstanceType=asked.get("instanceType", "m7g.large"),
        SubnetId=asked["subnetId"],
        SecurityGroupIds=[group],
        BlockDeviceMappings=[{"DeviceName": root, "Ebs": placeholder}],
        TagSpecifications=[launched],
        MinCount=1,
        MaxCount=1,
        **key_name,
    )["Instances"][0]["InstanceId"]
    _wait(ec2, instance, "running")
    ec2.stop_instances(InstanceIds=[instance])
    _wait(ec2, instance, "stopped")
    return instance, group


def _swap(hand: Hand, ec2: Any, instance: str, path: dict[str, str]) -> dict[str, str]:
    """Puts the restored volumes in the place of the placeholder; device name to volume id."""
    seen = _wait(ec2, instance, "stopped")
    zone, root = seen["Placement"]["AvailabilityZone"], seen["RootDeviceName"]
    [placeholder] = [it["Ebs"]["VolumeId"] for it in seen["BlockDeviceMappings"]]
    wanted = wanted_volumes(hand.scene, root)
    volumes = {}
    for device, facts in wanted.items():
        settings = {
            "VolumeType": facts["type"],
            "Size": facts["size"],
            "Iops": facts.get("iops"),
            "Throughput": facts.get("throughput"),
        }
        volumes[device] = ec2.create_volume(
            SnapshotId=path[facts["source"]],
            AvailabilityZone=zone,
            Encrypted=True,
            KmsKeyId=hand.key,
            TagSpecifications=[{"ResourceType": "volume", "Tags": hand.tags(facts["source"])}],
            **{name: value for name, value in settings.items() if value is not None},
        )["VolumeId"]
    ec2.detach_volume(VolumeId=placeholder, InstanceId=instance)
    for volume in (placeholder, *volumes.values()):
        _wait_for_volume(ec2, volume, "available")
    ec2.delete_volume(VolumeId=placeholder)
    for device, volume in volumes.items():
        ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device=device)
        _wait_for_attachment(ec2, volume)
    ec2.modify_instance_attribute(
        InstanceId=instance,
        BlockDeviceMappings=[
            {
                "DeviceName": device,
                "Ebs": {"DeleteOnTermination": facts["delete on termination"]},
            }
            for device, facts in wanted.items()
        ],
    )
    return volumes


def _finish(hand: Hand, ec2: Any, instance: str) -> None:
    asked = hand.request["target"]["ec2"]
    ec2.modify_instance_attribute(InstanceId=instance, Groups=asked["securityGroupIds"])
    if "userData" in asked:
        user_data = {"Value": asked["userData"].encode()}
        ec2.modify_instance_attribute(InstanceId=instance, UserData=user_data)
    if "iamInstanceProfile" in asked:
        ec2.associate_iam_instance_profile(
            InstanceId=instance, IamInstanceProfile={"Name": asked["iamInstanceProfile"]}
        )
    if asked.get("start", True):
        ec2.start_instances(InstanceIds=[instance])
        _wait(ec2, instance, "running")

        def checked() -> bool:
            [status] = ec2.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"]
            return status["InstanceStatus"]["Status"] == "ok"

        eventually("the status checks", checked)


def _wait(ec2: Any, instance: str, state: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        seen = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        return seen if seen["State"]["Name"] == state else None

    return eventually(f"the instance {state}", look)


def _wait_for_volume(ec2: Any, volume: str, state: str) -> None:
    def look() -> bool:
        return ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"] == state

    eventually(f"the volume {state}", look)


def _wait_for_attachment(ec2: Any, volume: str) -> None:
    def look() -> bool:
        [seen] = ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
        return [it["State"] for it in seen["Attachments"]] == ["attached"]

    eventually("the volume attached", look)
