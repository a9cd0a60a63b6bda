"""A rule invokes the functions that let it, and what they do not take is kept."""

import json

import pytest
from bus import EVENTBRIDGE, Bus
from machine import HOME

FAILING = '{"fail": "Restore.InvalidInput"}'
"""What the function is handed: it fails, which its queue of failures tells."""

SCHEDULE = {"ScheduleExpression": "rate(1 hour)"}


@pytest.fixture
def bus(states):
    return Bus(states)


@pytest.fixture
def function(bus):
    return bus.function()


def rule(bus, function, kept=None):
    """A rule that invokes the function; what is not delivered goes to the queue."""
    dead_letters = {"DeadLetterConfig": {"Arn": kept.arn}} if kept else {}
    return bus.rule({"Arn": function, "Input": FAILING, **dead_letters}, **SCHEDULE)


def test_a_function_is_invoked_by_the_rule_that_it_names_and_its_failure_goes_where_it_says(
    bus, function
):
    arn, failures = function
    name, rule_arn = rule(bus, arn)
    bus.lets(arn, SourceArn=rule_arn, SourceAccount=HOME)

    bus.lets_come_due(name)

    failed = bus.event_in(failures)
    assert failed["requestPayload"] == json.loads(FAILING)
    assert failed["responsePayload"]["errorType"] == "Restore.InvalidInput"


def test_a_function_is_not_invoked_by_whom_it_does_not_let(bus, function):
    arn, failures = function
    kept = bus.queue()
    name, rule_arn = rule(bus, arn, kept)
    bus.lets(arn, SourceArn=f"{rule_arn}-another")
    bus.lets(arn, SourceAccount="111122223333")
    bus.lets(arn, "sns.amazonaws.com")
    bus.lets(arn, HOME)

    bus.lets_come_due(name)

    undelivered = bus.next_in(kept)
    assert undelivered["Body"] == FAILING
    told = {it: of["StringValue"] for it, of in undelivered["MessageAttributes"].items()}
    message = told.pop("ERROR_MESSAGE")
    assert told == {
        "RULE_ARN": rule_arn,
        "TARGET_ARN": arn,
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
    }
    assert f"{EVENTBRIDGE} is not authorized to perform: lambda:InvokeFunction" in message
    assert bus.is_empty(failures)


def test_an_event_for_a_function_that_is_gone_is_kept(bus, function):
    arn, _ = function
    kept = bus.queue()
    name, rule_arn = rule(bus, arn, kept)
    bus.lets(arn, SourceArn=rule_arn)
    bus.functions.delete_function(FunctionName=arn)

    bus.lets_come_due(name)

    told = bus.next_in(kept)["MessageAttributes"]
    assert told["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"


def test_what_is_not_delivered_is_kept_only_where_the_queue_lets_the_rule_send_it(bus, function):
    arn, _ = function
    kept = bus.queue(f"arn:aws:events:us-east-1:{HOME}:rule/another")
    name, rule_arn = rule(bus, arn, kept)

    bus.lets_come_due(name)

    assert bus.is_empty(kept)
    allowed = bus.queue(rule_arn)
    target = {"Id": "target", "Arn": arn, "DeadLetterConfig": {"Arn": allowed.arn}}
    bus.events.put_targets(Rule=name, Targets=[target])
    assert bus.lets_come_due(name) == bus.event_in(allowed)
