"""AWS says an event on a bus, which no client may say in its name."""

import json

import pytest
from bus import REGION, Bus
from machine import HOME

ISSUE = {
    "source": "aws.health",
    "detail-type": "AWS Health Event",
    "detail": {"service": "EC2", "eventTypeCategory": "issue"},
}
OF_HEALTH = json.dumps({"source": ["aws.health"], "detail": {"service": ["EC2"]}})


@pytest.fixture
def bus(states):
    return Bus(states)


def test_no_client_says_an_event_in_the_name_of_aws(bus):
    heard = bus.queue()
    bus.rule(heard, EventPattern=OF_HEALTH)
    entry = {
        "Source": ISSUE["source"],
        "DetailType": ISSUE["detail-type"],
        "Detail": json.dumps(ISSUE["detail"]),
    }

    answer = bus.events.put_events(Entries=[entry])

    assert (answer["FailedEntryCount"], answer["Entries"]) == (
        1,
        [
            {
                "ErrorCode": "NotAuthorizedForSourceException",
                "ErrorMessage": "Not authorized for the source.",
            }
        ],
    )
    assert bus.is_empty(heard)


def test_what_aws_says_meets_the_rules_that_it_matches(bus):
    heard, other, off = bus.queue(), bus.queue(), bus.queue()
    bus.rule(heard, EventPattern=OF_HEALTH)
    bus.rule(other, EventPattern=OF_HEALTH.replace("EC2", "RDS"))
    bus.rule(off, EventPattern=OF_HEALTH, State="DISABLED")

    said = bus.says(ISSUE)

    assert bus.event_in(heard) == said
    assert said.keys() == {*ISSUE, "version", "id", "account", "time", "region", "resources"}
    assert ISSUE.items() <= said.items()
    assert (said["account"], said["region"], said["resources"]) == (HOME, REGION, [])
    assert bus.is_empty(other) and bus.is_empty(off)


def test_an_event_is_said_again_as_it_was(bus):
    heard = bus.queue()
    bus.rule(heard, EventPattern=OF_HEALTH)

    said = bus.says(ISSUE | {"time": "2026-11-23T03:00:00Z"})
    bus.says(said)

    assert bus.event_in(heard) == bus.event_in(heard) == said
    assert said["time"] == "2026-11-23T03:00:00Z"


def test_what_is_no_event_is_refused(bus):
    with pytest.raises(ValueError, match="the event has no detail-type"):
        bus.says({"source": "aws.health"})
