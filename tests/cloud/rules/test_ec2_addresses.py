"""Public addresses of instances: those that a subnet gives, and Elastic IP addresses."""

import pytest
from aws import SOURCE
from compute import (
    at_once,  # noqa: F401
    ec2,
    instance_now,
    launch,
    subnet,
)

pytestmark = pytest.mark.usefixtures("at_once")


def interface(instance):
    [told] = instance_now(instance)["NetworkInterfaces"]
    return told


def test_an_interface_without_a_public_address_tells_of_no_association():
    assert "Association" not in interface(launch())


def test_an_address_that_came_with_the_launch_is_amazons():
    asked = {"DeviceIndex": 0, "SubnetId": subnet(), "AssociatePublicIpAddress": True}
    made = launch(NetworkInterfaces=[asked])

    told = interface(made)["Association"]

    assert (told["IpOwnerId"], told["PublicIp"]) == (
        "amazon",
        instance_now(made)["PublicIpAddress"],
    )


def test_an_elastic_ip_address_is_its_accounts_and_stays_when_the_instance_stops():
    address, made = ec2().allocate_address(Domain="vpc"), launch()
    ec2().associate_address(AllocationId=address["AllocationId"], InstanceId=made)

    ec2().stop_instances(InstanceIds=[made])

    told = interface(made)["Association"]
    assert (told["IpOwnerId"], told["PublicIp"]) == (SOURCE, address["PublicIp"])
