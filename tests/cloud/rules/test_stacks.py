"""Stacks of a member account: what CloudFormation makes is what AWS would make (rule 13)."""

import json
import textwrap

import pytest
from aws import (
    EVERYTHING,
    HOME,
    NEAR,
    SOURCE,
    allow,
    assumed,
    client,
    refused,
    root,
    statement,
    unique,
)

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root(HOME)}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture
def cloudformation():
    return client("cloudformation", SOURCE)


def role_resource(name, **properties):
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": name, "AssumeRolePolicyDocument": TRUST, **properties},
    }


def inline(*actions):
    return [{"PolicyName": "inline", "PolicyDocument": allow(*actions)}]


def template(**resources):
    return json.dumps({"Resources": resources})


def deploy(cloudformation, stack, body):
    cloudformation.create_stack(
        StackName=stack, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    return cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]


def update(cloudformation, stack, body):
    cloudformation.update_stack(
        StackName=stack, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"]
    )


def arn_of(name):
    return f"arn:aws:iam::{SOURCE}:role/{name}"


def as_role(service, name):
    return client(service, assumed(arn_of(name), by=HOME))


def test_a_role_with_inline_policies_does_what_they_allow_and_no_more(cloudformation):
    name = unique("inline")
    body = template(Role=role_resource(name, Policies=inline("ec2:DescribeSnapshots")))
    assert deploy(cloudformation, unique("stack"), body) == "CREATE_COMPLETE"

    ec2 = as_role("ec2", name)
    assert "Snapshots" in ec2.describe_snapshots(OwnerIds=["self"])
    refused(lambda: ec2.describe_volumes(), "UnauthorizedOperation")


def test_an_inline_policy_is_shown_as_the_json_it_is(cloudformation):
    name = unique("inline")
    deploy(
        cloudformation,
        unique("stack"),
        template(Role=role_resource(name, Policies=inline("ec2:DescribeSnapshots"))),
    )

    iam = client("iam", SOURCE)
    shown = iam.get_role_policy(RoleName=name, PolicyName="inline")["PolicyDocument"]
    assert shown == allow("ec2:DescribeSnapshots")


def test_yaml_with_an_unquoted_version_makes_policies_that_work(cloudformation):
    name, policy = unique("yaml"), unique("policy")
    body = textwrap.dedent(f"""
        Parameters:
          Action: {{Type: String, Default: ec2:DescribeSnapshots}}
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: {name}
              AssumeRolePolicyDocument:
                Version: 2012-10-17
                Statement:
                  - {{Effect: Allow, Principal: {{AWS: "{root(HOME)}"}}, Action: sts:AssumeRole}}
              Policies:
                - PolicyName: inline
                  PolicyDocument:
                    Version: 2012-10-17
                    Statement: [{{Effect: Allow, Action: !Ref Action, Resource: "*"}}]
          Policy:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              ManagedPolicyName: {policy}
              Roles: [!Ref Role]
              PolicyDocument:
                Version: 2012-10-17
                Statement:
                  - Effect: Allow
                    Action: ec2:DescribeVolumes
                    Resource: "*"
                    Condition: {{StringEquals: {{"aws:RequestedRegion": !Ref AWS::Region}}}}
        Outputs:
          Arn: {{Value: !GetAtt Role.Arn}}
    """)
    stack = unique("stack")
    assert deploy(cloudformation, stack, body) == "CREATE_COMPLETE"

    outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    assert outputs[0]["OutputValue"] == arn_of(name)
    ec2 = as_role("ec2", name)
    assert "Snapshots" in ec2.describe_snapshots(OwnerIds=["self"])
    assert "Volumes" in ec2.describe_volumes()
    far = client("ec2", assumed(arn_of(name), by=HOME), "eu-central-1")
    refused(lambda: far.describe_volumes(), "UnauthorizedOperation")


def test_a_role_has_the_managed_policies_that_it_lists(cloudformation):
    name = unique("listing")
    policy = client("iam", SOURCE).create_policy(
        PolicyName=unique("policy"), PolicyDocument=json.dumps(allow("ec2:DescribeVolumes"))
    )["Policy"]["Arn"]
    body = template(Role=role_resource(name, ManagedPolicyArns=[policy]))
    deploy(cloudformation, unique("stack"), body)

    assert "Volumes" in as_role("ec2", name).describe_volumes()


def test_an_update_changes_a_roles_policies_and_whom_it_trusts(cloudformation):
    name, stack = unique("updated"), unique("stack")
    deploy(cloudformation, stack, template(Role=role_resource(name, Policies=inline("kms:*"))))
    own = {"Statement": [TRUST["Statement"][0] | {"Principal": {"AWS": root(SOURCE)}}]}
    changed = role_resource(name, Policies=inline("ec2:DescribeVolumes"))
    changed["Properties"]["AssumeRolePolicyDocument"] = own
    update(cloudformation, stack, template(Role=changed))

    refused(lambda: assumed(arn_of(name), by=HOME), "AccessDenied")
    credentials = assumed(arn_of(name), by=SOURCE)
    assert "Volumes" in client("ec2", credentials).describe_volumes()
    refused(lambda: client("kms", credentials).list_keys(), "AccessDeniedException")


def test_an_update_leaves_policies_alone_that_others_gave_the_role(cloudformation):
    name, stack = unique("updated"), unique("stack")
    deploy(cloudformation, stack, template(Role=role_resource(name, Policies=inline("kms:*"))))
    client("iam", SOURCE).put_role_policy(
        RoleName=name, PolicyName="other", PolicyDocument=json.dumps(allow("ec2:DescribeVolumes"))
    )
    update(cloudformation, stack, template(Role=role_resource(name, Description="changed")))

    listed = client("iam", SOURCE).list_role_policies(RoleName=name)["PolicyNames"]
    assert listed == ["other"]


def test_an_update_makes_a_managed_policys_new_document_the_default(cloudformation):
    name, stack, policy_name = unique("updated"), unique("stack"), unique("policy")

    def body(*actions):
        policy = {
            "ManagedPolicyName": policy_name,
            "Roles": [{"Ref": "Role"}],
            "PolicyDocument": allow(*actions),
        }
        return template(
            Role=role_resource(name),
            Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": policy},
        )

    deploy(cloudformation, stack, body("ec2:DescribeSnapshots"))
    for change in range(6):
        update(cloudformation, stack, body("ec2:DescribeVolumes", f"s3:Get{change}"))

    ec2 = as_role("ec2", name)
    assert "Volumes" in ec2.describe_volumes()
    refused(lambda: ec2.describe_snapshots(OwnerIds=["self"]), "UnauthorizedOperation")


def test_a_deleted_stack_takes_its_roles_and_policies_along(cloudformation):
    name, stack, policy_name = unique("deleted"), unique("stack"), unique("policy")
    policy = {
        "ManagedPolicyName": policy_name,
        "Roles": [{"Ref": "Role"}],
        "PolicyDocument": EVERYTHING,
    }
    body = template(
        Role=role_resource(name, Policies=inline("kms:*")),
        Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": policy},
    )
    deploy(cloudformation, stack, body)
    cloudformation.delete_stack(StackName=stack)

    iam = client("iam", SOURCE)
    refused(lambda: iam.get_role(RoleName=name), "NoSuchEntity")
    arn = f"arn:aws:iam::{SOURCE}:policy/{policy_name}"
    refused(lambda: iam.get_policy(PolicyArn=arn), "NoSuchEntity")
    assert deploy(cloudformation, stack, body) == "CREATE_COMPLETE"


@pytest.mark.parametrize("capabilities", [[], ["CAPABILITY_IAM"], ["CAPABILITY_AUTO_EXPAND"]])
def test_a_named_role_needs_the_capability_for_names(cloudformation, capabilities):
    body, stack = template(Role=role_resource(unique("named"))), unique("stack")
    refused(
        lambda: cloudformation.create_stack(
            StackName=stack, TemplateBody=body, Capabilities=capabilities
        ),
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_NAMED_IAM]",
    )
    refused(lambda: cloudformation.describe_stacks(StackName=stack), "ValidationError")


def test_a_change_set_needs_capabilities_too(cloudformation):
    refused(
        lambda: cloudformation.create_change_set(
            StackName=unique("stack"),
            ChangeSetName="change",
            ChangeSetType="CREATE",
            TemplateBody=template(Role=role_resource(unique("named"))),
        ),
        "InsufficientCapabilitiesException",
    )


def test_a_malformed_policy_makes_no_role(cloudformation):
    name = unique("malformed")
    nobody = {"PolicyName": "inline", "PolicyDocument": {"Statement": [{"Effect": "Perhaps"}]}}
    body = template(Role=role_resource(name, Policies=[nobody]))
    refused(lambda: deploy(cloudformation, unique("stack"), body), "MalformedPolicyDocument")


def test_a_key_is_made_with_its_own_policy_and_properties(cloudformation):
    policy = {
        "Version": "2012-10-17",
        "Statement": [statement("Allow", "kms:*", Principal={"AWS": root(SOURCE)})],
    }
    stack = unique("stack")
    body = template(
        Disabled={
            "Type": "AWS::KMS::Key",
            "Properties": {
                "KeyPolicy": policy,
                "Enabled": False,
                "MultiRegion": True,
                "Tags": [{"Key": "restore:id", "Value": "r-1"}],
            },
        },
        Plain={"Type": "AWS::KMS::Key", "Properties": {}},
    )
    deploy(cloudformation, stack, body)
    made = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in made}

    kms = client("kms", SOURCE, NEAR)
    disabled = kms.describe_key(KeyId=ids["Disabled"])["KeyMetadata"]
    assert (disabled["KeyState"], disabled["MultiRegion"]) == ("Disabled", True)
    assert json.loads(kms.get_key_policy(KeyId=ids["Disabled"])["Policy"]) == policy
    tags = kms.list_resource_tags(KeyId=ids["Disabled"])["Tags"]
    assert tags == [{"TagKey": "restore:id", "TagValue": "r-1"}]
    plain = kms.describe_key(KeyId=ids["Plain"])["KeyMetadata"]
    assert (plain["KeyState"], plain["KeyUsage"]) == ("Enabled", "ENCRYPT_DECRYPT")


def test_a_deleted_stacks_keys_are_pending_deletion(cloudformation):
    stack = unique("stack")
    deploy(cloudformation, stack, template(Key={"Type": "AWS::KMS::Key", "Properties": {}}))
    made = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    cloudformation.delete_stack(StackName=stack)

    described = client("kms", SOURCE).describe_key(KeyId=made[0]["PhysicalResourceId"])
    assert described["KeyMetadata"]["KeyState"] == "PendingDeletion"
