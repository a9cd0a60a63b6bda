"""DB subnet groups: CreateDBSubnetGroup, ModifyDBSubnetGroup, DeleteDBSubnetGroup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.ec2.exceptions import InvalidSubnetIdError
from moto.ec2.models import ec2_backends

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import arn, network


@rule("rds", "CreateDBSubnetGroup")
def create_db_subnet_group(call: Call, proceed: Proceed) -> Any:
    """A group has subnets of one VPC in at least two Availability Zones, and a name of its own."""
    name = call.params["DBSubnetGroupName"].lower()
    if name == network.DEFAULT:
        raise AwsError(
            "InvalidParameterValue",
            "The parameter DBSubnetGroupName is not a valid identifier: it must not be 'default'.",
        )
    if name in arn.home(call.account, call.region).subnet_groups:
        raise AwsError(
            "DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists."
        )
    check_subnets(call.account, call.region, call.params["SubnetIds"])
    return proceed()


@rule("rds", "ModifyDBSubnetGroup")
def modify_db_subnet_group(call: Call, proceed: Proceed) -> Any:
    """The changed group is held to what a new one is (moto: a group that is unknown is a 500)."""
    backend = arn.home(call.account, call.region)
    group = network.find_subnet_group(backend, call.params["DBSubnetGroupName"])
    check_subnets(call.account, call.region, call.params["SubnetIds"])
    answer = proceed()
    # moto takes the group out while it changes it, and forgets to put it back.
    backend.subnet_groups[group.name] = group
    return answer


@rule("rds", "DeleteDBSubnetGroup")
def delete_db_subnet_group(call: Call, proceed: Proceed) -> Any:
    """A group that a DB instance is in stays."""
    backend = arn.home(call.account, call.region)
    group = network.find_subnet_group(backend, call.params["DBSubnetGroupName"])
    users = [
        one.db_instance_identifier
        for one in backend.databases.values()
        if getattr(one, "db_subnet_group", None) is group
    ]
    if users:
        raise AwsError(
            "InvalidDBSubnetGroupStateFault",
            f"Cannot delete the subnet group '{group.name}' because at least one database "
            f"instance: {users[0]} is still using it.",
        )
    return proceed()


def check_subnets(account: str, region: str, subnet_ids: Sequence[str]) -> None:
    """Refuses subnets that no group can have."""
    ec2 = ec2_backends[account][region]
    try:
        subnets = [ec2.get_subnet(one) for one in subnet_ids]
    except InvalidSubnetIdError as error:
        raise _invalid(subnet_ids) from error
    if len({subnet.vpc_id for subnet in subnets}) != 1:
        raise _invalid(subnet_ids)
    zones = sorted({subnet.availability_zone for subnet in subnets})
    if len(zones) < 2:
        raise network.too_few_zones(zones)


def _invalid(subnet_ids: Sequence[str]) -> AwsError:
    """BC:rds.InvalidSubnet: "the requested subnet is invalid, or … not all in a common VPC"."""
    asked = ", ".join(subnet_ids)
    return AwsError(
        "InvalidSubnet",
        f"The requested subnet {asked} is invalid, or multiple subnets were requested that are "
        "not all in a common VPC.",
    )
