"""A test has an execution told that another, which has ended, is running still."""

import json

import pytest

LOOK_TWICE = {
    "First": {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
        "Arguments": {"ExecutionArn": "{% $states.input.other %}"},
        "Assign": {"other": "{% $states.input.other %}", "first": "{% $states.result %}"},
        "Next": "Second",
    },
    "Second": {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
        "Arguments": {"ExecutionArn": "{% $other %}"},
        "Output": "{% [$first, $states.result] %}",
        "End": True,
    },
}


@pytest.fixture
def other(states):
    """An execution that has ended well."""
    ended = states.run({"Pass": {"Type": "Pass", "Output": {"well": True}, "End": True}})
    assert ended.status == "SUCCEEDED"
    return ended.arn


def test_it_is_told_so_as_often_as_asked_and_there_alone(states, other):
    machine = states.create(LOOK_TWICE)

    ended = states.ended(
        states.start(f"{machine}#described as running 1 times in First", {"other": other})
    )

    assert ended.status == "SUCCEEDED", ended.description.get("cause")
    first, second = ended.output
    assert first["Status"] == "RUNNING"
    assert {"Output", "StopDate", "Error", "Cause"}.isdisjoint(first)
    assert first["Input"] == second["Input"]
    assert (second["Status"], json.loads(second["Output"])) == ("SUCCEEDED", {"well": True})


def test_whoever_else_asks_is_told_how_it_is(states, other):
    described = states.client.describe_execution(executionArn=other)

    assert described["status"] == "SUCCEEDED"
    ended = states.ended(states.start(states.create(LOOK_TWICE), {"other": other}))
    assert [it["Status"] for it in ended.output] == ["SUCCEEDED"] * 2
