"""Interface endpoints have network interfaces where and as they were asked for."""

import ipaddress

import pytest
from aws import NEAR, refused
from compute import ec2, group, network

SSM = f"com.amazonaws.{NEAR}.ssm"


@pytest.fixture
def inside():
    """A VPC whose names are resolved, and its subnet."""
    vpc, subnet = network()
    ec2().modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    return vpc, subnet


def endpoint(vpc, subnet, **settings):
    asked = {"VpcId": vpc, "ServiceName": SSM, "VpcEndpointType": "Interface"}
    return ec2().create_vpc_endpoint(**asked, SubnetIds=[subnet], **settings)["VpcEndpoint"]


def interfaces(made):
    asked = made["NetworkInterfaceIds"]
    return ec2().describe_network_interfaces(NetworkInterfaceIds=asked)["NetworkInterfaces"]


def test_an_interface_is_in_the_subnet_and_in_the_groups_that_were_asked_for(inside):
    vpc, subnet = inside
    own = group(vpc)

    made = endpoint(vpc, subnet, SecurityGroupIds=[own])

    [interface] = interfaces(made)
    assert interface["SubnetId"] == subnet
    assert [it["GroupId"] for it in interface["Groups"]] == [own]
    address = ipaddress.ip_address(interface["PrivateIpAddress"])
    assert address in ipaddress.ip_network("10.0.0.0/24")
    assert interface["InterfaceType"] == "vpc_endpoint"
    assert made["SubnetIds"] == [subnet]
    assert [it["GroupId"] for it in made["Groups"]] == [own]


def test_a_group_of_an_endpoint_is_kept_until_the_endpoint_is_gone(inside):
    vpc, subnet = inside
    own = group(vpc)
    made = endpoint(vpc, subnet, SecurityGroupIds=[own])

    refused(lambda: ec2().delete_security_group(GroupId=own), "DependencyViolation")
    ec2().delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    ec2().delete_security_group(GroupId=own)

    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    assert ec2().describe_vpc_endpoints(Filters=filters)["VpcEndpoints"] == []
    assert ec2().describe_network_interfaces(Filters=filters)["NetworkInterfaces"] == []


def test_without_a_group_an_endpoint_has_the_default_one(inside):
    made = endpoint(*inside)

    assert [it["GroupName"] for it in made["Groups"]] == ["default"]
    assert [it["GroupName"] for it in interfaces(made)[0]["Groups"]] == ["default"]


@pytest.mark.parametrize("attribute", ["EnableDnsSupport", "EnableDnsHostnames"])
def test_private_dns_needs_both_dns_attributes_of_the_vpc(inside, attribute):
    vpc, subnet = inside
    ec2().modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": False}})

    refused(lambda: endpoint(vpc, subnet), "InvalidParameter", "enableDnsHostnames", vpc)
    assert endpoint(vpc, subnet, PrivateDnsEnabled=False)["PrivateDnsEnabled"] is False


def test_what_an_endpoint_asks_for_has_to_be_there(inside):
    vpc, subnet = inside
    nothing = "sg-0123456789abcdef0"

    refused(lambda: endpoint(vpc, subnet, SecurityGroupIds=[nothing]), "InvalidGroup.NotFound")
    refused(lambda: endpoint(vpc, "subnet-0123456789abcdef0"), "InvalidSubnetID.NotFound")
