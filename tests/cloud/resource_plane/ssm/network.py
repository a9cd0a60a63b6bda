"""Whether an instance reaches a service of AWS's in its Region, by HTTPS.

* Where its VPC has an interface endpoint for the service with private DNS, which is then where the
  service's name leads: by that, if the security groups of both let it (SSM/setup-create-vpc, "The
  security group attached to the VPC endpoint must allow incoming connections on port 443").
* Else by a way out: a route to an internet gateway and a public address, or a route to a NAT
  gateway, and a security group that lets it out (VPC/VPC_Internet_Gateway, VPC/vpc-nat-gateway).

Network ACLs, peering and transit gateways are not looked at: the first let everything through
unless they are changed, the others lead nowhere here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, ip_network

from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule
from moto.ec2.models.vpcs import VPCEndPoint

from resource_plane.ec2 import find
from resource_plane.ec2.instances.model import Instance

HTTPS = 443
ANYWHERE = ip_network("0.0.0.0/0")


def reaches(instance: Instance, service: str) -> bool:
    """Whether what the instance sends to the service's endpoint arrives."""
    endpoints = list(_endpoints(instance, service))
    if endpoints:
        return any(_admitted(instance, endpoint) for endpoint in endpoints)
    return _goes_out(instance)


def _endpoints(instance: Instance, service: str) -> Iterator[VPCEndPoint]:
    """The interface endpoints to which the service's name leads within the instance's VPC."""
    backend = instance.ec2_backend
    vpc = backend.vpcs.get(instance.vpc_id)
    # Private DNS needs both (VPC/interface-endpoints, "Private DNS").
    if vpc is None or not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        return
    name = f"com.amazonaws.{backend.region_name}.{service}"
    for endpoint in backend.vpc_end_points.values():
        interface = (endpoint.vpc_endpoint_type or "").lower() == "interface"
        here = endpoint.vpc_id == vpc.id and endpoint.service_name == name
        if interface and here and endpoint.private_dns_enabled and endpoint.subnet_ids:
            yield endpoint


def _admitted(instance: Instance, endpoint: VPCEndPoint) -> bool:
    backend = instance.ec2_backend
    addresses = [
        ip_network(find.subnet(backend, one).cidr_block) for one in endpoint.subnet_ids or ()
    ]
    # Without any it is in the VPC's default group (BC:ec2.CreateVpcEndpointRequest).
    ids = endpoint.security_group_ids
    theirs = [find.security_group(backend, one) for one in ids] or [
        it for it in backend.groups[endpoint.vpc_id].values() if it.name == "default"
    ]
    ours, own = _groups(instance), [ip_network(f"{instance.private_ip}/32")]
    out = _lets(_rules(ours, egress=True), theirs, addresses)
    return out and _lets(_rules(theirs, egress=False), ours, own)


def _goes_out(instance: Instance) -> bool:
    table = _route_table(instance)
    out = [it for it in table.routes if it.destination_cidr_block == str(ANYWHERE)] if table else []
    led = any(
        (isinstance(it.gateway, InternetGateway) and instance.public_ip)
        or (it.nat_gateway is not None and it.nat_gateway.state == "available")
        for it in out
    )
    return led and _lets(_rules(_groups(instance), egress=True), [], [ANYWHERE])


def _route_table(instance: Instance) -> RouteTable | None:
    """The route table of the instance's subnet: its own, else the VPC's main one."""
    tables = [
        it for it in instance.ec2_backend.route_tables.values() if it.vpc_id == instance.vpc_id
    ]
    own = (it for it in tables if instance.subnet_id in it._associations.values())
    main = (it for it in tables if it.main_association_id is not None)
    return next(own, None) or next(main, None)


def _groups(instance: Instance) -> list[SecurityGroup]:
    return list(instance.nics[0].group_set)


def _rules(groups: Iterable[SecurityGroup], egress: bool) -> list[SecurityGroupRule]:
    return [rule for it in groups for rule in (it.egress_rules if egress else it.ingress_rules)]


def _lets(
    rules: Iterable[SecurityGroupRule], groups: Iterable[SecurityGroup], to: Iterable[IPv4Network]
) -> bool:
    """Whether a rule lets HTTPS through, to (or from) one of these groups or addresses."""
    ids, to = {it.id for it in groups}, list(to)
    for rule in rules:
        if not _is_https(rule):
            continue
        if rule.source_group.get("GroupId") in ids:
            return True
        cidr = rule.ip_range.get("CidrIp")
        if cidr and any(one.subnet_of(ip_network(cidr)) for one in to):
            return True
    return False


def _is_https(rule: SecurityGroupRule) -> bool:
    if rule.ip_protocol == "-1":
        return True
    return rule.ip_protocol == "tcp" and rule.from_port <= HTTPS <= rule.to_port
