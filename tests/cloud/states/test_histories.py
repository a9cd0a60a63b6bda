"""The history of an execution has the events that AWS writes, in their order."""

import pytest
from machine import over

STARTED, SUCCEEDED = "ExecutionStarted", "ExecutionSucceeded"
PASS = {"Echo": {"Type": "Pass", "End": True}}
FAIL = {"Fail": {"Type": "Fail", "Error": "Restore.Bad", "Cause": "as told"}}


def history(states, execution):
    """The kinds of its events, whose numbers are those of their order."""
    pages = states.client.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    assert [it["id"] for it in events] == list(range(1, len(events) + 1))
    return [it["type"] for it in events]


def inline(machine, items, **fields):
    """A Map state in inline mode."""
    processor = {"StartAt": next(iter(machine)), "States": machine}
    return {"Type": "Map", "Items": items, "ItemProcessor": processor, "End": True, **fields}


def test_a_task_is_scheduled_and_starts_at_each_attempt(states):
    again = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    task = states.task({"fail": "Name.OfError"}, Retry=again, End=True)

    ended = states.run({"Task": task})

    attempt = ["TaskScheduled", "TaskStarted", "TaskFailed"]
    assert history(states, ended.arn) == [
        STARTED,
        "TaskStateEntered",
        *attempt,
        *attempt,
        "ExecutionFailed",
    ]


@pytest.mark.parametrize(
    ("machine", "ends"),
    [(PASS, ["TaskSucceeded", "TaskStateExited", SUCCEEDED]), (FAIL, ["TaskFailed"])],
)
def test_a_task_that_waits_for_an_execution_is_submitted_once_that_has_started(
    states, machine, ends
):
    waits = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": states.create(machine), "Input": {}},
        "End": True,
    }

    ended = states.run({"Wait": waits})

    found = history(states, ended.arn)
    begun = [STARTED, "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted"]
    assert found[: len(begun) + len(ends)] == begun + ends


def test_an_inline_map_starts_and_so_does_each_iteration_whose_states_are_entered(states):
    ended = states.run({"Map": inline(PASS, [1])})

    assert history(states, ended.arn) == [
        STARTED,
        "MapStateEntered",
        "MapStateStarted",
        "MapIterationStarted",
        "PassStateEntered",
        "PassStateExited",
        "MapIterationSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        SUCCEEDED,
    ]
    [map_started] = states.events(ended.arn, "MapStateStarted")
    assert map_started["mapStateStartedEventDetails"]["length"] == 1
    [iteration] = states.events(ended.arn, "MapIterationStarted")
    assert iteration["mapIterationStartedEventDetails"] == {"name": "Map", "index": 0}
    [entered] = states.events(ended.arn, "PassStateEntered")
    assert entered["stateEnteredEventDetails"]["name"] == "Echo"
    assert entered["stateEnteredEventDetails"]["input"] == "1"


def test_an_iteration_that_fails_fails_its_map(states):
    ended = states.run({"Map": inline(FAIL, [1])})

    assert (ended.error, history(states, ended.arn)[-4:]) == (
        "Restore.Bad",
        ["FailStateEntered", "MapIterationFailed", "MapStateFailed", "ExecutionFailed"],
    )


def test_an_inline_map_of_distributed_ones_tells_of_these_and_not_of_their_children(states):
    inner = over(PASS, Items="{% $states.input %}")

    ended = states.run({"Groups": inline({"Group": inner}, [[1, 2], [3]])})

    found = history(states, ended.arn)
    assert found.count("MapStateEntered") == found.count("MapStateExited") == 3
    assert found.count("MapStateStarted") == found.count("MapStateSucceeded") == 3
    assert found.count("MapRunStarted") == found.count("MapRunSucceeded") == 2
    assert found.count("MapIterationStarted") == found.count("MapIterationSucceeded") == 2
    assert "PassStateEntered" not in found
    assert ended.output == [[1, 2], [3]]


def test_iterations_in_an_iteration_are_those_of_the_inner_map(states):
    inner = inline(PASS, "{% $states.input %}")

    ended = states.run({"Outer": inline({"Inner": inner}, [[1, 2]])})

    of_map = [
        it["mapIterationStartedEventDetails"]
        for it in states.events(ended.arn, "MapIterationStarted")
    ]
    assert of_map[0] == {"name": "Outer", "index": 0}
    assert sorted(it["index"] for it in of_map[1:]) == [0, 1]
    assert {it["name"] for it in of_map[1:]} == {"Inner"}
