"""A name belongs to one execution, and the same start again finds it."""

import time

import pytest
from machine import WAIT_SCALE, allow

SHORT_WAIT = {"Wait": {"Type": "Wait", "Seconds": 1 / WAIT_SCALE, "End": True}}


def test_the_same_start_again_returns_the_running_execution(states):
    machine = states.create(SHORT_WAIT)
    first = states.client.start_execution(stateMachineArn=machine, name="orders", input="{}")
    time.sleep(0.05)
    again = states.client.start_execution(stateMachineArn=machine, name="orders", input="{}")

    assert again["executionArn"] == first["executionArn"]
    assert again["startDate"] == first["startDate"]
    listed = states.client.list_executions(stateMachineArn=machine)["executions"]
    assert len(listed) == 1


@pytest.mark.parametrize("when", ["with another input", "after it has ended"])
def test_a_name_in_use_is_refused(states, when):
    machine = states.create(SHORT_WAIT)
    first = states.start(machine, name="orders")
    if when == "after it has ended":
        states.ended(first)
    given = {"other": True} if when == "with another input" else {}

    with pytest.raises(states.client.exceptions.ExecutionAlreadyExists):
        states.start(machine, given, name="orders")


@pytest.mark.parametrize("name", ["x" * 81, "two words", "plan/wave/restore", "a:b"])
def test_a_name_that_aws_does_not_take_is_refused(states, name):
    machine = states.create(SHORT_WAIT)

    with pytest.raises(states.client.exceptions.InvalidName):
        states.start(machine, name=name)


def test_a_name_of_80_characters_is_taken(states):
    assert states.start(states.create(SHORT_WAIT), name="x" * 80)


def test_of_tasks_that_start_one_name_one_starts_it(states):
    started = states.create({"Pass": {"Type": "Pass", "End": True}})
    role = states.create_role("starter", allow("states:StartExecution", started))
    starter = states.create({"Start": start_task(started)}, role=role)

    begun = [states.start(starter, {"number": number}) for number in range(12)]
    ended = [states.ended(execution) for execution in begun]

    assert sorted(it.status for it in ended) == ["FAILED"] * 11 + ["SUCCEEDED"]
    listed = states.client.list_executions(stateMachineArn=started)["executions"]
    assert [it["name"] for it in listed] == ["orders"]


def start_task(machine):
    """A Task state that starts an execution under a name, with an input that no other has."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Arguments": {
            "StateMachineArn": machine,
            "Name": "orders",
            "Input": "{% {'number': $states.input.number} %}",
        },
        "End": True,
    }
