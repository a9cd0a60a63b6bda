"""The AMI has to start the root volume, and what a restored instance does without is told.

An instance boots by its AMI, whatever its root volume is: one of another kind is refused before
anything is changed, and where nothing tells of which kind the volume is, the plan says so.
"""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.instance import SourceInstance, snapshot_set, source_instance
from restore.arrange.launching import INTEL, image
from restore.arrange.network import network
from restore.example import example
from restore.inventory import Inventory
from restore.place import NEAR, SOURCE, TARGET, Place

NEAR_SOURCE, NEAR_TARGET = Place(SOURCE, NEAR), Place(TARGET, NEAR)
INTEL_TYPE = "m5.large"


@pytest.fixture(scope="module")
def intel(cloud):
    """A restore of an instance of Intel from an AMI of Graviton."""
    ec2 = cloud.client("ec2", NEAR_SOURCE)
    ami = image(cloud, NEAR_SOURCE, INTEL)
    made = ec2.run_instances(
        ImageId=ami,
        InstanceType=INTEL_TYPE,
        SubnetId=network(cloud, NEAR_SOURCE).subnets[0],
        MinCount=1,
        MaxCount=1,
    )["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[made], WaiterConfig={"Delay": 1})
    told = ec2.describe_instances(InstanceIds=[made])["Reservations"][0]["Instances"][0]
    volumes = {it["DeviceName"]: it["Ebs"]["VolumeId"] for it in told["BlockDeviceMappings"]}
    instance = SourceInstance(NEAR_SOURCE, made, ami, (), volumes)
    instance = instance.with_set(snapshot_set(cloud, instance))
    return arrange(cloud, example("ec2-cross-account"), instance=instance)


def planned(cloud, scene):
    """The plan that a dry run of the scene ends with."""
    ended = expect.run(cloud, scene.asking(options={"dryRun": True}))
    ended.raise_unless_succeeded()
    return ended.output["plan"]


def test_an_ami_of_another_architecture_than_the_source_instance_is_refused(cloud, intel):
    before = Inventory.taken(cloud)
    ami = intel.request["target"]["ec2"]["imageId"]

    expect.refused(
        cloud,
        intel,
        "Restore.InvalidInput",
        f"target.ec2.imageId: {ami} does not match the root volume",
        "architecture arm64 instead of x86_64, boot mode uefi instead of legacy-bios",
        "choose an AMI of architecture x86_64, boot mode legacy-bios",
    )
    expect.unchanged_since(cloud, before)


def test_an_ami_that_matches_is_planned_with_and_not_warned_of(cloud, intel):
    scene = intel.asking(
        target__ec2__imageId=image(cloud, NEAR_TARGET, INTEL),
        target__ec2__instanceType=INTEL_TYPE,
    )

    plan = planned(cloud, scene)

    assert plan["instance"]["imageId"] == scene.request["target"]["ec2"]["imageId"]
    assert "warnings" not in plan


def test_a_plan_of_listed_snapshots_warns_that_nothing_proves_its_ami_to_match(cloud, instance):
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)

    [warning] = planned(cloud, scene)["warnings"]

    ami = scene.request["target"]["ec2"]["imageId"]
    assert warning.startswith(f"target.ec2.imageId: that {ami} matches the root volume")
    assert "cannot be proven" in warning


def test_what_the_source_instance_had_and_a_restored_one_has_not_is_told(cloud):
    instance = source_instance(cloud, NEAR_SOURCE)
    address = unlike_restored_ones(cloud, instance)
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)

    told = planned(cloud, scene)["notRestored"]

    assert [it.partition(":")[0] for it in told] == [
        "instance store volumes",
        "IMDSv1 (httpTokens `optional`)",
        "source/destination check off",
        f"Elastic IP address {address}",
    ]


def unlike_restored_ones(cloud, instance):
    """Gives the instance what no restored one has; its Elastic IP address."""
    ec2, of_it = cloud.client("ec2", instance.place), {"InstanceId": instance.instance_id}
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=address["AllocationId"], **of_it)
    ec2.stop_instances(InstanceIds=[instance.instance_id])
    ec2.get_waiter("instance_stopped").wait(
        InstanceIds=[instance.instance_id], WaiterConfig={"Delay": 1}
    )
    ec2.modify_instance_attribute(InstanceType={"Value": "m7gd.large"}, **of_it)
    ec2.modify_instance_attribute(SourceDestCheck={"Value": False}, **of_it)
    return address["PublicIp"]
