"""A test names the case of an execution that somebody else starts."""

import json
import urllib.error
import urllib.request

import pytest
from bus import Bus, new_name
from test_nested import only_child, starting


def two_tasks(states):
    return states.create(
        {"First": states.task({}, Next="Second"), "Second": states.task({}, End=True)}
    )


def names(states, wanted):
    """Asks for the case."""
    body = json.dumps(wanted).encode()
    request = urllib.request.Request(f"{states.endpoint}/_rules/cases", body, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def tasks(states, execution):
    """The tasks that the execution has entered."""
    entered = states.events(execution, "TaskStateEntered")
    return [it["stateEnteredEventDetails"]["name"] for it in entered]


def test_what_a_rule_starts_begins_with_the_case_that_is_named_for_it(states):
    machine, bus, source = two_tasks(states), Bus(states), f"aws.{new_name()}"
    target = {"Arn": machine, "RoleArn": states.role}
    bus.rule(target, EventPattern=json.dumps({"source": [source]}))
    names(states, {"stateMachineArn": machine, "input": "orders-1", "case": "stop in First"})

    event = {"source": source, "detail-type": "It has ended", "detail": {"id": "orders-1"}}
    bus.says(event)

    ended = states.ended(only_child(states, machine))
    assert (ended.status, tasks(states, ended.arn)) == ("ABORTED", ["First"])


def test_what_a_state_machine_starts_begins_with_it_once(states):
    machine = two_tasks(states)
    parent = states.create({"Start": starting(machine, given={"id": "orders-2"})})
    names(states, {"stateMachineArn": machine, "input": "orders-2", "case": "stop in Second"})

    of_another = states.ended(states.start(machine, {"id": "orders-3"}))
    failed, succeeded = (states.ended(states.start(parent)) for _ in range(2))

    assert of_another.status == "SUCCEEDED"
    assert json.loads(failed.description["cause"])["Status"] == "ABORTED"
    assert succeeded.status == "SUCCEEDED"


def test_a_case_that_names_no_input_is_refused(states):
    with pytest.raises(urllib.error.HTTPError, match="400"):
        names(states, {"stateMachineArn": two_tasks(states), "case": "stop in First"})
