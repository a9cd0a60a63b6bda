"""A clean-up that is refused something does it all the same, or fails by name and can be repeated.

The calls are the clean-up state machine's own: it looks at the execution that has ended, takes over
its lease and gives it back.
"""

import json

import expect
import pytest
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.inventory import Inventory
from stopped import clean_up, clean_up_machine, nobody_told, states_of, stop_at
from test_lease import leases

ALWAYS = 99
"""More often than any retrier tries."""

LONG = 4
"""Seconds by which the two are certain to meet."""

ANSWERS = {
    "Look at execution": (
        "Sfn.SfnException",
        "Sfn.ExecutionDoesNotExistException",
        "States.Timeout",
    ),
    "Take over its lease": ("DynamoDB.InternalServerErrorException", "States.Timeout"),
    "Release lease": ("DynamoDB.InternalServerErrorException", "States.Timeout"),
}


@pytest.fixture
def stopped(cloud, database):
    """A restore that was stopped with a copy made, of which EventBridge tells nobody."""
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    scene = scene.asking(options={"onFailure": "cleanUp"})
    before = Inventory.taken(cloud)
    with nobody_told(cloud):
        execution = stop_at(cloud, scene, "Look at re-encrypted copy")
        assert Inventory.taken(cloud).new_since(before) != set()
        yield execution, scene, before


def test_what_has_ended_and_is_described_as_running_for_a_while_is_cleaned_up(cloud, stopped):
    execution, scene, before = stopped
    # As EventBridge asks for it.
    given = {"executionArn": execution, "waitForItsEnd": True}
    machine = f"{clean_up_machine(cloud)}#described as running 2 times in Look at execution"

    started = cloud.step_functions.start_execution(
        stateMachineArn=machine, input=json.dumps(given)
    )["executionArn"]
    ended = follow(cloud, started)

    ended.raise_unless_succeeded()
    assert "Wait for its end" in states_of(cloud, started)
    assert ended.output["left"] == []
    expect.unchanged_since(cloud, before)
    assert scene.restore_id not in leases(cloud)


def cleaned(cloud, execution, case=""):
    """The end of a clean-up after `execution`, disturbed as the case says."""
    return follow(cloud, clean_up(cloud, execution, case))


@pytest.mark.parametrize("when", ["in", "after"])
@pytest.mark.parametrize(
    ("state", "answer"), [(state, it) for state, answers in ANSWERS.items() for it in answers]
)
def test_what_is_refused_once_is_tried_again(cloud, stopped, state, answer, when):
    execution, scene, before = stopped

    ended = cleaned(cloud, execution, f"{answer} 1 times {when} {state}")

    ended.raise_unless_succeeded()
    assert ended.output["left"] == []
    expect.unchanged_since(cloud, before)
    assert scene.restore_id not in leases(cloud)


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("Look at execution", "Sfn.SfnException"),
        ("Take over its lease", "DynamoDB.AccessDeniedException"),
        # It keeps the lease that it has taken over, and the next one takes it from there.
        ("Clean up", "Lambda.ServiceException"),
    ],
)
def test_what_is_refused_always_fails_by_name_and_the_next_clean_up_does_it(
    cloud, stopped, state, answer
):
    execution, scene, before = stopped

    refused = cleaned(cloud, execution, f"{answer} {ALWAYS} times in {state}")

    assert (refused.status, refused.error) == ("FAILED", "Restore.Unexpected")
    assert answer in refused.cause
    cleaned(cloud, execution).raise_unless_succeeded()
    expect.unchanged_since(cloud, before)
    assert scene.restore_id not in leases(cloud)


def test_one_that_does_not_come_to_know_who_holds_the_lease_fails_and_is_repeated(cloud, stopped):
    execution, scene, before = stopped
    cleaned(cloud, execution, f"Lambda.ServiceException {ALWAYS} times in Clean up")

    for state, answer in (
        ("Read lease", "DynamoDB.AccessDeniedException"),
        ("Look at that clean-up", "Sfn.SfnException"),
    ):
        refused = cleaned(cloud, execution, f"{answer} {ALWAYS} times in {state}")
        assert (refused.status, refused.error) == ("FAILED", "Restore.Unexpected")
        assert answer in refused.cause

    cleaned(cloud, execution).raise_unless_succeeded()
    expect.unchanged_since(cloud, before)
    assert scene.restore_id not in leases(cloud)


def test_of_two_clean_ups_at_once_one_does_it_and_the_other_leaves_it_alone(cloud, stopped):
    execution, scene, before = stopped
    long = {
        "kind": "delay",
        "seconds": LONG,
        "match": {"function": "restore-clean-up", "session": scene.restore_id},
    }

    with cloud.disturbed(long):
        both = [clean_up(cloud, execution) for _ in range(2)]
        ended = [follow(cloud, it) for it in both]

    for it in ended:
        it.raise_unless_succeeded()
    first, other = sorted(ended, key=lambda it: not it.output["cleanedUp"])
    assert first.output["cleanedUp"] and not other.output["cleanedUp"]
    looked = {it.arn: states_of(cloud, it.arn) for it in (first, other)}
    assert "Look at that clean-up" in looked[other.arn] and "Clean up" not in looked[other.arn]
    expect.unchanged_since(cloud, before)
    assert scene.restore_id not in leases(cloud)


def test_a_lease_that_cannot_be_given_back_is_stale_and_in_nobodys_way(cloud, stopped):
    execution, scene, before = stopped

    ended = cleaned(
        cloud, execution, f"DynamoDB.AccessDeniedException {ALWAYS} times in Release lease"
    )

    ended.raise_unless_succeeded()
    expect.unchanged_since(cloud, before)
    assert scene.restore_id in leases(cloud)
    expect.restored(cloud, scene)
    expect.ends_as_asked(cloud, scene)
    assert scene.restore_id not in leases(cloud)
