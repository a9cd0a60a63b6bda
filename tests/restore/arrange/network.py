"""Networks: one VPC per place, found again by its name."""

from __future__ import annotations

from dataclasses import dataclass

from restore.cloud import Cloud
from restore.place import Place

NAME = "orders"


@dataclass(frozen=True)
class Network:
    """A VPC with subnets in two Availability Zones and two security groups."""

    vpc: str
    subnets: tuple[str, str]
    groups: tuple[str, str]


def network(cloud: Cloud, place: Place) -> Network:
    """The network of the place, made at first use."""
    ec2 = cloud.client("ec2", place)
    named = [{"Name": "tag:Name", "Values": [NAME]}]
    vpcs = ec2.describe_vpcs(Filters=named)["Vpcs"]
    if not vpcs:
        return _create(cloud, place)
    inside = [{"Name": "vpc-id", "Values": [vpcs[0]["VpcId"]]}]
    subnets = ec2.describe_subnets(Filters=inside)["Subnets"]
    groups = ec2.describe_security_groups(Filters=inside + named)["SecurityGroups"]
    first, second = (
        it["SubnetId"] for it in sorted(subnets, key=lambda it: it["AvailabilityZone"])
    )
    web, monitoring = (it["GroupId"] for it in sorted(groups, key=lambda it: it["GroupName"]))
    return Network(vpcs[0]["VpcId"], (first, second), (web, monitoring))


def _create(cloud: Cloud, place: Place) -> Network:
    ec2 = cloud.client("ec2", place)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=[_named("vpc")])["Vpc"]
    first, second = (
        ec2.create_subnet(
            VpcId=vpc["VpcId"],
            # Room for a thousand instances.
            CidrBlock=f"10.20.{16 * number}.0/20",
            AvailabilityZone=place.zone(letter),
            TagSpecifications=[_named("subnet")],
        )["Subnet"]["SubnetId"]
        for number, letter in enumerate("ab")
    )
    web, monitoring = (
        ec2.create_security_group(
            GroupName=name,
            Description=f"{NAME} {name}",
            VpcId=vpc["VpcId"],
            TagSpecifications=[_named("security-group")],
        )["GroupId"]
        for name in ("1-web", "2-monitoring")
    )
    return Network(vpc["VpcId"], (first, second), (web, monitoring))


def _named(resource_type: str) -> dict[str, object]:
    return {"ResourceType": resource_type, "Tags": [{"Key": "Name", "Value": NAME}]}
