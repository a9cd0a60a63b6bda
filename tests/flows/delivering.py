"""Events on the stack's bus, put there or said by AWS, and what they have started."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from local_aws.stack import ALARM, STACK
from news import eventually
from recording import environment
from recovery.deployed import Deployed
from restore.cloud import Cloud
from restore.place import HOME, NEAR

FUNCTION = "restore-start-restore"
"""The function that starts restores."""

ON_ALARM, ON_ISSUE, ON_SCHEDULE = (
    "START_ON_ALARM",
    "START_ON_HEALTH_EVENT",
    "START_ON_SCHEDULE",
)
"""By what it is told which restore is started; each is a parameter of the stack."""

Document = dict[str, Any]


# What comes to pass


def requested(cloud: Cloud, request: Document) -> str:
    """Puts an event on the bus that asks for the request, as anybody may; its id."""
    asked = {
        "Source": "operations",
        "DetailType": "Restore Requested",
        "Detail": json.dumps(request),
    }
    [entry] = cloud.home_client("events").put_events(Entries=[asked])["Entries"]
    return entry["EventId"]


def said(cloud: Cloud, event: Document) -> Document:
    """Lets the bus have an event in whoever's name; the event as it is delivered.

    One that is said as it was delivered is delivered once more.
    """
    return _steer(cloud, "events", event)


def due(cloud: Cloud, rule: str, **given: str) -> Document | None:
    """Lets a scheduled rule of the stack come due; its event, and None where it is disabled."""
    return _steer(cloud, f"schedules/{physical(cloud, rule)}", given)


@contextmanager
def watched(cloud: Cloud) -> Iterator[Callable[[], None]]:
    """Within the block there is the alarm that the stack listens to; how to set it off."""
    cloudwatch = cloud.home_client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        Namespace="orders",
        MetricName="Orders",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
    )

    def goes_off() -> None:
        for state in ("OK", "ALARM"):
            cloudwatch.set_alarm_state(
                AlarmName=ALARM, StateValue=state, StateReason="no order for five minutes"
            )

    try:
        yield goes_off
    finally:
        cloudwatch.delete_alarms(AlarmNames=[ALARM])


def event(detail_type: str, detail: Document, source: str = "operations") -> Document:
    """An event that is to be said."""
    return {"source": source, "detail-type": detail_type, "detail": detail}


def issue(**detail: str) -> Document:
    """The event of an issue that AWS Health opens (HEALTH/aws-health-events-eventbridge-schema)."""
    code = "AWS_RDS_OPERATIONAL_ISSUE"
    told = {
        "eventArn": f"arn:aws:health:{NEAR}::event/RDS/{code}/{uuid.uuid4()}",
        "service": "RDS",
        "eventTypeCode": code,
        "eventTypeCategory": "issue",
        "eventScopeCode": "PUBLIC",
        "communicationId": "1",
        "startTime": "Mon, 23 Nov 2026 02:50:00 GMT",
        "lastUpdatedTime": "Mon, 23 Nov 2026 02:58:00 GMT",
        "statusCode": "open",
        "eventRegion": NEAR,
        "eventDescription": [{"language": "en_US", "latestDescription": "A zone is down."}],
        "page": "1",
        "totalPages": "2",
        "affectedAccount": HOME,
    }
    return event("AWS Health Event", told | detail, source="aws.health")


@contextmanager
def told(cloud: Cloud, variable: str, request: Document | None) -> Iterator[None]:
    """Within the block the function is told to start this request, as a parameter would tell it."""
    with environment(cloud, FUNCTION, **{variable: json.dumps(request) if request else ""}):
        yield


# What comes of it


def started_by(cloud: Cloud, event_id: str) -> str:
    """The restore that the event of this id has started."""
    execution = cloud.state_machine.replace(":stateMachine:", ":execution:")
    known = cloud.step_functions

    def found() -> str | None:
        try:
            described = known.describe_execution(executionArn=f"{execution}:event-{event_id}")
        except known.exceptions.ExecutionDoesNotExist:
            return None
        return described["executionArn"]

    return eventually(found, f"restore started by {event_id}")


def executions(cloud: Cloud, restore_id: str) -> list[str]:
    """The restores that events have started with this id."""
    pages = cloud.step_functions.get_paginator("list_executions").paginate(
        stateMachineArn=cloud.state_machine
    )
    by_events = [
        cloud.step_functions.describe_execution(executionArn=it["executionArn"])
        for page in pages
        for it in page["executions"]
        if it["name"].startswith("event-")
    ]
    return [
        it["executionArn"]
        for it in by_events
        if json.loads(it["input"]).get("restoreId") == restore_id
    ]


def recoveries(cloud: Cloud, words: str) -> list[str]:
    """The recoveries that events have started and whose input has these words."""
    pages = cloud.step_functions.get_paginator("list_executions").paginate(
        stateMachineArn=Deployed.on(cloud).state_machine
    )
    by_events = [
        cloud.step_functions.describe_execution(executionArn=it["executionArn"])
        for page in pages
        for it in page["executions"]
        if it["name"].startswith("event-")
    ]
    return [it["executionArn"] for it in by_events if words in it["input"]]


def handled(cloud: Cloud, sent: Document, times: int = 1) -> list[Document]:
    """What the function has logged of so many deliveries of the event that it has served."""
    logs = cloud.home_client("logs").get_paginator("filter_log_events")
    of_functions = physical(cloud, "FunctionLogs")

    def found() -> list[Document] | None:
        pages = logs.paginate(logGroupName=of_functions, filterPattern=f'"{sent["id"]}"')
        logged = [json.loads(it["message"])["fields"] for page in pages for it in page["events"]]
        return logged if len(logged) >= times else None

    return eventually(found, f"log of {times} deliveries")


def physical(cloud: Cloud, name: str) -> str:
    """What the stack's resource of this name in the template is called."""
    described = cloud.home_client("cloudformation").describe_stack_resource(
        StackName=STACK, LogicalResourceId=name
    )
    return described["StackResourceDetail"]["PhysicalResourceId"]


def _steer(cloud: Cloud, path: str, body: Document) -> Any:
    url = f"{cloud.control}/_rules/buses/{HOME}/{cloud.home_region}/{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["event"]
