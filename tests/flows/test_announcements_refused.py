"""Where the event bus or the topic cannot be told of a restore, the other is, and it shows."""

import json

import expect
import pytest
from news import eventually, heard, subscribed
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow

ALWAYS = 99
"""More often than any retrier tries."""


@pytest.fixture
def restored(cloud, database):
    """A restore that has ended, and has been announced as always: what follows is of the tests."""
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    with heard(cloud) as events, subscribed(cloud) as notifications:
        execution = expect.restored(cloud, scene).ended.arn
        eventually(lambda: events(execution).get("Restore Succeeded"), "event of the end")
        eventually(
            lambda: [
                it
                for it in notifications()
                if execution in it["Message"] and "succeeded" in it["Subject"]
            ],
            "notification of the end",
        )
    return execution


def announced(cloud, execution, refused, state):
    """The end of an announcement that is always refused what `state` does."""
    return announcement(cloud, execution, f"{refused} {ALWAYS} times in {state}")


def announcement(cloud, execution, case):
    """The end of an announcement of the execution's success, disturbed as the case says."""
    started = cloud.step_functions.start_execution(
        stateMachineArn=f"{cloud.state_machine}-announce#{case}",
        input=json.dumps({"detail": {"executionArn": execution, "status": "SUCCEEDED"}}),
    )
    return follow(cloud, started["executionArn"])


@pytest.mark.parametrize("told", ["described as running", "Sfn.ExecutionDoesNotExistException"])
def test_an_execution_that_is_not_described_as_it_ended_yet_is_looked_at_again(
    cloud, restored, told
):
    with heard(cloud) as events:
        ended = announcement(cloud, restored, f"{told} 2 times in Look at execution")
        detail = eventually(lambda: events(restored).get("Restore Succeeded"), "event")

    ended.raise_unless_succeeded()
    assert detail["outcome"]["status"] == "RESTORED"


def test_whoever_is_on_call_hears_of_it_though_the_event_bus_does_not(cloud, restored):
    with subscribed(cloud) as notifications:
        ended = announced(cloud, restored, "EventBridge.InternalException", "Put event")
        [told] = eventually(
            lambda: [it for it in notifications() if restored in it["Message"]], "notification"
        )

    assert told["Subject"].startswith("Restore succeeded: ")
    assert (ended.status, ended.error) == ("FAILED", "Restore.Unexpected")
    assert "EventBridge.InternalException" in ended.cause


def test_the_event_bus_hears_of_it_though_the_topic_does_not(cloud, restored):
    with heard(cloud) as events:
        ended = announced(cloud, restored, "Sns.InternalErrorException", "Notify")
        eventually(lambda: events(restored).get("Restore Succeeded"), "event")

    assert (ended.status, ended.error) == ("FAILED", "Restore.Unexpected")
    assert "Sns.InternalErrorException" in ended.cause
