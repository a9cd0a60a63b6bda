"""The event bus hears of an alarm that goes off, and that is over."""

import json
import time
import uuid

import pytest

PATIENCE = 30


@pytest.fixture
def clients(states):
    """CloudWatch, EventBridge and SQS of the control plane."""
    names = ("cloudwatch", "events", "sqs")
    return {name: states.session.client(name, endpoint_url=states.endpoint) for name in names}


@pytest.fixture
def heard(clients):
    """A queue that has the events of alarms."""
    name = f"alarms-{uuid.uuid4().hex[:8]}"
    url = clients["sqs"].create_queue(QueueName=name)["QueueUrl"]
    found = clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    pattern = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
    clients["events"].put_rule(Name=name, EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": found["Attributes"]["QueueArn"]}
    clients["events"].put_targets(Rule=name, Targets=[target])
    return url


def received(clients, url):
    """The next event in the queue."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for it in clients["sqs"].receive_message(QueueUrl=url).get("Messages", []):
            clients["sqs"].delete_message(QueueUrl=url, ReceiptHandle=it["ReceiptHandle"])
            return json.loads(it["Body"])
        time.sleep(0.1)
    raise AssertionError("no event has come")


def test_every_change_of_an_alarm_s_state_is_an_event(clients, heard):
    alarm = f"orders-down-{uuid.uuid4().hex[:8]}"
    clients["cloudwatch"].put_metric_alarm(
        AlarmName=alarm,
        Namespace=alarm,
        MetricName="Orders",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
    )

    before = "INSUFFICIENT_DATA"
    for state in ("ALARM", "OK"):
        clients["cloudwatch"].set_alarm_state(
            AlarmName=alarm, StateValue=state, StateReason="tried"
        )
        told = received(clients, heard)
        assert told["source"] == "aws.cloudwatch"
        assert told["detail"]["alarmName"] == alarm
        assert told["detail"]["state"]["value"] == state
        assert told["detail"]["previousState"]["value"] == before
        before = state
