"""The network of drills, deployed from its template, as an ordinary client sees it."""

import ipaddress
import json

import pytest
from aws import FAR, TARGET, client, refused, unique
from compute import at_once as compute_at_once  # noqa: F401
from compute import instance_now, launch
from databases import at_once as databases_at_once  # noqa: F401
from databases import created
from local_aws import drill_network

BLOCK = "10.0.0.0/20"
LOCAL = {
    "DestinationCidrBlock": BLOCK,
    "GatewayId": "local",
    "Origin": "CreateRouteTable",
    "State": "active",
}
ZONES = {f"{FAR}a", f"{FAR}b"}


@pytest.fixture(scope="module")
def network(plane):
    """The outputs of the stack."""
    return drill_network.deploy(plane, TARGET, FAR)


@pytest.fixture
def ec2():
    return client("ec2", TARGET, FAR)


@pytest.fixture
def rds():
    return client("rds", TARGET, FAR)


@pytest.fixture
def deploy(plane):
    """Deploys a network of the test's own, and takes it away."""
    name = unique("drill-network")
    yield lambda **parameters: drill_network.deploy(plane, TARGET, FAR, name, **parameters)
    client("cloudformation", TARGET, FAR).delete_stack(StackName=name)


def by(name, *values):
    return {"Filters": [{"Name": name, "Values": list(values)}]}


def subnets(ec2, network):
    return ec2.describe_subnets(SubnetIds=network["SubnetIds"].split(","))["Subnets"]


def vpc(ec2, network):
    [found] = {it["VpcId"] for it in subnets(ec2, network)}
    return found


def group(ec2, group_id):
    return ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]


def let_in(ec2, group_id):
    """Protocol, ports and group of each of a security group's ways in."""
    found = group(ec2, group_id)["IpPermissions"]
    assert not any(it["IpRanges"] or it["Ipv6Ranges"] or it["PrefixListIds"] for it in found)
    return {
        (it["IpProtocol"], it.get("FromPort"), it.get("ToPort"), pair["GroupId"])
        for it in found
        for pair in it["UserIdGroupPairs"]
    }


def test_from_each_subnet_there_is_the_local_route_alone(ec2, network):
    found = subnets(ec2, network)

    assert {it["AvailabilityZone"] for it in found} == ZONES
    for subnet in found:
        asked = by("association.subnet-id", subnet["SubnetId"])
        [table] = ec2.describe_route_tables(**asked)["RouteTables"]
        assert table["Routes"] == [LOCAL]
        assert table["PropagatingVgws"] == []
        assert subnet["MapPublicIpOnLaunch"] is False


def test_the_main_table_leads_nowhere_either(ec2, network):
    tables = ec2.describe_route_tables(**by("vpc-id", vpc(ec2, network)))["RouteTables"]

    assert len(tables) == 2
    assert [it["Routes"] for it in tables] == [[LOCAL], [LOCAL]]


def test_nothing_is_attached_to_the_network(ec2, network):
    own = vpc(ec2, network)

    attached = ec2.describe_internet_gateways(**by("attachment.vpc-id", own))
    assert attached["InternetGateways"] == []
    nat = {"Filter": by("vpc-id", own)["Filters"]}
    assert ec2.describe_nat_gateways(**nat)["NatGateways"] == []
    assert ec2.describe_vpc_endpoints(**by("vpc-id", own))["VpcEndpoints"] == []
    assert ec2.describe_vpc_peering_connections()["VpcPeeringConnections"] == []


@pytest.mark.parametrize(
    "output", ["SecurityGroupId", "VpcSecurityGroupId", "ValidationSecurityGroupId"]
)
def test_what_a_group_sends_stays_in_the_network(ec2, network, output):
    [rule] = group(ec2, network[output])["IpPermissionsEgress"]

    assert [it["CidrIp"] for it in rule["IpRanges"]] == [BLOCK]
    assert rule["UserIdGroupPairs"] == rule["Ipv6Ranges"] == rule["PrefixListIds"] == []


def test_what_validates_reaches_instances_and_db_instances(ec2, network):
    instances, databases = network["SecurityGroupId"], network["VpcSecurityGroupId"]
    validation = network["ValidationSecurityGroupId"]

    assert let_in(ec2, validation) == set()
    assert let_in(ec2, instances) == {("-1", None, None, it) for it in (instances, validation)}
    tcp = ("tcp", 0, 65535)
    assert let_in(ec2, databases) == {(*tcp, it) for it in (instances, databases, validation)}


def test_the_db_subnet_group_covers_two_zones(rds, network):
    asked = {"DBSubnetGroupName": network["DBSubnetGroupName"]}
    [found] = rds.describe_db_subnet_groups(**asked)["DBSubnetGroups"]

    assert {it["SubnetAvailabilityZone"]["Name"] for it in found["Subnets"]} == ZONES
    assert {it["SubnetIdentifier"] for it in found["Subnets"]} == {*network["SubnetIds"].split(",")}


@pytest.mark.usefixtures("compute_at_once", "databases_at_once")
def test_instances_and_db_instances_are_put_where_the_outputs_say(network):
    where = {"SubnetId": network["SubnetId"], "SecurityGroupIds": [network["SecurityGroupId"]]}
    instance = instance_now(launch(TARGET, FAR, **where), TARGET, FAR)
    database = created(
        TARGET,
        FAR,
        DBSubnetGroupName=network["DBSubnetGroupName"],
        VpcSecurityGroupIds=[network["VpcSecurityGroupId"]],
        PubliclyAccessible=False,
    )

    assert "PublicIpAddress" not in instance
    assert database["DBSubnetGroup"]["VpcId"] == instance["VpcId"]
    assert [it["VpcSecurityGroupId"] for it in database["VpcSecurityGroups"]] == [
        network["VpcSecurityGroupId"]
    ]


def test_the_default_group_can_be_left_without_a_rule(ec2, deploy):
    default = deploy()["DefaultSecurityGroupId"]
    assert group(ec2, default)["GroupName"] == "default"

    found = ec2.describe_security_group_rules(**by("group-id", default))["SecurityGroupRules"]
    assert found
    for rule in found:
        revoke = "egress" if rule["IsEgress"] else "ingress"
        asked = {"GroupId": default, "SecurityGroupRuleIds": [rule["SecurityGroupRuleId"]]}
        getattr(ec2, f"revoke_security_group_{revoke}")(**asked)

    emptied = group(ec2, default)
    assert emptied["IpPermissions"] == emptied["IpPermissionsEgress"] == []


def test_zones_and_addresses_are_those_asked_for(ec2, deploy):
    made = deploy(VpcCidr="10.9.0.0/24", SubnetHostBits="5", AvailabilityZones=f"{FAR}c,{FAR}a")

    placed = {it["AvailabilityZone"]: it["CidrBlock"] for it in subnets(ec2, made)}
    assert placed == {f"{FAR}c": "10.9.0.0/27", f"{FAR}a": "10.9.0.32/27"}


def test_deploying_again_leaves_the_network_as_it_is(deploy):
    assert deploy() == deploy() == deploy(SystemsManagerEndpoints="DISABLED")


@pytest.mark.parametrize(
    ("asked", "services"),
    [
        ("ENABLED", {"ssm", "ssmmessages", "ec2messages"}),
        ("ENABLED_WITHOUT_EC2MESSAGES", {"ssm", "ssmmessages"}),
    ],
)
def test_systems_manager_comes_and_goes_as_asked(ec2, deploy, asked, services):
    before = deploy()
    of_network = by("vpc-id", vpc(ec2, before))

    assert deploy(SystemsManagerEndpoints=asked) == before

    made = ec2.describe_vpc_endpoints(**of_network)["VpcEndpoints"]
    assert {it["ServiceName"] for it in made} == {f"com.amazonaws.{FAR}.{it}" for it in services}
    [own] = {it["GroupId"] for endpoint in made for it in endpoint["Groups"]}
    assert let_in(ec2, own) == {("tcp", 443, 443, before["SecurityGroupId"])}
    for endpoint in made:
        assert endpoint["PrivateDnsEnabled"] is True
        assert endpoint["SubnetIds"] == [before["SubnetId"]]
        [statement] = json.loads(endpoint["PolicyDocument"])["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": TARGET}}
    inside = ec2.describe_network_interfaces(**of_network)["NetworkInterfaces"]
    assert len(inside) == len(services)
    block = ipaddress.ip_network(subnets(ec2, before)[0]["CidrBlock"])
    assert all(ipaddress.ip_address(it["PrivateIpAddress"]) in block for it in inside)

    deploy(SystemsManagerEndpoints="DISABLED")

    assert ec2.describe_vpc_endpoints(**of_network)["VpcEndpoints"] == []
    refused(lambda: group(ec2, own), "InvalidGroup.NotFound")


def test_a_network_that_is_not_wanted_any_more_is_gone_whole(plane, ec2, rds):
    name = unique("drill-network")
    made = drill_network.deploy(plane, TARGET, FAR, name, SystemsManagerEndpoints="ENABLED")
    own = vpc(ec2, made)

    client("cloudformation", TARGET, FAR).delete_stack(StackName=name)

    refused(lambda: ec2.describe_vpcs(VpcIds=[own]), "InvalidVpcID.NotFound")
    assert ec2.describe_subnets(**by("vpc-id", own))["Subnets"] == []
    assert ec2.describe_security_groups(**by("vpc-id", own))["SecurityGroups"] == []
    asked = {"DBSubnetGroupName": made["DBSubnetGroupName"]}
    refused(lambda: rds.describe_db_subnet_groups(**asked), "DBSubnetGroupNotFoundFault")
