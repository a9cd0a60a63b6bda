"""Security groups are not deleted while anything uses them."""

import pytest
from aws import refused
from compute import (
    ENDLESS,
    at_once,  # noqa: F401
    ec2,
    group,
    launch,
    network,
)

pytestmark = pytest.mark.usefixtures("at_once")


def delete(group_id):
    ec2().delete_security_group(GroupId=group_id)


def exists(group_id):
    filters = [{"Name": "group-id", "Values": [group_id]}]
    return bool(ec2().describe_security_groups(Filters=filters)["SecurityGroups"])


def test_a_group_that_nothing_uses_is_deleted():
    unused = group(network()[0])

    delete(unused)

    assert not exists(unused)
    refused(lambda: delete(unused), "InvalidGroup.NotFound", unused)


def test_a_group_of_an_instance_is_kept_until_the_instance_is_gone(settings):
    vpc, inside = network()
    used = group(vpc)
    instance = launch(SubnetId=inside, SecurityGroupIds=[used])

    refused(lambda: delete(used), "DependencyViolation", used)
    settings(durations={"instance-termination": ENDLESS})
    ec2().terminate_instances(InstanceIds=[instance])
    refused(lambda: delete(used), "DependencyViolation")


def test_a_group_that_the_instance_has_left_is_deleted():
    vpc, inside = network()
    first, second = group(vpc), group(vpc)
    instance = launch(SubnetId=inside, SecurityGroupIds=[first])
    ec2().modify_instance_attribute(InstanceId=instance, Groups=[second])

    delete(first)

    assert not exists(first)
    refused(lambda: delete(second), "DependencyViolation")


def test_a_group_of_a_terminated_instance_is_deleted():
    vpc, inside = network()
    used = group(vpc)
    instance = launch(SubnetId=inside, SecurityGroupIds=[used])
    ec2().terminate_instances(InstanceIds=[instance])

    delete(used)

    assert not exists(used)


def test_a_group_that_another_groups_rule_names_is_kept():
    vpc, _ = network()
    named, naming = group(vpc), group(vpc)
    ec2().authorize_security_group_ingress(
        GroupId=naming,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "UserIdGroupPairs": [{"GroupId": named}],
            }
        ],
    )

    refused(lambda: delete(named), "DependencyViolation")
    delete(naming)
    delete(named)


def test_the_default_group_is_not_deleted():
    vpc, _ = network()
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    default = ec2().describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]

    refused(lambda: delete(default), "CannotDelete")


def test_a_group_can_be_without_any_rule():
    sealed = group(network()[0])
    everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]

    ec2().revoke_security_group_egress(GroupId=sealed, IpPermissions=everywhere)

    told = ec2().describe_security_groups(GroupIds=[sealed])["SecurityGroups"][0]
    assert (told["IpPermissions"], told["IpPermissionsEgress"]) == ([], [])
