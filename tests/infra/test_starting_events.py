"""Each kind of event that may start a restore meets its rule, and what is like it does not.

The events are as AWS gives examples of them (CW/cloudwatch-and-eventbridge,
HEALTH/aws-health-events-eventbridge-schema, EB/eb-events-structure), and what matches them is
no code of this project.
"""

import copy
import json
import re

import pytest
from cloudformation import INFRA, template
from moto.events.models import EventPattern

GIVEN = {
    "StartOnAlarms": ["orders-down", "payments-down"],
    "StartOnHealthIssuesIn": ["eu-west-1"],
    "HealthServices": ["EC2", "EBS", "RDS"],
}
"""What the parameters say, as CloudFormation reads lists (`CommaDelimitedList`)."""


def event(source, detail_type, detail):
    return {
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": detail_type,
        "source": source,
        "account": "123456789012",
        "time": "2026-11-23T03:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": detail,
    }


EVENTS = {
    "Requested": event("operations", "Restore Requested", {"restoreId": "orders"}),
    "AlarmWentOff": event(
        "aws.cloudwatch",
        "CloudWatch Alarm State Change",
        {
            "alarmName": "orders-down",
            "state": {
                "value": "ALARM",
                "reason": "Threshold Crossed: 1 datapoint was greater than the threshold (0.0).",
                "timestamp": "2026-11-23T02:59:00.000+0000",
            },
            "previousState": {"value": "OK", "reason": "", "timestamp": ""},
            "configuration": {"description": "no order for five minutes", "metrics": []},
        },
    ),
    "HealthIssue": event(
        "aws.health",
        "AWS Health Event",
        {
            "eventArn": "arn:aws:health:eu-west-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/1",
            "service": "EC2",
            "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE",
            "eventTypeCategory": "issue",
            "eventScopeCode": "PUBLIC",
            "communicationId": "1",
            "startTime": "Mon, 23 Nov 2026 02:50:00 GMT",
            "lastUpdatedTime": "Mon, 23 Nov 2026 02:58:00 GMT",
            "statusCode": "open",
            "eventRegion": "eu-west-1",
            "eventDescription": [{"language": "en_US", "latestDescription": "A zone is down."}],
            "page": "1",
            "totalPages": "1",
            "affectedAccount": "123456789012",
        },
    ),
}


def changed(name, **detail):
    """The event of that rule, with other things in its detail: `state__value`, as it is nested."""
    other = copy.deepcopy(EVENTS[name])
    for path, value in detail.items():
        *folders, last = path.split("__")
        at = other["detail"]
        for folder in folders:
            at = at[folder]
        at[last] = value
    return other


@pytest.fixture(scope="module")
def stack():
    return template("template")


@pytest.fixture(scope="module")
def rules(stack):
    return stack["Resources"]["StartRestore"]["Properties"]["Events"]


@pytest.fixture(scope="module")
def matchers(rules):
    """The rules' patterns, with the parameters in their places."""
    return {
        name: EventPattern.load(json.dumps(resolved(it["Properties"]["Pattern"])))
        for name, it in rules.items()
        if "Pattern" in it["Properties"]
    }


def resolved(pattern):
    if isinstance(pattern, dict):
        if pattern.keys() == {"Ref"}:
            return GIVEN[pattern["Ref"]]
        return {name: resolved(it) for name, it in pattern.items()}
    return pattern


def met(matchers, sent):
    return [name for name, pattern in matchers.items() if pattern.matches_event(sent)]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_meets_the_rule_of_its_kind_and_no_other(matchers, name):
    assert matchers.keys() == EVENTS.keys()
    assert met(matchers, EVENTS[name]) == [name]


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("AlarmWentOff", {"alarmName": "payments-down"}),
        ("HealthIssue", {"service": "EBS"}),
        ("HealthIssue", {"service": "RDS"}),
        ("HealthIssue", {"eventScopeCode": "ACCOUNT_SPECIFIC"}),
    ],
)
def test_whatever_a_parameter_lists_starts_one(matchers, name, detail):
    assert met(matchers, changed(name, **detail)) == [name]


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("AlarmWentOff", {"alarmName": "disk-is-filling"}),
        ("AlarmWentOff", {"state__value": "OK"}),
        ("AlarmWentOff", {"state__value": "INSUFFICIENT_DATA"}),
        ("HealthIssue", {"eventRegion": "eu-west-2"}),
        ("HealthIssue", {"service": "LAMBDA"}),
        ("HealthIssue", {"eventTypeCategory": "scheduledChange"}),
        ("HealthIssue", {"statusCode": "closed"}),
    ],
)
def test_what_is_like_it_starts_nothing(matchers, name, detail):
    assert met(matchers, changed(name, **detail)) == []


def test_what_a_restore_says_of_itself_starts_none(matchers):
    for kind in ("Started", "Succeeded", "Failed"):
        for what in ("Restore", "Recovery"):
            assert met(matchers, event("restore", f"{what} {kind}", {})) == []


def test_a_schedule_starts_what_is_scheduled_when_the_parameter_says(stack, rules):
    assert rules["Scheduled"]["Type"] == "Schedule"
    assert rules["Scheduled"]["Properties"]["Schedule"] == {"Ref": "Schedule"}
    # The first of each month at 04:00: minutes, hours, day, month, day of the week, year
    # (EB/eb-scheduled-rule-pattern).
    assert stack["Parameters"]["Schedule"]["Default"] == "cron(0 4 1 * ? *)"


@pytest.mark.parametrize(
    ("condition", "parameter"),
    [
        ("StartsOnAlarms", {"Join": ["", {"Ref": "StartOnAlarms"}]}),
        ("StartsOnHealthEvents", {"Join": ["", {"Ref": "StartOnHealthIssuesIn"}]}),
        ("StartsOnSchedule", {"Ref": "ScheduledRestore"}),
    ],
)
def test_a_rule_is_off_unless_its_own_parameter_says_more_than_nothing(stack, condition, parameter):
    assert stack["Conditions"][condition] == {"Not": [{"Equals": [parameter, ""]}]}
    for name in ("StartOnAlarms", "StartOnHealthIssuesIn", "ScheduledRestore"):
        assert stack["Parameters"][name]["Default"] == ""


def test_what_is_started_on_a_kind_of_event_is_told_the_function_by_the_name_it_reads(stack):
    told = stack["Resources"]["StartRestore"]["Properties"]["Environment"]["Variables"]
    source = (INFRA.parent / "functions/start-restore/src/deployment.rs").read_text()

    assert {name: it for name, it in told.items() if name.startswith("START_ON_")} == {
        "START_ON_ALARM": {"Ref": "AlarmRestore"},
        "START_ON_HEALTH_EVENT": {"Ref": "HealthRestore"},
        "START_ON_SCHEDULE": {"Ref": "ScheduledRestore"},
    }
    kinds = source.split("const STARTS", 1)[1].split("];", 1)[0]
    read = dict(re.findall(r'\(\s*("[^"]+"|[A-Z_]+),\s*"(START_ON_[A-Z_]+)"', kinds))
    assert read == {
        '"CloudWatch Alarm State Change"': "START_ON_ALARM",
        "HEALTH_EVENT": "START_ON_HEALTH_EVENT",
        '"Scheduled Event"': "START_ON_SCHEDULE",
    }
