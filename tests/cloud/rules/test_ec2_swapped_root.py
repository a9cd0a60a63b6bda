"""The whole way of a restored instance: launched, its root volume swapped, started (facts C)."""

import pytest
from aws import TARGET, eventually, key
from compute import (
    KINDS,
    ROOT,
    at_once,  # noqa: F401
    attach,
    devices,
    ec2,
    group,
    image,
    instance_now,
    launch,
    network,
    shared_key,
    shared_snapshot,
    state,
    under,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


def restored(root_snapshot, data_snapshot, ami, own):
    """Restores a root and a data volume in TARGET; returns instance, volumes, security group."""
    vpc, inside = network(TARGET)
    sealed, wanted = group(vpc, TARGET), group(vpc, TARGET)
    target = ec2(TARGET)
    instance = launch(
        TARGET,
        ImageId=ami,
        SubnetId=inside,
        SecurityGroupIds=[sealed],
        BlockDeviceMappings=[
            {"DeviceName": ROOT, "Ebs": under(own) | {"DeleteOnTermination": True}},
            {"DeviceName": "/dev/sdz", "NoDevice": ""},
        ],
    )
    eventually(lambda: state(instance, TARGET) == "running")
    target.stop_instances(InstanceIds=[instance])
    eventually(lambda: state(instance, TARGET) == "stopped")
    placeholder = devices(instance, TARGET)[ROOT]["VolumeId"]
    root = volume(TARGET, SnapshotId=root_snapshot, **under(own))
    data = volume(TARGET, SnapshotId=data_snapshot, VolumeType="gp3", Iops=3500, **under(own))
    for made in (root, data):
        eventually(lambda it=made: volume_now(it, TARGET)["State"] == "available")
    target.detach_volume(VolumeId=placeholder)
    eventually(lambda: volume_now(placeholder, TARGET)["State"] == "available")
    attach(root, instance, ROOT, TARGET)
    attach(data, instance, "/dev/sdf", TARGET)
    eventually(lambda: {it["Status"] for it in devices(instance, TARGET).values()} == {"attached"})
    marks = [{"DeviceName": ROOT, "Ebs": {"DeleteOnTermination": True}}]
    target.modify_instance_attribute(InstanceId=instance, BlockDeviceMappings=marks)
    target.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"#!/bin/sh\n"})
    target.modify_instance_attribute(InstanceId=instance, Groups=[wanted])
    target.delete_security_group(GroupId=sealed)
    target.delete_volume(VolumeId=placeholder)
    target.start_instances(InstanceIds=[instance])

    def passed():
        told = target.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"]
        return told and told[0]["InstanceStatus"]["Status"] == "ok"

    eventually(passed)
    eventually(lambda: volume_now(placeholder, TARGET) is None)
    return instance, {ROOT: root, "/dev/sdf": data}, wanted


@pytest.mark.parametrize("seconds", [0, 0.2])
def test_an_instance_is_restored_by_swapping_its_root(settings, seconds):
    source_key, own = shared_key(), key(TARGET)
    root_snapshot = shared_snapshot(Size=9, **under(source_key))
    data_snapshot = shared_snapshot(Size=8, **under(source_key))
    ami = image(TARGET, devices=[{"DeviceName": "/dev/sdz", "Ebs": {"VolumeSize": 1}}])
    settings(durations=dict.fromkeys(KINDS, seconds))

    instance, volumes, wanted = restored(root_snapshot, data_snapshot, ami, own)

    now = instance_now(instance, TARGET)
    attached = {it["DeviceName"]: it["Ebs"]["VolumeId"] for it in now["BlockDeviceMappings"]}
    assert attached == volumes
    assert now["State"]["Name"] == "running"
    assert [it["GroupId"] for it in now["SecurityGroups"]] == [wanted]
    made = [volume_now(it, TARGET) for it in volumes.values()]
    assert {it["KmsKeyId"] for it in made} == {own}
    assert [(it["Size"], it["VolumeType"]) for it in made] == [(9, "gp2"), (8, "gp3")]
    assert devices(instance, TARGET)[ROOT]["DeleteOnTermination"] is True
