"""VPCs, subnets and route tables of stacks.

moto ignores the DNS settings of a VPC, whether a subnet maps public addresses, and the tags of a
route table; it notes the association of a subnet with a route table without making it; and it
deletes neither associations nor route tables, without which the VPC stays as well.
"""

from __future__ import annotations

import contextlib
from typing import Any

from moto.ec2.exceptions import InvalidAssociationIdError
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.subnets import Subnet, SubnetRouteTableAssociation
from moto.ec2.models.vpcs import VPC

from resource_plane.cloudformation.values import true
from resource_plane.ec2.route_tables import associate

_create_vpc = VPC.create_from_cloudformation_json.__func__
_create_subnet = Subnet.create_from_cloudformation_json.__func__
_create_route_table = RouteTable.create_from_cloudformation_json.__func__


def _vpc(cls: type[VPC], name: str, template: dict[str, Any], *where: str, **more: Any) -> VPC:
    """With DNS as asked (CloudFormation/aws-resource-ec2-vpc: names by default are resolved)."""
    vpc, properties = _create_vpc(cls, name, template, *where, **more), template["Properties"]
    vpc.enable_dns_support = true(properties.get("EnableDnsSupport", True))
    vpc.enable_dns_hostnames = true(properties.get("EnableDnsHostnames", False))
    return vpc


def _subnet(
    cls: type[Subnet], name: str, template: dict[str, Any], *where: str, **more: Any
) -> Subnet:
    """With public addresses only where that is asked."""
    subnet = _create_subnet(cls, name, template, *where, **more)
    subnet.map_public_ip_on_launch = true(template["Properties"].get("MapPublicIpOnLaunch", False))
    return subnet


def _route_table(
    cls: type[RouteTable], name: str, template: dict[str, Any], *where: str, **more: Any
) -> RouteTable:
    table = _create_route_table(cls, name, template, *where, **more)
    table.add_tags({tag["Key"]: tag["Value"] for tag in template["Properties"].get("Tags", [])})
    return table


def _delete_route_table(table: RouteTable, account_id: str, region_name: str) -> None:
    ec2_backends[account_id][region_name].delete_route_table(table.id)


def _associate(
    cls: type[SubnetRouteTableAssociation],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_: Any,
) -> SubnetRouteTableAssociation:
    """In place of moto's."""
    properties = cloudformation_json["Properties"]
    table_id, subnet_id = properties["RouteTableId"], properties["SubnetId"]
    made = cls(table_id, subnet_id)
    made.id = associate(ec2_backends[account_id][region_name], table_id, subnet_id)
    return made


def _disassociate(
    association: SubnetRouteTableAssociation, account_id: str, region_name: str
) -> None:
    """The association may be gone with its subnet."""
    with contextlib.suppress(InvalidAssociationIdError):
        ec2_backends[account_id][region_name].disassociate_route_table(association.id)


VPC.create_from_cloudformation_json = classmethod(_vpc)
Subnet.create_from_cloudformation_json = classmethod(_subnet)
RouteTable.create_from_cloudformation_json = classmethod(_route_table)
RouteTable.delete = _delete_route_table
SubnetRouteTableAssociation.create_from_cloudformation_json = classmethod(_associate)
SubnetRouteTableAssociation.physical_resource_id = property(lambda self: self.id)
SubnetRouteTableAssociation.delete = _disassociate
