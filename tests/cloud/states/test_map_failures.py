"""A distributed Map fails when more of its items fail than it tolerates."""

import pytest
from machine import WAIT_SCALE, over
from restore.waiting import eventually

FAIL = {"Type": "Fail", "Error": "Item.Bad"}
BAD_ITEMS = {
    "Choice": {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input = 'bad' %}", "Next": "Fail"}],
        "Default": "Done",
    },
    "Fail": FAIL,
    "Done": {"Type": "Pass", "End": True},
}
LONG = 5 / WAIT_SCALE
EXCEEDED = "States.ExceedToleratedFailureThreshold"


@pytest.mark.parametrize(
    ("tolerated", "error"),
    [
        ({}, EXCEEDED),
        ({"ToleratedFailureCount": 0}, EXCEEDED),
        ({"ToleratedFailureCount": 1}, EXCEEDED),
        ({"ToleratedFailureCount": "{% 1 + 1 %}"}, None),
        ({"ToleratedFailurePercentage": 49.9}, EXCEEDED),
        ({"ToleratedFailurePercentage": "{% 25 * 2 %}"}, None),
        ({"ToleratedFailureCount": 2, "ToleratedFailurePercentage": 10}, EXCEEDED),
        ({"ToleratedFailureCount": 1, "ToleratedFailurePercentage": 100}, EXCEEDED),
    ],
)
def test_two_failed_items_of_four_are_tolerated_or_not(states, tolerated, error):
    state = over(BAD_ITEMS, Items=["bad", "good", "bad", "good"], **tolerated)

    ended = states.run({"Map": state})

    assert ended.description.get("error") == error


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("ToleratedFailurePercentage", 100.1, "States.Runtime"),
        ("ToleratedFailurePercentage", -1, "States.Runtime"),
        ("ToleratedFailureCount", -1, "States.Runtime"),
        ("ToleratedFailureCount", "{% 'two' %}", "States.QueryEvaluationError"),
        ("MaxConcurrency", "{% 'two' %}", "States.QueryEvaluationError"),
    ],
)
def test_numbers_that_are_none_are_refused(states, field, value, error):
    assert states.run({"Map": over(BAD_ITEMS, Items=[1], **{field: value})}).error == error


def test_what_runs_is_stopped_and_what_is_pending_never_starts(states):
    wait = {"Type": "Wait", "Seconds": "{% $states.input %}", "Next": "Fail"}
    state = over({"Wait": wait, "Fail": FAIL}, Items=[LONG, 1, LONG, LONG], MaxConcurrency=2)

    ended = states.run({"Map": state})

    assert ended.error == EXCEEDED
    assert ended.seconds < LONG * WAIT_SCALE
    run = states.map_run(ended.arn)
    assert run["status"] == "FAILED"
    counts = {name: count for name, count in run["executionCounts"].items() if count}
    assert counts == {"pending": 2, "failed": 1, "aborted": 1, "total": 4, "resultsWritten": 4}
    statuses = sorted(child["status"] for child in states.children(ended.arn))
    assert statuses == ["ABORTED", "FAILED"]
    [failed] = states.events(ended.arn, "MapRunFailed")
    assert failed["mapRunFailedEventDetails"]["error"] == EXCEEDED


def test_the_failure_can_be_caught(states):
    catch = [{"ErrorEquals": [EXCEEDED], "Next": "Caught"}]
    caught = {"Type": "Pass", "Output": "caught", "End": True}

    state = over(BAD_ITEMS, Items=["bad"], Catch=catch)

    assert states.run({"Map": state, "Caught": caught}).output == "caught"


def test_a_map_that_is_tried_again_runs_over_all_its_items_again(states):
    retry = [{"ErrorEquals": [EXCEEDED], "IntervalSeconds": 1, "MaxAttempts": 1}]

    ended = states.run({"Map": over(BAD_ITEMS, Items=["bad"], Retry=retry)})

    assert ended.error == EXCEEDED
    assert len(states.client.list_map_runs(executionArn=ended.arn)["mapRuns"]) == 2


def test_stopping_the_parent_stops_its_children_and_starts_no_more(states):
    wait = {"Wait": {"Type": "Wait", "Seconds": LONG, "Next": "After"}}
    after = {"After": {"Type": "Pass", "End": True}}
    state = over(wait | after, Items=[1, 2, 3], MaxConcurrency=2)
    parent = states.start(states.create({"Map": state}))
    states.until(parent, "MapRunStarted")
    eventually("two", lambda: states.map_run(parent)["executionCounts"]["running"] == 2)

    states.client.stop_execution(executionArn=parent)

    ended = [states.ended(child["executionArn"]) for child in states.children(parent)]
    assert [child.status for child in ended] == ["ABORTED", "ABORTED"]
    eventually("its end", lambda: states.map_run(parent)["status"] != "RUNNING")
    assert states.map_run(parent)["status"] == "ABORTED"
    assert states.map_run(parent)["executionCounts"]["pending"] == 1
    assert states.ended(parent).status == "ABORTED"
