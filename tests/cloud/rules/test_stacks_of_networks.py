"""Networks of a member account's stack: CloudFormation makes of them what AWS would (rule 13)."""

import json

import pytest
from aws import NEAR, refused
from network_stacks import VPC, Stack, db_subnets, endpoint, group, ref, resource, subnet


@pytest.fixture
def stack():
    return Stack()


def test_what_cannot_be_changed_here_is_refused(stack):
    stack.create(Vpc=VPC)

    other = resource("EC2::VPC", CidrBlock="10.2.0.0/24")
    refused(lambda: stack.update(Vpc=other), "NotImplemented", "Vpc", "AWS::EC2::VPC")


def test_a_parameter_that_is_given_as_it_was_by_default_changes_nothing(stack):
    parameters = {
        "Block": {"Type": "String", "Default": "10.1.0.0/24"},
        "Bits": {"Type": "Number", "Default": 5},
    }
    vpc = resource("EC2::VPC", CidrBlock=ref("Block"))
    cut = subnet({"Fn::Select": [0, {"Fn::Cidr": [ref("Block"), 1, ref("Bits")]}]})

    def body(**more):
        resources = {"Vpc": vpc, "Subnet": cut} | more
        return json.dumps({"Parameters": parameters, "Resources": resources})

    stack.client.create_stack(StackName=stack.name, TemplateBody=body())
    before = stack.ids()
    given = {"Block": "10.1.0.0/24", "Bits": "5"}
    stack.client.update_stack(
        StackName=stack.name,
        TemplateBody=body(Table=resource("EC2::RouteTable", VpcId=ref("Vpc"))),
        Parameters=[{"ParameterKey": it, "ParameterValue": given[it]} for it in given],
    )

    after = stack.ids()
    assert after.pop("Table").startswith("rtb-")
    assert after == before


@pytest.mark.parametrize(
    ("asked", "support", "hostnames"),
    [
        ({}, True, False),
        ({"EnableDnsHostnames": True}, True, True),
        ({"EnableDnsSupport": "false", "EnableDnsHostnames": "false"}, False, False),
    ],
)
def test_a_vpc_has_the_dns_that_was_asked_for(stack, asked, support, hostnames):
    stack.create(Vpc=resource("EC2::VPC", CidrBlock="10.1.0.0/24", **asked))

    def attribute(name):
        told = stack.ec2.describe_vpc_attribute(VpcId=stack.ids()["Vpc"], Attribute=name)
        return told[name[0].upper() + name[1:]]["Value"]

    assert attribute("enableDnsSupport") is support
    assert attribute("enableDnsHostnames") is hostnames


def test_a_subnet_is_associated_with_its_table(stack):
    stack.create(
        Vpc=VPC,
        Table=resource("EC2::RouteTable", VpcId=ref("Vpc"), Tags=[{"Key": "a", "Value": "b"}]),
        Subnet=subnet("10.1.0.0/25"),
        Routes=resource(
            "EC2::SubnetRouteTableAssociation", RouteTableId=ref("Table"), SubnetId=ref("Subnet")
        ),
    )

    ids = stack.ids()
    filters = [{"Name": "association.subnet-id", "Values": [ids["Subnet"]]}]
    [table] = stack.ec2.describe_route_tables(Filters=filters)["RouteTables"]
    assert table["RouteTableId"] == ids["Table"]
    assert table["Associations"][0]["RouteTableAssociationId"] == ids["Routes"]
    assert {"Key": "a", "Value": "b"} in table["Tags"]


@pytest.mark.parametrize(("asked", "mapped"), [({}, False), ({"MapPublicIpOnLaunch": True}, True)])
def test_a_subnet_maps_public_addresses_where_that_is_asked(stack, asked, mapped):
    stack.create(Vpc=VPC, Subnet=subnet("10.1.0.0/25", **asked))

    [made] = stack.ec2.describe_subnets(SubnetIds=[stack.ids()["Subnet"]])["Subnets"]
    assert made["MapPublicIpOnLaunch"] is mapped


def test_a_db_subnet_group_is_found_by_what_the_stack_calls_it(stack):
    one, other = subnet("10.1.0.0/25"), subnet("10.1.0.128/25", f"{NEAR}b")
    stack.create(Vpc=VPC, One=one, Other=other, Subnets=db_subnets("One", "Other"))

    [output] = [
        it["OutputValue"]
        for it in stack.client.describe_stacks(StackName=stack.name)["Stacks"][0]["Outputs"]
        if it["OutputKey"] == "Subnets"
    ]
    assert output == stack.ids()["Subnets"] == output.lower()
    [made] = stack.rds.describe_db_subnet_groups(DBSubnetGroupName=output)["DBSubnetGroups"]
    ids = {it["SubnetIdentifier"] for it in made["Subnets"]}
    assert ids == {stack.ids()["One"], stack.ids()["Other"]}


def test_a_db_subnet_group_keeps_its_name_when_its_subnets_change(stack):
    subnets = {
        "One": subnet("10.1.0.0/26"),
        "Other": subnet("10.1.0.64/26", f"{NEAR}b"),
        "Third": subnet("10.1.0.128/26", f"{NEAR}c"),
    }
    stack.create(Vpc=VPC, **subnets, Subnets=db_subnets("One", "Other"))
    name = stack.ids()["Subnets"]

    stack.update(Vpc=VPC, **subnets, Subnets=db_subnets("Other", "Third"))

    assert stack.ids()["Subnets"] == name
    [made] = stack.rds.describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
    zones = {it["SubnetAvailabilityZone"]["Name"] for it in made["Subnets"]}
    assert zones == {f"{NEAR}b", f"{NEAR}c"}


def test_a_db_subnet_group_of_one_zone_is_refused(stack):
    one, other = subnet("10.1.0.0/25"), subnet("10.1.0.128/25")
    refused(
        lambda: stack.create(Vpc=VPC, One=one, Other=other, Subnets=db_subnets("One", "Other")),
        "DBSubnetGroupDoesNotCoverEnoughAZs",
    )


def test_an_endpoint_has_the_policy_of_the_template_and_goes_with_it(stack):
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*"}]}
    network = {"Vpc": VPC, "Subnet": subnet("10.1.0.0/25")}
    stack.create(**network, Endpoint=endpoint(PolicyDocument=policy))

    asked = {"VpcEndpointIds": [stack.ids()["Endpoint"]]}
    [made] = stack.ec2.describe_vpc_endpoints(**asked)["VpcEndpoints"]
    assert json.loads(made["PolicyDocument"]) == policy
    assert made["PrivateDnsEnabled"] is False
    stack.update(**network)
    refused(lambda: stack.ec2.describe_vpc_endpoints(**asked), "InvalidVpcEndpointId.NotFound")


def test_an_endpoint_has_private_dns_only_in_a_vpc_with_names(stack):
    asked = {"Subnet": subnet("10.1.0.0/25"), "Endpoint": endpoint(PrivateDnsEnabled=True)}

    refused(lambda: stack.create(Vpc=VPC, **asked), "InvalidParameter", "enableDnsHostnames")


def test_the_blocks_of_subnets_are_cut_from_that_of_the_vpc(stack):
    def nth(n):
        block = {"Fn::GetAtt": ["Vpc", "CidrBlock"]}
        return {"Fn::Select": [n, {"Fn::Cidr": [block, 3, "5"]}]}

    stack.create(Vpc=VPC, First=subnet(nth(0)), Third=subnet(nth(2)))

    made = stack.ec2.describe_subnets(SubnetIds=[stack.ids()[it] for it in ("First", "Third")])
    blocks = {it["CidrBlock"] for it in made["Subnets"]}
    assert blocks == {"10.1.0.0/27", "10.1.0.64/27"}


def test_blocks_that_do_not_fit_are_refused(stack):
    block = {"Fn::Select": [0, {"Fn::Cidr": ["10.1.0.0/24", 3, 7]}]}

    refused(lambda: stack.create(Vpc=VPC, Subnet=subnet(block)), "ValidationError", "Fn::Cidr")


@pytest.mark.parametrize("region", ["", {"Ref": "AWS::Region"}])
def test_the_zones_are_those_of_the_stacks_region(region):
    stack = Stack(region="eu-central-1")
    first = {"Fn::Select": [0, {"Fn::GetAZs": region}]}
    stack.create(Vpc=VPC, Subnet=subnet("10.1.0.0/25", first))

    [made] = stack.ec2.describe_subnets(SubnetIds=[stack.ids()["Subnet"]])["Subnets"]
    assert made["AvailabilityZone"] == "eu-central-1a"


def test_only_zones_with_a_default_subnet_count_where_there_is_one():
    stack = Stack(account="777788889999", region="eu-north-1")
    filters = [{"Name": "default-for-az", "Values": ["true"]}]
    defaults = stack.ec2.describe_subnets(Filters=filters)["Subnets"]
    for one in defaults:
        if one["AvailabilityZone"] != "eu-north-1b":
            stack.ec2.delete_subnet(SubnetId=one["SubnetId"])
    first = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}

    stack.create(Vpc=VPC, Subnet=subnet("10.1.0.0/25", first))

    [made] = stack.ec2.describe_subnets(SubnetIds=[stack.ids()["Subnet"]])["Subnets"]
    assert made["AvailabilityZone"] == "eu-north-1b"


def test_a_deleted_stack_takes_its_network_along(stack):
    stack.create(
        Vpc=resource("EC2::VPC", CidrBlock="10.1.0.0/24", EnableDnsHostnames=True),
        Table=resource("EC2::RouteTable", VpcId=ref("Vpc")),
        Subnet=subnet("10.1.0.0/25"),
        Other=subnet("10.1.0.128/25", f"{NEAR}b"),
        Subnets=db_subnets("Subnet", "Other"),
        Routes=resource(
            "EC2::SubnetRouteTableAssociation", RouteTableId=ref("Table"), SubnetId=ref("Subnet")
        ),
        Group=group(),
        Endpoint=endpoint(PrivateDnsEnabled=True, SecurityGroupIds=[ref("Group")]),
    )
    ids = stack.ids()

    stack.client.delete_stack(StackName=stack.name)

    refused(lambda: stack.ec2.describe_vpcs(VpcIds=[ids["Vpc"]]), "InvalidVpcID.NotFound")
    inside = [{"Name": "vpc-id", "Values": [ids["Vpc"]]}]
    assert stack.ec2.describe_subnets(Filters=inside)["Subnets"] == []
    assert stack.ec2.describe_route_tables(Filters=inside)["RouteTables"] == []
    assert stack.ec2.describe_security_groups(Filters=inside)["SecurityGroups"] == []
    assert stack.ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"] == []
    named = {"DBSubnetGroupName": ids["Subnets"]}
    refused(lambda: stack.rds.describe_db_subnet_groups(**named), "DBSubnetGroupNotFoundFault")
