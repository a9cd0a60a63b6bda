"""Route tables: which subnet follows which, and where their routes lead.

BC:ec2.DescribeRouteTables: a subnet that is not associated with a table follows the main table of
its VPC, which does not say so: no association of that table names the subnet. A route whose target
is not there any more is a `blackhole` (`route.state`).

moto knows few of the filters, takes every table for associated when asked for those that are not
the main one, answers a route's state as `active` whatever became of its target, keeps associations
of subnets that are gone, pages nothing, and takes a second table for a subnet without a word.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.route_tables import Route, RouteTable

from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.filters import Readers, selected
from resource_plane.ec2.pages import page
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

TARGETS = {
    "EgressOnlyInternetGatewayId": "egress_only_internet_gateway_id",
    "GatewayId": "gateway_id",
    "InstanceId": "instance_id",
    "NatGatewayId": "nat_gateway_id",
    "TransitGatewayId": "transit_gateway_id",
    "CarrierGatewayId": "carrier_gateway_id",
    "NetworkInterfaceId": "network_interface_id",
    "VpcPeeringConnectionId": "vpc_peering_connection_id",
}
DESTINATIONS = {
    "DestinationCidrBlock": "destination_cidr_block",
    "DestinationIpv6CidrBlock": "destination_ipv6_cidr_block",
    "DestinationPrefixListId": "destination_prefix_list_id",
}

OF_ASSOCIATIONS = {
    "association.gateway-id": "GatewayId",
    "association.main": "Main",
    "association.route-table-association-id": "RouteTableAssociationId",
    "association.route-table-id": "RouteTableId",
    "association.subnet-id": "SubnetId",
}
OF_ROUTES = {
    "route.destination-cidr-block": "DestinationCidrBlock",
    "route.destination-ipv6-cidr-block": "DestinationIpv6CidrBlock",
    "route.destination-prefix-list-id": "DestinationPrefixListId",
    "route.egress-only-internet-gateway-id": "EgressOnlyInternetGatewayId",
    "route.gateway-id": "GatewayId",
    "route.instance-id": "InstanceId",
    "route.nat-gateway-id": "NatGatewayId",
    "route.origin": "Origin",
    "route.state": "State",
    "route.transit-gateway-id": "TransitGatewayId",
    "route.vpc-peering-connection-id": "VpcPeeringConnectionId",
}


def _of_each(part: str, name: str) -> Any:
    return lambda told: [one.get(name) for one in told[part]]


READERS: Readers[dict[str, Any]] = {
    "owner-id": lambda told: told["OwnerId"],
    "route-table-id": lambda told: told["RouteTableId"],
    "vpc-id": lambda told: told["VpcId"],
    **{filter_: _of_each("Associations", name) for filter_, name in OF_ASSOCIATIONS.items()},
    **{filter_: _of_each("Routes", name) for filter_, name in OF_ROUTES.items()},
}


@rule("ec2", "DescribeRouteTables")
def describe_route_tables(call: Call, _: Proceed) -> Any:
    """The account's tables, or those of them that are asked for."""
    backend, ids = backend_of(call), call.params.get("RouteTableIds") or ()
    tables = [_table(backend, it) for it in ids] if ids else backend.route_tables.values()
    found = selected(
        call,
        [_described(backend, it) for it in tables],
        READERS,
        lambda told: tags.of(backend, told["RouteTableId"]),
    )
    items, following = page(call, found)
    return ActionResult({"RouteTables": items, "NextToken": following})


@rule("ec2", "AssociateRouteTable")
def associate_route_table(call: Call, proceed: Proceed) -> Any:
    """A subnet has one table."""
    if subnet_id := call.params.get("SubnetId"):
        _check_association(backend_of(call), call.params["RouteTableId"], subnet_id)
    return proceed()


def associate(backend: EC2Backend, table_id: str, subnet_id: str) -> str:
    """Gives a subnet its table; the association's id."""
    _check_association(backend, table_id, subnet_id)
    return backend.associate_route_table(table_id, subnet_id=subnet_id)


def _check_association(backend: EC2Backend, table_id: str, subnet_id: str) -> None:
    table, subnet = _table(backend, table_id), find.subnet(backend, subnet_id)
    if table.vpc_id != subnet.vpc_id:
        message = f"Route table {table_id} and network {subnet_id} belong to different networks"
        raise AwsError("InvalidParameterValue", message)
    if any(it is not table and subnet_id in _subnets(it) for it in backend.route_tables.values()):
        message = f"the specified association for route table {table_id} conflicts with an "
        raise AwsError("Resource.AlreadyAssociated", f"{message}existing association")


def _table(backend: EC2Backend, table_id: str) -> RouteTable:
    find.well_formed("rtb", table_id, "InvalidRouteTableId")
    return backend.get_route_table(table_id)


def _subnets(table: RouteTable) -> list[str | None]:
    return [one.get("SubnetId") for one in table.associations]


def _described(backend: EC2Backend, table: RouteTable) -> dict[str, Any]:
    """A table as BC:ec2.RouteTable."""
    there = {it for in_zone in backend.subnets.values() for it in in_zone}
    return {
        "RouteTableId": table.id,
        "VpcId": table.vpc_id,
        "OwnerId": table.owner_id,
        "Associations": [
            one for one in table.associations if one.get("SubnetId") in there | {None}
        ],
        "Routes": [_route(it) for it in table.routes],
        "PropagatingVgws": [],
        "Tags": tags.as_list(tags.of(backend, table.id)),
    }


def _route(route: Route) -> dict[str, Any]:
    told = {name: getattr(route, read) for name, read in (DESTINATIONS | TARGETS).items()}
    return {
        **{name: value for name, value in told.items() if value is not None},
        "Origin": route.origin,
        "State": "active" if _leads_somewhere(route) else "blackhole",
    }


def _leads_somewhere(route: Route) -> bool:
    """Whether the internet or NAT gateway of a route is there; no other target goes away here."""
    gateway, nat_gateway = route.gateway, route.nat_gateway
    if gateway is not None and gateway.id.startswith("igw-"):
        return gateway.vpc is not None and gateway.vpc.id == route.route_table.vpc_id
    return nat_gateway is None or nat_gateway.state not in ("deleting", "deleted")
