"""Whether what an agent sends from an instance to a service of AWS's in its Region arrives.

* Where its VPC has an interface endpoint for the service with private DNS, which is then where the
  service's name leads: by that, if the security groups of both let HTTPS through (SSM/setup-create-
  vpc, "The security group attached to the VPC endpoint must allow incoming connections on port
  443") and the endpoint's policy allows the call (VPC/vpc-endpoints-access).
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
from resource_plane.policy.context import Context
from resource_plane.policy.verdict import Principals, Verdict, of_resource
from resource_plane.principal import Caller, request_facts
from resource_plane.ssm.agents import Need

HTTPS = 443
ANYWHERE = ip_network("0.0.0.0/0")


def lets(instance: Instance, caller: Caller, need: Need) -> bool:
    """Whether the network lets the agent of the instance do what it needs to."""
    endpoints = list(_endpoints(instance, need.service))
    if endpoints:
        return any(_admitted(instance, it) and _allowed(it, caller, need) for it in endpoints)
    return _goes_out(instance)


def _allowed(endpoint: VPCEndPoint, caller: Caller, need: Need) -> bool:
    """Whether the endpoint's policy lets the call through."""
    principals = Principals(caller.account, caller.principal_arn, caller.arn)
    region = endpoint.ec2_backend.region_name
    context = Context(request_facts(caller) | {"aws:RequestedRegion": region})
    document = endpoint.policy_document
    verdict, _ = of_resource(document, principals, need.action, need.resource, context)
    return verdict is Verdict.ALLOWED


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
        if interface and here and endpoint.private_dns_enabled:
            yield endpoint


def _admitted(instance: Instance, endpoint: VPCEndPoint) -> bool:
    """Whether the security groups of both let HTTPS through between them."""
    backend = instance.ec2_backend
    interfaces = [backend.enis[one] for one in endpoint.network_interface_ids]
    addresses = [ip_network(it.private_ip_address) for it in interfaces]
    ours = _groups(instance)
    theirs = [find.security_group(backend, one) for one in endpoint.security_group_ids]
    out = _through(_rules(ours, egress=True), theirs, addresses)
    return out and _through(_rules(theirs, egress=False), ours, [ip_network(instance.private_ip)])


def _goes_out(instance: Instance) -> bool:
    table = _route_table(instance)
    out = [it for it in table.routes if it.destination_cidr_block == str(ANYWHERE)] if table else []
    led = any(
        (isinstance(it.gateway, InternetGateway) and instance.public_ip)
        or (it.nat_gateway is not None and it.nat_gateway.state == "available")
        for it in out
    )
    return led and _through(_rules(_groups(instance), egress=True), [], [ANYWHERE])


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


def _through(
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
