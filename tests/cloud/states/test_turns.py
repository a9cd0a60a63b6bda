"""A test has an execution wait in a task for another one."""

import time
import uuid

import pytest

TWO_TASKS = ("First", "Second")


@pytest.fixture
def machine(states):
    """A state machine with two tasks."""
    first, second = TWO_TASKS
    return states.create(
        {first: states.task({}, Next=second), second: states.task({}, End=True)},
    )


@pytest.fixture
def other(machine):
    """The name and the ARN of an execution of it that has not been started."""
    name = f"other-{uuid.uuid4().hex[:12]}"
    return name, f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def test_an_execution_waits_in_a_task_until_another_has_come_where_it_is_to(states, machine, other):
    name, arn = other
    waiting = states.start(f"{machine}#wait in First until {arn} is in Second")
    states.until(waiting, "TaskStateEntered")
    time.sleep(0.2)
    assert states.events(waiting, "TaskScheduled") == []

    states.start(machine, name=name)

    assert states.ended(waiting).status == "SUCCEEDED"
    called = states.events(waiting, "TaskScheduled")[0]["timestamp"]
    second = states.events(arn, "TaskStateEntered")[1]
    assert second["stateEnteredEventDetails"]["name"] == "Second"
    assert called >= second["timestamp"]


def test_it_waits_no_longer_than_the_other_takes(states, machine, other):
    name, arn = other
    waiting = states.start(f"{machine}#wait in Second until {arn} is in Third")

    ended = states.ended(states.start(machine, name=name))

    assert states.ended(waiting).status == "SUCCEEDED"
    called = states.events(waiting, "TaskScheduled")[1]["timestamp"]
    assert called >= ended.description["stopDate"]


def test_one_that_is_stopped_while_it_waits_calls_nothing(states, machine, other):
    waiting = states.start(f"{machine}#wait in First until {other[1]} is in Second")
    states.until(waiting, "TaskStateEntered")

    states.client.stop_execution(executionArn=waiting)
    time.sleep(0.2)

    assert states.ended(waiting).status == "ABORTED"
    assert states.events(waiting, "TaskScheduled") == []
