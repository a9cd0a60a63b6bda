"""A subnet without a free address: the next place is tried, and without one nothing is begun."""

import secrets
from dataclasses import dataclass

import expect
import pytest
from restore.arrange import arrange
from restore.example import example

SMALLEST = "10.30.0.0/28"
"""As small as a subnet can be: AWS keeps five of its sixteen addresses (VPC/subnet-sizing)."""


@dataclass(frozen=True)
class Network:
    """A VPC of its own, in which two subnets are full and one is not."""

    group: str
    full: str
    also_full: str
    roomy: str


@pytest.fixture(scope="module")
def scene(cloud, instance):
    return arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)


@pytest.fixture(scope="module")
def network(cloud, scene):
    ec2 = cloud.client("ec2", scene.target)
    vpc = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]

    def subnet(cidr, letter):
        zone = scene.target.zone(letter)
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]
        return made["SubnetId"], made["AvailableIpAddressCount"]

    def filled(cidr, letter):
        inside, free = subnet(cidr, letter)
        for _ in range(free):
            ec2.create_network_interface(SubnetId=inside)
        return inside

    name = f"full-{secrets.token_hex(3)}"
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    return Network(
        group,
        full=filled(SMALLEST, "a"),
        also_full=filled("10.30.0.16/28", "b"),
        roomy=subnet("10.30.16.0/20", "b")[0],
    )


def into(scene, network, *subnets):
    """The scene, in whose request the first subnet is asked for and the others are alternatives."""
    first, *others = subnets
    return scene.asking(
        target__ec2__subnetId=first,
        target__ec2__securityGroupIds=[network.group],
        target__ec2__alternatives=[{"subnetId": it} for it in others],
    )


@pytest.mark.parametrize("others", [(), ("also_full",)], ids=["alone", "and its alternative"])
def test_where_every_subnet_is_full_nothing_is_begun(cloud, scene, network, others):
    subnets = [network.full, *(getattr(network, it) for it in others)]

    words = ("target.ec2.subnetId", "has no free address", *subnets)
    expect.refused(cloud, into(scene, network, *subnets), "Restore.InsufficientCapacity", *words)


def test_an_alternative_that_has_room_is_taken(cloud, scene, network):
    asked = into(scene, network, network.full, network.also_full, network.roomy).now(cloud)

    expect.restored(cloud, asked)

    expect.ends_as_asked(cloud, asked.asking(target__ec2__subnetId=network.roomy))
