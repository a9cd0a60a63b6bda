"""From the network of drills there is no way out, and it costs nothing that was not asked for."""

import ipaddress
from collections import Counter

import pytest
from cloudformation import template

# Whatever could be a way out is of another type: gateways of any kind, routes, peerings, public
# addresses, attachments to transit gateways.
FREE = {
    "AWS::EC2::RouteTable": 1,
    "AWS::EC2::SecurityGroup": 4,
    "AWS::EC2::SecurityGroupIngress": 2,
    "AWS::EC2::Subnet": 2,
    "AWS::EC2::SubnetRouteTableAssociation": 2,
    "AWS::EC2::VPC": 1,
    "AWS::RDS::DBSubnetGroup": 1,
}
BILLED = {"AWS::EC2::VPCEndpoint": 3}

IN_USE_OF_SYSTEMS_MANAGER = {
    "EndpointSecurityGroup",
    "SystemsManagerEndpoint",
    "SessionMessagesEndpoint",
}

# Who is let in, from where.
WAYS = {
    ("InstanceSecurityGroup", "InstanceSecurityGroup"),
    ("InstanceSecurityGroup", "DBInstanceSecurityGroup"),
    ("InstanceSecurityGroup", "EndpointSecurityGroup"),
    ("DBInstanceSecurityGroup", "DBInstanceSecurityGroup"),
    ("ValidationSecurityGroup", "InstanceSecurityGroup"),
    ("ValidationSecurityGroup", "DBInstanceSecurityGroup"),
}

# What a request takes from each output, if from itself.
FIELDS = {
    "SubnetId": "drill.network.subnetId",
    "SubnetIds": "drill.network.subnetId",
    "SecurityGroupId": "drill.network.securityGroupIds",
    "DBSubnetGroupName": "drill.network.dbSubnetGroupName",
    "VpcSecurityGroupId": "drill.network.vpcSecurityGroupIds",
    "ValidationSecurityGroupId": None,
    "DefaultSecurityGroupId": None,
}

NETWORK = template("drill-network")


def of_type(kind):
    """The properties of the resources of one type, by name."""
    return {
        name: it["Properties"]
        for name, it in NETWORK["Resources"].items()
        if it["Type"] == f"AWS::{kind}"
    }


def defaults():
    return {name: it["Default"] for name, it in NETWORK["Parameters"].items()}


def holds(condition, parameters):
    """Whether a condition of the template is true of the parameters."""
    match condition:
        case str():
            return holds(NETWORK["Conditions"][condition], parameters)
        case {"Not": [negated]}:
            return not holds(negated, parameters)
        case {"Equals": [{"Ref": name}, value]}:
            return parameters[name] == value
        case {"Equals": [{"Join": ["", {"Ref": name}]}, value]}:
            return parameters[name] == value
    pytest.fail(f"what is {condition}?")


def made(**parameters):
    """The names of the resources that are made with these parameters."""
    parameters = defaults() | parameters
    return {
        name
        for name, it in NETWORK["Resources"].items()
        if "Condition" not in it or holds(it["Condition"], parameters)
    }


def rules():
    """Each ingress rule, with the name of the group that it is of."""
    for name, group in of_type("EC2::SecurityGroup").items():
        for rule in group.get("SecurityGroupIngress", []):
            yield name, rule
    for rule in of_type("EC2::SecurityGroupIngress").values():
        yield rule["GroupId"]["GetAtt"].removesuffix(".GroupId"), rule


def references(value):
    """The names of what is referred to in a part of the template."""
    match value:
        case {"Ref": name}:
            return {name}
        case {"GetAtt": attribute}:
            return {attribute.split(".")[0]}
        case dict():
            return set().union(*(references(it) for it in value.values()))
        case list():
            return set().union(*(references(it) for it in value))
    return set()


def test_the_network_is_made_of_what_has_no_way_out():
    assert Counter(it["Type"] for it in NETWORK["Resources"].values()) == FREE | BILLED


def test_by_default_there_is_nothing_that_is_billed():
    types = Counter(NETWORK["Resources"][it]["Type"] for it in made())

    assert types == Counter(FREE) - Counter(["AWS::EC2::SecurityGroup"])


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        ("DISABLED", set()),
        ("ENABLED", {*IN_USE_OF_SYSTEMS_MANAGER, "Ec2MessagesEndpoint"}),
        ("ENABLED_WITHOUT_EC2MESSAGES", IN_USE_OF_SYSTEMS_MANAGER),
    ],
)
def test_systems_manager_is_reached_where_it_is_asked_for(asked, more):
    parameter = NETWORK["Parameters"]["SystemsManagerEndpoints"]

    assert asked in parameter["AllowedValues"]
    assert parameter["Default"] == "DISABLED"
    assert made(SystemsManagerEndpoints=asked) == made() | more


def test_what_is_there_only_sometimes_is_used_only_by_what_is_there_then():
    for asked in NETWORK["Parameters"]["SystemsManagerEndpoints"]["AllowedValues"]:
        there = made(SystemsManagerEndpoints=asked)
        used = references([NETWORK["Resources"][it]["Properties"] for it in there])
        assert used & NETWORK["Resources"].keys() <= there


def test_every_subnet_has_the_table_with_nothing_but_the_local_route():
    subnets, associations = of_type("EC2::Subnet"), of_type("EC2::SubnetRouteTableAssociation")

    assert {it["SubnetId"]["Ref"] for it in associations.values()} == subnets.keys()
    assert {it["RouteTableId"]["Ref"] for it in associations.values()} == {"RouteTable"}
    assert {it["MapPublicIpOnLaunch"] for it in subnets.values()} == {False}


def test_the_subnets_are_in_two_zones_and_apart():
    def nth(n, of):
        return {"Select": [n, of]}

    zones = {"If": ["NamesZones", {"Ref": "AvailabilityZones"}, {"GetAZs": ""}]}
    blocks = {"Cidr": [{"Ref": "VpcCidr"}, 2, {"Ref": "SubnetHostBits"}]}
    placed = [(it["AvailabilityZone"], it["CidrBlock"]) for it in of_type("EC2::Subnet").values()]

    assert placed == [(nth(0, zones), nth(0, blocks)), (nth(1, zones), nth(1, blocks))]
    assert not holds("NamesZones", defaults())
    assert holds("NamesZones", {"AvailabilityZones": "eu-west-1b,eu-west-1c"})


def test_by_default_the_subnets_fit_into_the_network():
    whole = ipaddress.ip_network(defaults()["VpcCidr"])

    assert whole.is_private
    assert 2 * 2 ** defaults()["SubnetHostBits"] <= whole.num_addresses


@pytest.mark.parametrize("name", of_type("EC2::SecurityGroup"))
def test_what_a_group_sends_stays_inside(name):
    [rule] = of_type("EC2::SecurityGroup")[name]["SecurityGroupEgress"]

    to = {key: value for key, value in rule.items() if key not in ("Description", "IpProtocol")}
    assert to == {"CidrIp": {"Ref": "VpcCidr"}}


def test_a_group_lets_in_only_who_has_to_come_in():
    def source(rule):
        assert not {it for it in rule if it.startswith("Cidr") or it.endswith("PrefixListId")}
        return rule["SourceSecurityGroupId"]["GetAtt"].removesuffix(".GroupId")

    assert sorted((source(rule), name) for name, rule in rules()) == sorted(WAYS)


@pytest.mark.parametrize("name", of_type("EC2::VPCEndpoint"))
def test_an_endpoint_serves_this_account_and_has_interfaces_in_one_zone(name):
    endpoint = of_type("EC2::VPCEndpoint")[name]
    [statement] = endpoint["PolicyDocument"]["Statement"]

    account = {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}
    assert statement["Condition"] == {"StringEquals": account}
    assert endpoint["VpcEndpointType"] == "Interface"
    assert endpoint["PrivateDnsEnabled"] is True
    assert endpoint["SubnetIds"] == [{"Ref": "FirstSubnet"}]
    assert endpoint["SecurityGroupIds"] == [{"GetAtt": "EndpointSecurityGroup.GroupId"}]


def test_the_endpoints_are_those_of_systems_manager():
    names = {it["ServiceName"]["Sub"] for it in of_type("EC2::VPCEndpoint").values()}

    prefix = "com.amazonaws.${AWS::Region}"
    assert names == {f"{prefix}.{it}" for it in ("ssm", "ssmmessages", "ec2messages")}


def test_an_output_says_which_field_of_a_request_it_is_for():
    for name, output in NETWORK["Outputs"].items():
        named = {it for it in FIELDS.values() if it and f"`{it}`" in output["Description"]}
        assert named == ({FIELDS[name]} - {None}), name


@pytest.mark.parametrize("name", FIELDS)
def test_the_value_of_an_output_is_there_whatever_was_asked_for(name):
    output = NETWORK["Outputs"][name]

    assert "Condition" not in output
    assert references(output["Value"])
    assert references(output["Value"]) <= made()
