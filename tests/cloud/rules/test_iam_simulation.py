"""SimulatePrincipalPolicy tells what a role's policies allow, by the same evaluation as calls."""

import json

import pytest
from aws import SOURCE, TARGET, allow, assumed, caller, client, document, refused, role, statement


def simulated(arn, *actions, by=SOURCE, **more):
    """What is decided of each action, and on which resource."""
    told = client("iam", by).simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=list(actions), **more
    )
    return [
        (one["EvalActionName"], one["EvalResourceName"], one["EvalDecision"])
        for one in told["EvaluationResults"]
    ]


def test_each_action_is_allowed_or_denied_by_silence_or_in_words():
    arn = role(
        SOURCE,
        document(statement("Allow", "ec2:Describe*"), statement("Deny", "ec2:DescribeImages")),
    )
    assert simulated(arn, "ec2:DescribeVolumes", "ec2:CreateVolume", "ec2:DescribeImages") == [
        ("ec2:DescribeVolumes", "*", "allowed"),
        ("ec2:CreateVolume", "*", "implicitDeny"),
        ("ec2:DescribeImages", "*", "explicitDeny"),
    ]


def test_it_is_decided_for_each_resource_and_with_the_context_that_is_given():
    one, other = (f"arn:aws:rds:eu-west-1:{SOURCE}:snapshot:{name}" for name in ("one", "other"))
    in_region = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    arn = role(SOURCE, allow("rds:CopyDBSnapshot", resource=one, Condition=in_region))
    entry = {
        "ContextKeyName": "aws:RequestedRegion",
        "ContextKeyValues": ["eu-west-1"],
        "ContextKeyType": "string",
    }
    asked = {"ResourceArns": [one, other]}
    decided = [it[2] for it in simulated(arn, "rds:CopyDBSnapshot", **asked)]
    assert decided == ["implicitDeny", "implicitDeny"]
    decided = [
        it[2] for it in simulated(arn, "rds:CopyDBSnapshot", **asked, ContextEntries=[entry])
    ]
    assert decided == ["allowed", "implicitDeny"]


def test_policies_may_be_tried_beside_those_that_the_role_has():
    arn = role(SOURCE, allow("ec2:DescribeVolumes"))
    more = json.dumps(allow("ec2:CreateVolume"))
    decided = simulated(arn, "ec2:CreateVolume", "ec2:DescribeVolumes", PolicyInputList=[more])
    assert [it[2] for it in decided] == ["allowed", "allowed"]
    assert simulated(arn, "ec2:CreateVolume")[0][2] == "implicitDeny"


def test_who_may_not_simulate_and_what_does_not_exist_are_refused():
    arn, stranger = role(SOURCE), caller(SOURCE, allow("ec2:*"))
    refused(lambda: simulated(arn, "ec2:RunInstances", by=stranger), "AccessDenied")
    refused(lambda: simulated(arn, "ec2:RunInstances", by=TARGET), "NoSuchEntity")
    refused(lambda: simulated(f"{arn}-gone", "ec2:RunInstances"), "NoSuchEntity")


@pytest.mark.parametrize("action", ["RunInstances", "ec2 RunInstances"])
def test_what_is_no_action_is_refused(action):
    refused(lambda: simulated(role(SOURCE), action), "InvalidInput")


def test_a_role_may_be_allowed_to_read_itself_alone():
    own, other = role(SOURCE, policy=None), role(SOURCE)
    mine = own.rsplit("/", 1)[-1]
    text = json.dumps(allow("iam:GetRole", resource=own))
    client("iam", SOURCE).put_role_policy(RoleName=mine, PolicyName="own", PolicyDocument=text)
    iam = client("iam", assumed(own))

    assert iam.get_role(RoleName=mine)["Role"]["Arn"] == own
    refused(lambda: iam.get_role(RoleName=other.rsplit("/", 1)[-1]), "AccessDenied")
