"""`AWS::EC2::VPCEndpoint`, whose policy is an object in a template; moto deletes no endpoint."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.vpcs import VPCEndPoint

from resource_plane.cloudformation.documents import text
from resource_plane.cloudformation.values import true


def _create(
    cls: type[VPCEndPoint],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_: Any,
) -> VPCEndPoint:
    """In place of moto's; with the defaults of CloudFormation/aws-resource-ec2-vpcendpoint."""
    properties = cloudformation_json["Properties"]
    policy = properties.get("PolicyDocument")
    return ec2_backends[account_id][region_name].create_vpc_endpoint(
        vpc_id=properties["VpcId"],
        service_name=properties["ServiceName"],
        endpoint_type=properties.get("VpcEndpointType", "Gateway"),
        policy_document=None if policy is None else text(policy),
        route_table_ids=properties.get("RouteTableIds", []),
        subnet_ids=properties.get("SubnetIds", []),
        security_group_ids=properties.get("SecurityGroupIds", []),
        private_dns_enabled=true(properties.get("PrivateDnsEnabled", False)),
    )


def _delete(endpoint: VPCEndPoint, account_id: str, region_name: str) -> None:
    ec2_backends[account_id][region_name].delete_vpc_endpoints([endpoint.id])


VPCEndPoint.create_from_cloudformation_json = classmethod(_create)
VPCEndPoint.delete = _delete
