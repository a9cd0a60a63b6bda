"""Interface endpoints, by which a VPC reaches services of AWS without a route out.

BC:ec2.CreateVpcEndpointRequest: they have network interfaces in the subnets that are asked for,
with the security groups that are asked for, or else the VPC's default one; private DNS takes both
DNS attributes of the VPC. moto gives the interfaces addresses of no subnet here and the default
group whatever is asked, asks nothing of the VPC, and tells of deleted endpoints for ever.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint

from resource_plane.ec2 import find
from resource_plane.error import AwsError

_create = VPCBackend.create_vpc_endpoint
_delete = VPCBackend.delete_vpc_endpoints


def _create_with_interfaces(self: EC2Backend, **asked: Any) -> VPCEndPoint:
    """In place of moto's, for whoever asks: a call, or a stack."""
    if (asked.get("endpoint_type") or "").lower() != "interface":
        return _create(self, **asked)
    vpc = self.get_vpc(asked["vpc_id"])
    if asked.get("private_dns_enabled") and not (
        vpc.enable_dns_support and vpc.enable_dns_hostnames
    ):
        message = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
        raise AwsError("InvalidParameter", f"{message}attributes set to true for {vpc.id}")
    subnets = [find.subnet(self, it) for it in asked.get("subnet_ids") or ()]
    asked_groups = asked.get("security_group_ids")
    groups = [find.security_group(self, it).id for it in asked_groups or ()]
    groups = groups or [self.get_default_security_group(vpc.id).id]
    endpoint = _create(self, **asked | {"subnet_ids": [], "security_group_ids": groups})
    endpoint.subnet_ids = [it.id for it in subnets]
    endpoint.network_interface_ids = [_interface(self, it, groups, endpoint).id for it in subnets]
    return endpoint


def _interface(
    backend: EC2Backend, subnet: Any, groups: list[str], endpoint: VPCEndPoint
) -> NetworkInterface:
    """With an address of its subnet, which moto picks where it is given none."""
    made = backend.create_network_interface(
        subnet, [], group_ids=groups, description=f"VPC Endpoint Interface {endpoint.id}"
    )
    made.interface_type, made.requester_managed = "vpc_endpoint", True
    return made


def _delete_for_good(self: EC2Backend, vpce_ids: list[str] | None = None) -> None:
    _delete(self, vpce_ids)
    for endpoint_id in vpce_ids or ():
        self.vpc_end_points.pop(endpoint_id, None)


VPCBackend.create_vpc_endpoint = _create_with_interfaces
VPCBackend.delete_vpc_endpoints = _delete_for_good
