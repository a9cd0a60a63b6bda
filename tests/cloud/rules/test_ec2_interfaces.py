"""The network interfaces and addresses that an instance is launched with."""

import pytest
from aws import refused, unique
from compute import (
    OTHER_ZONE,
    ZONE,
    at_once,  # noqa: F401
    ec2,
    image,
    instance_now,
    launch,
    subnet,
)

pytestmark = pytest.mark.usefixtures("at_once")


def interface(inside, index=0, **more):
    """An interface that RunInstances is to make."""
    return {"DeviceIndex": index, "SubnetId": inside, **more}


def instances():
    """The ids of all instances that there are."""
    told = ec2().describe_instances()["Reservations"]
    return {one["InstanceId"] for it in told for one in it["Instances"]}


@pytest.mark.parametrize(
    ("indices", "words"),
    [
        ([1], "must include a device at index 0"),
        ([1, 2], "must include a device at index 0"),
        ([0, 0], "a device index of its own"),
        ([0, 1, 1], "a device index of its own"),
    ],
)
def test_a_launch_needs_one_interface_at_index_zero_and_no_two_at_one(indices, words):
    inside, before = subnet(), instances()
    asked = [interface(inside, index) for index in indices]

    refused(lambda: launch(NetworkInterfaces=asked), "InvalidParameterValue", words)

    assert instances() == before


def test_each_interface_needs_an_index():
    asked = [{"SubnetId": subnet()}]

    refused(lambda: launch(NetworkInterfaces=asked), "InvalidParameterValue", "requires a device")


def test_an_instance_has_the_address_asked_for():
    inside = subnet()
    by_interface = interface(inside, PrivateIpAddress="10.0.0.51")

    first = launch(SubnetId=inside, PrivateIpAddress="10.0.0.50")
    second = launch(NetworkInterfaces=[by_interface])

    assert instance_now(first)["PrivateIpAddress"] == "10.0.0.50"
    assert instance_now(second)["PrivateIpAddress"] == "10.0.0.51"


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("10.0.0.50", "InvalidIPAddress.InUse", "Address 10.0.0.50 is in use."),
        ("10.9.9.9", "InvalidParameterValue", "does not fall within the subnet's address range"),
        ("10.0.0.1", "InvalidParameterValue", "reserved"),
        ("10.0.0.255", "InvalidParameterValue", "reserved"),
        ("10.0.0.999", "InvalidParameterValue", "10.0.0.999"),
    ],
)
def test_an_address_that_cannot_be_had_is_refused_and_leaves_nothing(address, code, words):
    inside = subnet()
    launch(SubnetId=inside, PrivateIpAddress="10.0.0.50")
    before = instances()

    refused(lambda: launch(SubnetId=inside, PrivateIpAddress=address), code, words)
    by_interface = [interface(inside, PrivateIpAddress=address)]
    refused(lambda: launch(NetworkInterfaces=by_interface), code, words)

    assert instances() == before


def test_the_address_of_a_terminated_instance_is_free_again():
    inside = subnet()
    ended = launch(SubnetId=inside, PrivateIpAddress="10.0.0.50")
    ec2().terminate_instances(InstanceIds=[ended])

    made = launch(SubnetId=inside, PrivateIpAddress="10.0.0.50")

    assert instance_now(made)["PrivateIpAddress"] == "10.0.0.50"


def test_one_address_is_not_for_several_instances():
    refused(
        lambda: launch(SubnetId=subnet(), PrivateIpAddress="10.0.0.50", MaxCount=2),
        "InvalidParameterCombination",
    )


def test_an_interface_serves_one_instance_until_that_is_terminated():
    made = ec2().create_network_interface(SubnetId=subnet())["NetworkInterface"]
    asked = [{"DeviceIndex": 0, "NetworkInterfaceId": made["NetworkInterfaceId"]}]
    first = launch(NetworkInterfaces=asked)

    refused(lambda: launch(NetworkInterfaces=asked), "InvalidNetworkInterface.InUse", "in use")

    ec2().terminate_instances(InstanceIds=[first])
    second = instance_now(launch(NetworkInterfaces=asked))
    [told] = second["NetworkInterfaces"]
    assert told["NetworkInterfaceId"] == made["NetworkInterfaceId"]


def test_a_launch_asked_for_twice_by_one_token_keeps_its_interface():
    made = ec2().create_network_interface(SubnetId=subnet())["NetworkInterface"]
    asked = {
        "NetworkInterfaces": [{"DeviceIndex": 0, "NetworkInterfaceId": made["NetworkInterfaceId"]}],
        "ClientToken": unique("token"),
        "ImageId": image(),
    }

    assert launch(**asked) == launch(**asked)


def test_all_interfaces_are_in_the_zone_of_the_first():
    vpc = ec2().create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    here, there = (
        ec2().create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for block, zone in (("10.1.0.0/24", ZONE), ("10.1.1.0/24", OTHER_ZONE))
    )
    before = instances()

    refused(
        lambda: launch(NetworkInterfaces=[interface(here), interface(there, 1)]),
        "InvalidParameterCombination",
        "same availability zone",
    )

    assert instances() == before
