"""Conditions of templates that join lists, as this project's template has them."""

import json
import uuid

import boto3
import pytest

TEMPLATE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": ""}},
    "Conditions": {
        "AreGiven": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Names"}]}, ""]}]}
    },
    "Resources": {
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "State": {"Fn::If": ["AreGiven", "ENABLED", "DISABLED"]},
                "EventPattern": {"source": ["orders"]},
            },
        }
    },
    "Outputs": {"Rule": {"Value": {"Ref": "Rule"}}},
}


@pytest.mark.parametrize(
    ("names", "state"), [("", "DISABLED"), ("orders", "ENABLED"), ("a,b", "ENABLED")]
)
def test_a_condition_joins_the_members_of_a_list(states, names, state):
    session = boto3.Session("123456789012", "test", region_name="us-east-1")
    stacks = session.client("cloudformation", endpoint_url=states.endpoint)
    name = f"joined-{uuid.uuid4().hex[:8]}"

    stacks.create_stack(
        StackName=name,
        TemplateBody=json.dumps(TEMPLATE),
        Parameters=[{"ParameterKey": "Names", "ParameterValue": names}],
    )
    stacks.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )

    [output] = stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    rules = session.client("events", endpoint_url=states.endpoint)
    assert rules.describe_rule(Name=output["OutputValue"])["State"] == state
