"""What drills are validated by works with the deployed state machine's own role."""

import json
import time
from uuid import uuid4

import pytest
from local_aws.accounts import FIRST
from restore.place import HOME, TARGET
from validating import machine_role, validator

INVOKE = "arn:aws:states:::lambda:invoke"
SEND = "arn:aws:states:::aws-sdk:ssm:sendCommand"
ENDPOINT = {"endpoint": {"address": "orders.example", "port": 5432}}


def run(cloud, states, given=None):
    """How an execution of these states ends, under the role of the deployed state machine."""
    client = cloud.step_functions
    machine = client.create_state_machine(
        name=f"validating-{uuid4().hex[:10]}",
        definition=json.dumps(
            {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
        ),
        roleArn=machine_role(cloud),
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))
    began = time.monotonic()
    while True:
        told = client.describe_execution(executionArn=execution["executionArn"])
        if told["status"] != "RUNNING":
            return told
        assert time.monotonic() - began < 30
        time.sleep(0.05)


def invoked(cloud, check):
    """How a task that invokes the function ends."""
    arguments = {"FunctionName": check.arn, "Payload": ENDPOINT}
    output = "{% $states.result.Payload %}"
    task = {"Type": "Task", "Resource": INVOKE, "Arguments": arguments, "Output": output}
    return run(cloud, {"Invoke": task | {"End": True}})


@pytest.mark.parametrize("account", [HOME, TARGET])
def test_a_validator_answers_and_keeps_what_it_was_called_with(cloud, tmp_path, account):
    check = validator(cloud, tmp_path, account, answer={"passed": False, "detail": "no tables"})
    assert check.called_with == []

    ended = invoked(cloud, check)

    assert json.loads(ended["output"]) == {"passed": False, "detail": "no tables"}
    assert check.called_with == [ENDPOINT]


def test_a_validator_fails_under_the_name_it_is_told(cloud, tmp_path):
    ended = invoked(cloud, validator(cloud, tmp_path, fail="NoSuchTable", message="orders"))

    assert ended["error"] == "NoSuchTable"
    assert json.loads(ended["cause"])["errorMessage"] == "orders"


def test_a_validator_that_hangs_is_ended_by_its_timeout(cloud, tmp_path):
    check = validator(cloud, tmp_path, timeout=1, hang=20)

    ended = invoked(cloud, check)

    assert ended["error"] == "Sandbox.Timedout"
    assert check.called_with == [ENDPOINT]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("identity", {"account": HOME, "prefix": "another-"}),
        ("resource", {"account": TARGET, "trusting": False}),
    ],
)
def test_a_validator_that_may_not_be_invoked_is_not(cloud, tmp_path, kind, settings):
    check = validator(cloud, tmp_path, answer={"passed": True}, **settings)

    ended = invoked(cloud, check)

    assert ended["error"] == "Lambda.AWSLambdaException"
    assert f"because no {kind}-based policy allows" in ended["cause"]
    assert check.called_with == []


def test_the_command_role_works_for_the_deployed_state_machine_alone(cloud):
    sending = {
        "Type": "Task",
        "Resource": SEND,
        "Credentials": {"RoleArn": FIRST.command_role},
        "Arguments": {
            "DocumentName": "AWS-RunShellScript",
            "InstanceIds": ["i-00000000000000000"],
            "Parameters": {"commands": ["systemctl is-active orders"]},
        },
        "End": True,
    }

    ended = run(cloud, {"Send": sending})

    assert ended["error"] == "States.TaskFailed"
    assert "is not authorized to assume" in ended["cause"]
