"""What an instance needs to be a managed node of Systems Manager, made by ordinary clients.

An SSM agent is in every instance, unless a test says otherwise (see `resource_plane.ssm`).
"""

import json
from typing import Any

AGENT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "Resource": "*",
        }
    ],
}
"""The part of `AmazonSSMManagedInstanceCore` that commands need."""

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}

SERVICES = ("ssm", "ssmmessages")


def profile(iam: Any, name: str, policy: dict[str, Any] | None = None) -> str:
    """The ARN of the role of a new instance profile, both of this name, by which an agent works."""
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    document = json.dumps(AGENT if policy is None else policy)
    iam.put_role_policy(RoleName=name, PolicyName="agent", PolicyDocument=document)
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return role["Arn"]


def endpoints(ec2: Any, subnet: str, services: tuple[str, ...] = SERVICES) -> str:
    """Interface endpoints for the services in a subnet, for its whole VPC; their security group."""
    vpc_id = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    vpc = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc_id, **{attribute: {"Value": True}})
    group = ec2.create_security_group(
        GroupName=f"endpoints-{subnet}", Description="HTTPS from the VPC", VpcId=vpc_id
    )["GroupId"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    https["IpRanges"] = [{"CidrIp": vpc["CidrBlock"]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https])
    for service in services:
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{ec2.meta.region_name}.{service}",
            SubnetIds=[subnet],
            SecurityGroupIds=[group],
        )
    return group


def way_out(ec2: Any, subnet: str) -> None:
    """A route from the subnet to the internet, for instances with a public address."""
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
