"""Security groups of a member account's stack have the rules that AWS would give them (rule 13)."""

import pytest
from aws import refused
from network_stacks import VPC, Stack, group, ref, resource

INSIDE = {"IpProtocol": "-1", "CidrIp": "10.1.0.0/24", "Description": "Inside the VPC."}


@pytest.fixture
def stack():
    return Stack()


def told(permissions):
    """Rules as they are answered, by what they let through."""
    return {
        (rule["IpProtocol"], rule.get("FromPort"), other)
        for rule in permissions
        for other in [
            *(it["CidrIp"] for it in rule["IpRanges"]),
            *(it["GroupId"] for it in rule["UserIdGroupPairs"]),
        ]
    }


def test_a_group_without_egress_rules_is_let_out_everywhere(stack):
    stack.create(Vpc=VPC, Group=group())

    assert told(stack.group()["IpPermissionsEgress"]) == {("-1", None, "0.0.0.0/0")}
    assert stack.group()["IpPermissions"] == []


def test_a_group_with_egress_rules_has_those_alone(stack):
    stack.create(Vpc=VPC, Group=group(SecurityGroupEgress=[INSIDE]))

    [rule] = stack.group()["IpPermissionsEgress"]
    assert rule["IpProtocol"] == "-1"
    assert rule["IpRanges"] == [{"CidrIp": "10.1.0.0/24", "Description": "Inside the VPC."}]


def test_groups_let_in_each_other_and_themselves(stack):
    tcp = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}
    from_first = tcp | {"SourceSecurityGroupId": ref("First"), "Description": "The first."}
    itself = tcp | {"GroupId": ref("First"), "SourceSecurityGroupId": ref("First")}
    stack.create(
        Vpc=VPC,
        First=group(),
        Second=group(SecurityGroupIngress=[from_first]),
        Itself=resource("EC2::SecurityGroupIngress", **itself),
    )

    first = stack.ids()["First"]
    assert told(stack.group("First")["IpPermissions"]) == {("tcp", 0, first)}
    assert told(stack.group("Second")["IpPermissions"]) == {("tcp", 0, first)}
    [pair] = stack.group("Second")["IpPermissions"][0]["UserIdGroupPairs"]
    assert pair["Description"] == "The first."
    assert stack.ids()["Itself"].startswith("sgr-")


def test_an_update_changes_a_groups_own_rules_and_leaves_the_group(stack):
    stack.create(Vpc=VPC, Group=group(SecurityGroupEgress=[INSIDE]))
    before = stack.ids()["Group"]
    by_hand = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    stack.ec2.authorize_security_group_ingress(
        GroupId=before, IpPermissions=[by_hand | {"IpRanges": [{"CidrIp": "10.1.0.0/28"}]}]
    )

    narrow = INSIDE | {"CidrIp": "10.1.0.0/25"}
    stack.update(Vpc=VPC, Group=group(SecurityGroupEgress=[narrow]))

    assert stack.ids()["Group"] == before
    assert told(stack.group()["IpPermissionsEgress"]) == {("-1", None, "10.1.0.0/25")}
    assert told(stack.group()["IpPermissions"]) == {("tcp", 22, "10.1.0.0/28")}
    stack.update(Vpc=VPC, Group=group())
    assert stack.group()["IpPermissionsEgress"] == []


@pytest.mark.parametrize("name", ["GroupDescription", "GroupName", "VpcId"])
def test_a_group_that_would_be_another_is_refused(stack, name):
    other = resource("EC2::VPC", CidrBlock="10.2.0.0/24")
    stack.create(Vpc=VPC, Other=other, Group=group())

    another = {name: ref("Other") if name == "VpcId" else "another"}
    update = {"Vpc": VPC, "Other": other, "Group": group(**another)}
    refused(lambda: stack.update(**update), "NotImplemented", "replace")


def test_an_ingress_rule_goes_with_its_resource(stack):
    itself = {"IpProtocol": "-1", "GroupId": ref("Group"), "SourceSecurityGroupId": ref("Group")}
    stack.create(Vpc=VPC, Group=group(), Itself=resource("EC2::SecurityGroupIngress", **itself))
    assert told(stack.group()["IpPermissions"]) == {("-1", None, stack.ids()["Group"])}

    stack.update(Vpc=VPC, Group=group())

    assert stack.group()["IpPermissions"] == []
