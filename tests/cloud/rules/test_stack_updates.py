"""Parameters and conditions of a member account's stack, as they change (rule 13)."""

import json

import pytest
from aws import HOME, SOURCE, client, root, unique

NAMES = {"Type": "CommaDelimitedList", "Default": "arn:aws:iam::111122223333:role/by-default"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root(HOME)}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture
def stack():
    return Stack()


class Stack:
    """A role, and a policy that is there while the parameter `Roles` is not empty."""

    def __init__(self):
        self.client = client("cloudformation", SOURCE)
        self.iam = client("iam", SOURCE)
        self.name, self.role = unique("stack"), unique("role")
        self.template = {
            "Parameters": {"Roles": NAMES},
            "Conditions": {"Passes": {"Fn::Not": [{"Fn::Equals": [self.joined(), ""]}]}},
            "Resources": {
                "Role": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {"RoleName": self.role, "AssumeRolePolicyDocument": TRUST},
                },
                "PassRoles": {
                    "Type": "AWS::IAM::ManagedPolicy",
                    "Condition": "Passes",
                    "Properties": {
                        "Roles": [{"Ref": "Role"}],
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": {
                                "Effect": "Allow",
                                "Action": "iam:PassRole",
                                "Resource": {"Ref": "Roles"},
                            },
                        },
                    },
                },
            },
        }

    @staticmethod
    def joined():
        return {"Fn::Join": ["", {"Ref": "Roles"}]}

    def create(self, roles=None):
        self.client.create_stack(**self.request(roles))

    def update(self, roles):
        self.client.update_stack(**self.request(roles))

    def request(self, roles):
        parameters = [] if roles is None else [roles]
        return {
            "StackName": self.name,
            "TemplateBody": json.dumps(self.template),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Parameters": [
                {"ParameterKey": "Roles", "ParameterValue": value} for value in parameters
            ],
        }

    def parameter(self):
        stack = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        return stack["Parameters"][0]["ParameterValue"]

    def resources(self):
        listed = self.client.list_stack_resources(StackName=self.name)
        return [item["LogicalResourceId"] for item in listed["StackResourceSummaries"]]

    def passable(self):
        """The resources of the statement in the role's one policy; None without a policy."""
        attached = self.iam.list_attached_role_policies(RoleName=self.role)["AttachedPolicies"]
        if not attached:
            return None
        policy = self.iam.get_policy(PolicyArn=attached[0]["PolicyArn"])["Policy"]
        version = self.iam.get_policy_version(
            PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
        )
        return version["PolicyVersion"]["Document"]["Statement"]["Resource"]


def role(name):
    return f"arn:aws:iam::{SOURCE}:role/{name}"


def test_a_list_parameter_is_answered_as_it_was_given(stack):
    given = f"{role('one')},{role('two')}"

    stack.create(given)

    assert stack.parameter() == given
    assert stack.passable() == [role("one"), role("two")]


def test_a_list_parameters_default_is_a_list(stack):
    stack.create()

    assert stack.passable() == [NAMES["Default"]]


def test_a_resource_whose_condition_is_false_is_not_there(stack):
    stack.create("")

    assert stack.resources() == ["Role"]
    assert stack.passable() is None


def test_an_update_makes_the_resource_whose_condition_becomes_true(stack):
    stack.create("")

    stack.update(role("one"))

    assert stack.resources() == ["Role", "PassRoles"]
    assert stack.passable() == [role("one")]


def test_an_update_changes_the_resource_whose_condition_stays_true(stack):
    stack.create(role("one"))

    stack.update(f"{role('one')},{role('two')}")

    assert stack.passable() == [role("one"), role("two")]


def test_an_update_deletes_the_resource_whose_condition_becomes_false(stack):
    stack.create(role("one"))

    stack.update("")

    assert stack.resources() == ["Role"]
    assert stack.passable() is None


def test_a_condition_may_change_back_and_forth(stack):
    stack.create("")
    for roles in (role("one"), "", role("two")):
        stack.update(roles)

    assert stack.passable() == [role("two")]


SHORT_FORMS = """
Parameters:
  Roles: {Type: CommaDelimitedList, Default: ""}
Conditions:
  Passes: !Not [!Equals [!Join ["", !Ref Roles], ""]]
  PassesIndeed: !And [!Condition Passes, !Not [!Equals [!Ref AWS::Region, nowhere]]]
Resources:
  Role:
    Type: AWS::IAM::Role
    Condition: PassesIndeed
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
  Key:
    Type: AWS::KMS::Key
    Properties: {Description: a stack has at least one resource}
"""


@pytest.mark.parametrize(("roles", "made"), [("", False), (role("one"), True)])
def test_a_condition_may_refer_to_another_in_short_form(stack, roles, made):
    request = stack.request(roles) | {"TemplateBody": SHORT_FORMS}
    stack.client.create_stack(**request)

    assert ("Role" in stack.resources()) is made
