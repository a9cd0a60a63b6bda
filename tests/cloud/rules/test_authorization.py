"""What a caller may do in EC2, RDS and IAM is what its policies say (rule 11)."""

import json

import pytest
from aws import (
    FAR,
    NEAR,
    TARGET,
    allow,
    caller,
    client,
    document,
    own_client,
    refused,
    root,
    statement,
    unique,
)
from resource_plane import tagging


def ec2_of(policy, region=NEAR):
    return client("ec2", caller(TARGET, policy), region)


def test_ec2_refuses_in_its_own_words():
    credentials = caller(TARGET, allow("rds:*"))
    arn = client("sts", credentials).get_caller_identity()["Arn"]
    message = refused(
        lambda: client("ec2", credentials).describe_volumes(), "UnauthorizedOperation"
    )
    assert message == (
        f"You are not authorized to perform this operation. User: {arn} is not authorized to "
        "perform: ec2:DescribeVolumes on resource: * because no identity-based policy allows the "
        "ec2:DescribeVolumes action"
    )


def test_an_explicit_deny_is_named_as_one():
    policy = document(statement("Allow", "*"), statement("Deny", "ec2:Describe*"))
    refused(
        lambda: ec2_of(policy).describe_volumes(),
        "UnauthorizedOperation",
        "with an explicit deny in an identity-based policy",
    )


@pytest.mark.parametrize("service", ["rds", "iam", "cloudformation"])
def test_the_query_services_refuse_with_access_denied(service):
    operation = {
        "rds": "describe_db_instances",
        "iam": "list_roles",
        "cloudformation": "list_stacks",
    }[service]
    stranger = client(service, caller(TARGET, None))
    refused(getattr(stranger, operation), "AccessDenied", "because no identity-based policy allows")
    assert getattr(client(service, caller(TARGET, allow(f"{service}:*"))), operation)()


def test_an_ec2_describe_call_needs_a_statement_on_everything():
    on_one = allow("ec2:Describe*", resource=f"arn:aws:ec2:{NEAR}:{TARGET}:volume/*")
    refused(lambda: ec2_of(on_one).describe_volumes(), "UnauthorizedOperation")


def test_a_policy_for_one_region_does_not_reach_another():
    near = allow("ec2:*", Condition={"StringEquals": {"aws:RequestedRegion": [NEAR]}})
    assert "Volumes" in ec2_of(near).describe_volumes()
    refused(lambda: ec2_of(near, FAR).describe_volumes(), "UnauthorizedOperation")


def test_a_policy_changed_in_mid_session_counts_at_once():
    iam, name = client("iam", TARGET), unique("role")
    trust = statement("Allow", "sts:AssumeRole", Principal={"AWS": root(TARGET)})
    trust.pop("Resource")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document(trust)))
    session = {"RoleArn": arn["Role"]["Arn"], "RoleSessionName": "test"}
    ec2 = client("ec2", client("sts", TARGET).assume_role(**session)["Credentials"])
    refused(ec2.describe_volumes, "UnauthorizedOperation")
    policy = iam.create_policy(
        PolicyName=unique("policy"), PolicyDocument=json.dumps(allow("ec2:DescribeVolumes"))
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    assert "Volumes" in ec2.describe_volumes()
    narrower = json.dumps(allow("ec2:DescribeSnapshots"))
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=narrower, SetAsDefault=True)
    refused(ec2.describe_volumes, "UnauthorizedOperation")
    iam.detach_role_policy(RoleName=name, PolicyArn=policy)
    refused(ec2.describe_snapshots, "UnauthorizedOperation")


# Tags set by the call that makes the thing


def make_group(ec2, tags):
    """A security group, tagged as it is made."""
    specification = {
        "ResourceType": "security-group",
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
    request = {"GroupName": unique("group"), "Description": "test"}
    return ec2.create_security_group(**request, TagSpecifications=[specification])


def test_tagging_on_create_needs_the_permission_to_tag():
    refused(
        lambda: make_group(ec2_of(allow("ec2:CreateSecurityGroup")), {"a": "b"}),
        "UnauthorizedOperation",
        "ec2:CreateTags",
    )
    assert make_group(ec2_of(allow("ec2:CreateSecurityGroup", "ec2:CreateTags")), {"a": "b"})


def test_the_permission_to_tag_may_be_bound_to_the_action_and_the_tags():
    bound = statement(
        "Allow",
        "ec2:CreateTags",
        f"arn:aws:ec2:{NEAR}:{TARGET}:security-group/*",
        Condition={
            "StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"},
            "ForAllValues:StringLike": {"aws:TagKeys": "restore:*"},
        },
    )
    ec2 = ec2_of(document(statement("Allow", "ec2:CreateSecurityGroup"), bound))
    made = make_group(ec2, {"restore:id": "r-1", "restore:step": "create-instance"})["GroupId"]
    refused(lambda: make_group(ec2, {"other": "x"}), "UnauthorizedOperation")
    refused(
        lambda: ec2.create_tags(Resources=[made], Tags=[{"Key": "restore:id", "Value": "r-2"}]),
        "UnauthorizedOperation",
    )


def test_a_policy_may_ask_for_a_tag_of_the_request():
    tagged = allow("ec2:*", Condition={"StringEquals": {"aws:RequestTag/restore:id": "r-1"}})
    ec2 = ec2_of(tagged)
    assert make_group(ec2, {"restore:id": "r-1"})
    refused(lambda: make_group(ec2, {"restore:id": "r-2"}), "UnauthorizedOperation")


def test_a_tag_of_the_request_is_seen_only_on_what_it_is_for():
    tags = [{"Key": "restore:id", "Value": "r-1"}]
    params = {"TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]}
    of_its_own = {"aws:RequestTag/restore:id": "r-1", "aws:TagKeys": ["restore:id"]}
    ec2 = f"arn:aws:ec2:{NEAR}:{TARGET}"
    assert tagging.request_facts(params, f"{ec2}:instance/*") == of_its_own
    assert tagging.request_facts(params, f"{ec2}:volume/*") == {}
    assert tagging.request_facts({"Tags": tags}, f"{ec2}:volume/vol-1") == of_its_own


# Roles passed to a service


@pytest.fixture
def profile():
    """An instance profile of the target account and the role in it."""
    iam, name = client("iam", TARGET), unique("profile")
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    trust["Action"] = "sts:AssumeRole"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document(trust)))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return name, role["Role"]["Arn"]


def associate(ec2, name):
    return ec2.associate_iam_instance_profile(
        IamInstanceProfile={"Name": name}, InstanceId="i-1234567890abcdef0"
    )


def test_a_role_is_passed_to_ec2_only_by_whom_its_policy_lets(profile):
    name, role = profile
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    to_rds = {"StringEquals": {"iam:PassedToService": "rds.amazonaws.com"}}

    def passing(resource, condition):
        may_pass = statement("Allow", "iam:PassRole", resource, Condition=condition)
        return ec2_of(document(statement("Allow", "ec2:*"), may_pass))

    for ec2 in (
        ec2_of(allow("ec2:*")),
        passing(role, to_rds),
        passing(role + "-other", to_ec2),
    ):
        message = refused(lambda ec2=ec2: associate(ec2, name), "UnauthorizedOperation")
        assert f"is not authorized to perform: iam:PassRole on resource: {role}" in message
    # Whoever may pass the role gets as far as the instance, which does not exist.
    refused(lambda: associate(passing(role, to_ec2), name), "InvalidInstanceID.NotFound")


def test_a_role_is_passed_to_cloudformation_only_by_whom_its_policy_lets(profile):
    _, role = profile
    stacks = client("cloudformation", caller(TARGET, allow("cloudformation:*")))
    request = {"StackName": unique("stack"), "TemplateBody": '{"Resources": {}}', "RoleARN": role}
    refused(lambda: stacks.create_stack(**request), "AccessDenied", "iam:PassRole")


# What the plane does not know


def test_an_operation_that_the_plane_lacks_is_refused_as_such():
    ec2 = client("ec2", TARGET)
    refused(ec2.describe_capacity_blocks, "NotImplemented", "ec2:DescribeCapacityBlocks")


def test_an_operation_that_ec2_lacks_is_refused_as_such():
    ec2 = own_client("ec2", TARGET)

    def rename(params, **_):
        params["body"]["Action"] = "RestoreVolumes"

    ec2.meta.events.register("before-call.ec2.DescribeVolumes", rename)
    refused(ec2.describe_volumes, "InvalidAction")
