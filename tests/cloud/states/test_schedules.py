"""A schedule comes due when a test says so, and as EventBridge tells it."""

from datetime import UTC, datetime

import pytest
from bus import REGION, Bus
from machine import HOME

MONTHLY = "cron(0 4 1 * ? *)"


@pytest.fixture
def bus(states):
    return Bus(states)


def test_a_schedule_that_is_due_hands_its_targets_the_event_of_eventbridge(bus):
    heard = bus.queue()
    name, arn = bus.rule(heard, ScheduleExpression=MONTHLY)

    due = bus.lets_come_due(name, id="7bf73129-1428-4cd3-a780-95db273d1602")

    time = datetime.fromisoformat(due["time"])
    assert time > datetime.now(UTC)
    assert (time.day, time.hour, time.minute) == (1, 4, 0)
    assert due == {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": HOME,
        "time": due["time"],
        "region": REGION,
        "resources": [arn],
        "detail": {},
    }
    assert bus.event_in(heard) == due
    assert bus.is_empty(heard)


def test_each_time_is_an_event_of_its_own(bus):
    heard = bus.queue()
    name, _ = bus.rule(heard, ScheduleExpression="rate(1 hour)")

    first, second = bus.lets_come_due(name), bus.lets_come_due(name, time="2026-11-23T03:00:00Z")

    assert [bus.event_in(heard), bus.event_in(heard)] == [first, second]
    assert first["id"] != second["id"]
    assert second["time"] == "2026-11-23T03:00:00Z"


def test_a_target_with_an_input_of_its_own_is_handed_that(bus):
    heard = bus.queue()
    target = {"Arn": heard.arn, "Input": '{"drill": true}'}
    name, _ = bus.rule(target, ScheduleExpression=MONTHLY)

    bus.lets_come_due(name)

    assert bus.event_in(heard) == {"drill": True}


def test_a_rule_that_is_disabled_never_comes_due(bus):
    heard = bus.queue()
    name, _ = bus.rule(heard, ScheduleExpression=MONTHLY, State="DISABLED")

    assert bus.lets_come_due(name) is None
    assert bus.is_empty(heard)

    bus.events.enable_rule(Name=name)
    assert bus.lets_come_due(name) == bus.event_in(heard)


def test_only_what_has_a_schedule_comes_due(bus):
    name, _ = bus.rule(bus.queue(), EventPattern='{"source": ["orders"]}')

    for it in (name, "no-such-rule"):
        with pytest.raises(ValueError, match=f"no rule of the default bus with a schedule: {it}"):
            bus.lets_come_due(it)
