"""Commands are sent to instances from which there is a way to Systems Manager."""

import json

import pytest
from aws import NEAR, SOURCE, TARGET, document, statement
from compute import at_once, ec2, group, instance_now, launch, network, subnet  # noqa: F401
from local_aws import drill_network, nodes
from nodes_and_commands import is_managed, node, profile

pytestmark = pytest.mark.usefixtures("at_once")


def test_a_subnet_without_a_way_to_systems_manager_has_none():
    assert not is_managed(node(SubnetId=subnet()))


@pytest.mark.parametrize("service", nodes.SERVICES)
def test_one_endpoint_is_not_enough(service):
    alone = subnet()
    nodes.endpoints(ec2(), alone, (service,))

    assert not is_managed(node(SubnetId=alone))


def test_an_endpoint_serves_all_subnets_of_its_vpc_and_no_other_vpc():
    vpc = ec2().create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    first, second = (
        ec2().create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
        for block in ("10.1.1.0/24", "10.1.2.0/24")
    )
    nodes.endpoints(ec2(), first)

    assert is_managed(node(SubnetId=second))
    assert not is_managed(node(SubnetId=subnet()))


def test_without_dns_hostnames_the_names_do_not_lead_to_the_endpoints():
    vpc, inside = network()
    nodes.endpoints(ec2(), inside)
    instance = node(SubnetId=inside)
    assert is_managed(instance)

    ec2().modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})

    assert not is_managed(instance)


def test_the_security_group_of_the_endpoints_has_to_let_https_in():
    inside = subnet()
    theirs = nodes.endpoints(ec2(), inside)
    instance = node(SubnetId=inside)
    assert is_managed(instance)

    rules = ec2().describe_security_groups(GroupIds=[theirs])["SecurityGroups"][0]["IpPermissions"]
    ec2().revoke_security_group_ingress(GroupId=theirs, IpPermissions=rules)
    assert not is_managed(instance)
    pair = {"GroupId": instance_now(instance)["SecurityGroups"][0]["GroupId"]}
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}
    ec2().authorize_security_group_ingress(GroupId=theirs, IpPermissions=[https])
    assert is_managed(instance)


def test_the_policy_of_an_endpoint_has_to_let_the_agent_call():
    inside = subnet()
    nodes.endpoints(ec2(), inside)
    instance = node(SubnetId=inside)
    of_vpc = [{"Name": "vpc-id", "Values": [instance_now(instance)["VpcId"]]}]
    endpoint = ec2().describe_vpc_endpoints(Filters=of_vpc)["VpcEndpoints"][0]["VpcEndpointId"]

    def let(account):
        """Lets principals of the account call by the endpoint, and nobody else."""
        of_account = {"StringEquals": {"aws:PrincipalAccount": account}}
        policy = document(statement("Allow", "*", Principal="*", Condition=of_account))
        ec2().modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=json.dumps(policy))

    let(TARGET)
    assert not is_managed(instance)
    let(SOURCE)
    assert is_managed(instance)


EVERYWHERE = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def test_the_security_group_of_the_instance_has_to_let_https_out():
    vpc, inside = network()
    theirs = nodes.endpoints(ec2(), inside)
    closed = group(vpc)
    ec2().revoke_security_group_egress(GroupId=closed, IpPermissions=EVERYWHERE)
    instance = node(SubnetId=inside, SecurityGroupIds=[closed])
    assert not is_managed(instance)

    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    to = {"UserIdGroupPairs": [{"GroupId": theirs}]}
    ec2().authorize_security_group_egress(GroupId=closed, IpPermissions=[https | to])

    assert is_managed(instance)


@pytest.mark.parametrize("public", [True, False])
def test_a_route_to_the_internet_is_a_way_for_an_instance_with_a_public_address(public):
    inside = subnet()
    nodes.way_out(ec2(), inside)
    interface = {"DeviceIndex": 0, "SubnetId": inside, "AssociatePublicIpAddress": public}
    instance = launch(NetworkInterfaces=[interface], IamInstanceProfile={"Name": profile()})

    assert is_managed(instance) is public


def test_a_nat_gateway_is_a_way_out_without_one():
    vpc, inside = network()
    address = ec2().allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2().create_nat_gateway(SubnetId=subnet(), AllocationId=address)["NatGateway"]
    table = ec2().create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2().associate_route_table(RouteTableId=table, SubnetId=inside)
    instance = node(SubnetId=inside)
    assert not is_managed(instance)

    ec2().create_route(
        RouteTableId=table,
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=gateway["NatGatewayId"],
    )

    assert is_managed(instance)


@pytest.mark.parametrize("wanted", ["DISABLED", "ENABLED_WITHOUT_EC2MESSAGES"])
def test_commands_reach_the_network_of_drills_where_that_is_asked_for(plane, wanted):
    name = f"drills-{wanted.lower().replace('_', '-')}"
    made = drill_network.deploy(plane, SOURCE, NEAR, name, SystemsManagerEndpoints=wanted)
    instance = node(SubnetId=made["SubnetId"], SecurityGroupIds=[made["SecurityGroupId"]])

    assert is_managed(instance) is (wanted != "DISABLED")
