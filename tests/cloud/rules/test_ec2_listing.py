"""Filters and pages of the calls that list, whether their rules are moto's or this plane's."""

import pytest
from aws import SOURCE, TARGET, own_client, refused
from compute import ec2, group, network

LISTS = (
    "describe_availability_zones",
    "describe_iam_instance_profile_associations",
    "describe_images",
    "describe_instance_status",
    "describe_instance_type_offerings",
    "describe_instance_types",
    "describe_instances",
    "describe_internet_gateways",
    "describe_key_pairs",
    "describe_network_acls",
    "describe_network_interfaces",
    "describe_regions",
    "describe_route_tables",
    "describe_security_groups",
    "describe_snapshot_tier_status",
    "describe_snapshots",
    "describe_subnets",
    "describe_tags",
    "describe_volume_status",
    "describe_volumes",
    "describe_volumes_modifications",
    "describe_vpc_endpoints",
    "describe_vpcs",
)
"""Calls that take filters."""


def filtered(name, *values):
    """One filter."""
    return {"Name": name, "Values": list(values)}


@pytest.mark.parametrize("call", LISTS)
def test_a_filter_that_there_is_not_is_refused_by_its_name(call):
    asked = [filtered("colour", "green")]
    refused(
        lambda: getattr(ec2(), call)(Filters=asked),
        "InvalidParameterValue",
        "The filter 'colour' is invalid",
    )


def test_a_filter_of_nat_gateways_is_held_to_the_same():
    asked = [filtered("colour", "green")]
    refused(lambda: ec2().describe_nat_gateways(Filter=asked), "InvalidParameterValue", "colour")


def test_a_filter_without_a_name_is_refused():
    careless = own_client("ec2", SOURCE)
    asked = [{"Values": ["green"]}]
    refused(
        lambda: careless.describe_subnets(Filters=asked),
        "InvalidParameterValue",
        "The filter 'null' is invalid",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vpc-id", "{vpc}"),
        ("subnet-id", "{subnet}"),
        ("cidrBlock", "10.0.0.0/24"),
        ("tag:of", "nobody"),
        ("tag-key", "of"),
    ],
)
def test_filters_that_there_are_are_taken(name, value):
    vpc, subnet = network()
    asked = filtered(name, value.format(vpc=vpc, subnet=subnet))
    found = ec2().describe_subnets(Filters=[filtered("vpc-id", vpc), asked])["Subnets"]
    expected = [] if name.startswith("tag") else [subnet]
    assert [one["SubnetId"] for one in found] == expected


def test_the_first_name_of_a_filter_is_still_taken():
    def defaults(name):
        found = ec2().describe_vpcs(Filters=[filtered(name, "true")])["Vpcs"]
        return {one["VpcId"] for one in found}

    assert defaults("isDefault") == defaults("is-default") != set()


@pytest.mark.parametrize("call", ["describe_vpcs", "describe_volumes"])
def test_a_call_has_fifty_filters_with_two_hundred_values_each(call):
    many = [str(number) for number in range(201)]
    full = [filtered(f"tag:{name}", *many[:200]) for name in many[:50]]

    def look(asked):
        return getattr(ec2(), call)(Filters=asked)

    look(full)
    refused(lambda: look([*full, filtered("tag:more", "x")]), "FilterLimitExceeded", "50")
    refused(lambda: look([filtered("tag:more", *many)]), "FilterLimitExceeded", "200")


@pytest.mark.parametrize(
    ("call", "most"),
    [
        ("describe_subnets", 1000),
        ("describe_instance_types", 100),
        ("describe_route_tables", 100),
        ("describe_iam_instance_profile_associations", 1000),
    ],
)
def test_a_page_has_no_more_than_the_action_allows(call, most):
    getattr(ec2(), call)(MaxResults=most)
    refused(
        lambda: getattr(ec2(), call)(MaxResults=most + 1), "InvalidParameterValue", str(most + 1)
    )


def test_a_page_of_moto_s_things_is_followed_by_the_next():
    vpc, _ = network(TARGET)
    wanted = {group(vpc, TARGET) for _ in range(11)}
    of = {"Filters": [filtered("vpc-id", vpc), filtered("group-id", *wanted)]}

    first = ec2(TARGET).describe_security_groups(MaxResults=5, **of)
    assert len(first["SecurityGroups"]) == 5
    pages = (
        ec2(TARGET)
        .get_paginator("describe_security_groups")
        .paginate(**of, PaginationConfig={"PageSize": 5})
    )
    sizes = [[one["GroupId"] for one in page["SecurityGroups"]] for page in pages]
    assert [len(page) for page in sizes] == [5, 5, 1]
    assert {one for page in sizes for one in page} == wanted
    assert "NextToken" not in ec2(TARGET).describe_security_groups(**of)


@pytest.mark.parametrize(
    "call", ["describe_vpcs", "describe_instance_types", "describe_tags", "describe_volumes"]
)
def test_a_token_that_no_page_gave_is_refused(call):
    refused(lambda: getattr(ec2(), call)(NextToken="more"), "InvalidNextToken")


def test_interfaces_by_their_ids_are_not_paged():
    made = ec2().create_network_interface(SubnetId=network()[1])["NetworkInterface"]
    asked = {"NetworkInterfaceIds": [made["NetworkInterfaceId"]]}
    assert len(ec2().describe_network_interfaces(**asked)["NetworkInterfaces"]) == 1
    refused(
        lambda: ec2().describe_network_interfaces(**asked, MaxResults=5),
        "InvalidParameterCombination",
        "NetworkInterfaceIds",
    )
