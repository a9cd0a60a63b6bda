"""A task's Credentials: a role, of another account as a rule, that is assumed for it."""

import json

import pytest
from local_aws import HOME, TARGET
from machine import allow
from reaching import SEND_AND_LOOK, assuming, policy, sending

ASSUME = allow("sts:AssumeRole")


def refusal(machine_role, role):
    """The words of Step Functions (see `control_plane.roles`)."""
    return f"The role {machine_role} is not authorized to assume the task state's role, {role}."


def test_the_role_is_assumed_under_the_state_machines_arn_as_external_id(reaching):
    machine = reaching.machine({"Send": sending(reaching.node[TARGET], **assuming())}, ASSUME)
    own = reaching.role_of(machine)
    role = reaching.trusting_role(own, SEND_AND_LOOK, StringEquals={"sts:ExternalId": machine})

    ended = reaching.ran(machine, {"role": role})

    assert ended.status == "SUCCEEDED", ended.description
    command = ended.output["Command"]
    assert (command["InstanceIds"], command["Comment"]) == ([reaching.node[TARGET]], "drill")
    assume, send = reaching.calls()[-2:]
    assert (assume["action"], assume["roleArn"], assume["account"]) == ("AssumeRole", own, HOME)
    assert (assume["params"]["RoleArn"], assume["params"]["ExternalId"]) == (role, machine)
    assert (send["action"], send["roleArn"], send["account"]) == ("SendCommand", role, TARGET)


def test_the_role_is_told_by_the_event_that_schedules_the_task(reaching):
    machine = reaching.machine({"Send": sending(reaching.node[TARGET], **assuming())}, ASSUME)
    role = reaching.trusting_role(reaching.role_of(machine), SEND_AND_LOOK)

    ended = reaching.ran(machine, {"role": role})

    [event] = reaching.events(ended.arn, "TaskScheduled")
    assert event["taskScheduledEventDetails"]["taskCredentials"] == {"roleArn": role}


def test_each_attempt_assumes_it_anew(reaching):
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    task = sending("i-0123456789abcdef0", Retry=retry, **assuming())
    machine = reaching.machine({"Send": task}, ASSUME)
    role = reaching.trusting_role(reaching.role_of(machine), SEND_AND_LOOK)

    ended = reaching.ran(machine, {"role": role})

    assert ended.error == "Ssm.InvalidInstanceIdException"
    assumed = [it for it in reaching.calls() if it["params"].get("RoleArn") == role]
    assert len(assumed) == 3
    assert len({it["params"]["RoleSessionName"] for it in assumed}) == 3


@pytest.mark.parametrize(
    "trusted",
    [
        f"arn:aws:iam::{HOME}:role/another",
        "arn:aws:iam::111122223333:root",
    ],
)
def test_a_role_that_does_not_trust_the_state_machines_is_refused(reaching, trusted):
    machine = reaching.machine({"Send": sending(reaching.node[TARGET], **assuming())}, ASSUME)
    role = reaching.trusting_role(trusted, SEND_AND_LOOK)

    ended = reaching.ran(machine, {"role": role})

    assert ended.error == "States.TaskFailed"
    assert ended.description["cause"] == refusal(reaching.role_of(machine), role)
    assert reaching.calls()[-1]["action"] == "AssumeRole"


def test_a_role_that_asks_for_an_external_id_of_somebody_elses_is_refused(reaching):
    machine = reaching.machine({"Send": sending(reaching.node[TARGET], **assuming())}, ASSUME)
    own = reaching.role_of(machine)
    condition = {"StringEquals": {"sts:ExternalId": "orders-target-b04d86a1"}}
    role = reaching.trusting_role(own, SEND_AND_LOOK, **condition)

    assert reaching.ran(machine, {"role": role}).description["cause"] == refusal(own, role)


def test_a_role_that_is_not_there_is_refused_alike(reaching):
    machine = reaching.machine({"Send": sending(reaching.node[TARGET], **assuming())}, ASSUME)
    missing = f"arn:aws:iam::{TARGET}:role/nobodys"

    ended = reaching.ran(machine, {"role": missing})

    assert ended.error == "States.TaskFailed"
    assert ended.description["cause"] == refusal(reaching.role_of(machine), missing)


def test_the_state_machines_own_role_has_to_allow_it_too(reaching):
    machine = reaching.machine(
        {"Send": sending(reaching.node[TARGET], **assuming())}, allow("ssm:*")
    )
    role = reaching.trusting_role(reaching.role_of(machine), SEND_AND_LOOK)

    ended = reaching.ran(machine, {"role": role})

    assert ended.description["cause"] == refusal(reaching.role_of(machine), role)


def test_what_its_own_role_may_do_counts_as_it_is_at_the_call(reaching):
    machine = reaching.machine(
        {"Send": sending(reaching.node[TARGET], **assuming())}, allow("ssm:*"), name="grows"
    )
    role = reaching.trusting_role(reaching.role_of(machine), SEND_AND_LOOK)
    assert reaching.ran(machine, {"role": role}).status == "FAILED"

    more = json.dumps(policy(allow("sts:AssumeRole", role)))
    reaching.iam.put_role_policy(RoleName="grows", PolicyName="more", PolicyDocument=more)

    assert reaching.ran(machine, {"role": role}).status == "SUCCEEDED"


def test_the_assumed_role_may_do_only_what_its_own_policies_allow(reaching):
    machine = reaching.machine(
        {"Send": sending(reaching.node[TARGET], **assuming())}, ASSUME, allow("ssm:*")
    )
    role = reaching.trusting_role(reaching.role_of(machine), allow("ssm:GetCommandInvocation"))

    ended = reaching.ran(machine, {"role": role})

    assert ended.error == "Ssm.SsmException"
    name = role.rsplit("/", 1)[-1]
    assert f"assumed-role/{name}/" in ended.description["cause"]
    assert "is not authorized to perform: ssm:SendCommand" in ended.description["cause"]


def test_a_role_that_is_no_text_is_an_evaluation_that_failed(reaching):
    task = sending(reaching.node[TARGET], **assuming("{% $states.input.number %}"))

    ended = reaching.ran(reaching.machine({"Send": task}, ASSUME), {"number": 1})

    assert ended.error == "States.QueryEvaluationError"
    assert "Credentials/RoleArn" in ended.description["cause"]


def test_in_jsonpath_the_role_is_a_path(reaching):
    task = {
        "QueryLanguage": "JSONPath",
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:sendCommand",
        "Credentials": {"RoleArn.$": "$.role"},
        "Parameters": {
            "DocumentName": "AWS-RunShellScript",
            "InstanceIds": [reaching.node[TARGET]],
            "Parameters": {"commands": ["true"]},
        },
        "End": True,
    }
    machine = reaching.machine({"Send": task}, ASSUME)
    role = reaching.trusting_role(reaching.role_of(machine), SEND_AND_LOOK)

    assert reaching.ran(machine, {"role": role}).status == "SUCCEEDED"


def test_credentials_of_a_task_that_would_not_heed_them_are_not_passed_over(reaching):
    task = {**reaching.task({"answer": 1}, End=True), **assuming()}

    ended = reaching.ran(reaching.create({"Task": task}), {"role": "arn:aws:iam::1:role/x"})

    assert ended.error == "States.Runtime"
    assert "Credentials" in ended.description["cause"]
