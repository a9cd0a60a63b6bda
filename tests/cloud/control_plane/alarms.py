"""CloudWatch tells the event bus of every change of an alarm's state.

"CloudWatch sends events to Amazon EventBridge whenever a CloudWatch alarm is created, updated,
deleted, or changes alarm state" (CW/cloudwatch-and-eventbridge). ministack does an alarm's actions,
and tells no bus. Of the changes those of the state are told here.
"""

import json
from datetime import UTC, datetime

from ministack.services import cloudwatch, eventbridge


def mend() -> None:
    """Puts an event beside each alarm's actions."""
    act = cloudwatch._dispatch_alarm_actions

    def act_and_tell(alarm, old_state, new_state, reason):
        act(alarm, old_state, new_state, reason)
        _tell(alarm, old_state, new_state, reason)

    cloudwatch._dispatch_alarm_actions = act_and_tell


def _tell(alarm: dict, old_state: str, new_state: str, reason: str) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {"value": new_state, "reason": reason, "timestamp": now},
        "previousState": {"value": old_state, "timestamp": now},
        "configuration": {"description": alarm.get("AlarmDescription") or ""},
    }
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Detail": json.dumps(detail),
        "Resources": [alarm["AlarmArn"]],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
