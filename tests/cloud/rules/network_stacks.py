"""Stacks of networks in a member account, for the tests of what CloudFormation makes of them."""

import json

from aws import NEAR, TARGET, client, unique

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/24"}}


class Stack:
    """Some resources, and what they are known by."""

    def __init__(self, account=TARGET, region=NEAR):
        """Nothing is made yet."""
        self.client = client("cloudformation", account, region)
        self.ec2 = client("ec2", account, region)
        self.rds = client("rds", account, region)
        self.name = unique("Stack")

    def create(self, **resources):
        """Makes the resources of these names."""
        self.client.create_stack(StackName=self.name, TemplateBody=template(resources))

    def update(self, **resources):
        """Makes of the resources what they are now."""
        self.client.update_stack(StackName=self.name, TemplateBody=template(resources))

    def ids(self):
        """The ids of the resources by their names."""
        told = self.client.describe_stack_resources(StackName=self.name)["StackResources"]
        return {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in told}

    def group(self, name="Group"):
        """A security group as EC2 tells of it."""
        asked = [self.ids()[name]]
        return self.ec2.describe_security_groups(GroupIds=asked)["SecurityGroups"][0]


def template(resources):
    """A template with an output for each resource."""
    outputs = {name: {"Value": {"Ref": name}} for name in resources}
    return json.dumps({"Resources": resources, "Outputs": outputs})


def resource(kind, **properties):
    """A resource of a template."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def ref(name):
    """A reference to another resource."""
    return {"Ref": name}


def group(**properties):
    """A security group in `Vpc`."""
    described = {"GroupDescription": "for a test", "VpcId": ref("Vpc")}
    return resource("EC2::SecurityGroup", **described | properties)


def subnet(block, zone=f"{NEAR}a", **properties):
    """A subnet of `Vpc`."""
    place = {"VpcId": ref("Vpc"), "CidrBlock": block, "AvailabilityZone": zone}
    return resource("EC2::Subnet", **place | properties)


def db_subnets(*names):
    """A DB subnet group over the subnets of these names."""
    subnets = [ref(name) for name in names]
    described = {"DBSubnetGroupDescription": "for a test", "SubnetIds": subnets}
    return resource("RDS::DBSubnetGroup", **described)


def endpoint(**properties):
    """An interface endpoint in `Subnet`."""
    asked = {
        "VpcEndpointType": "Interface",
        "ServiceName": f"com.amazonaws.{NEAR}.ssm",
        "VpcId": ref("Vpc"),
        "SubnetIds": [ref("Subnet")],
    }
    return resource("EC2::VPCEndpoint", **asked | properties)
