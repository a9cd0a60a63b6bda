"""What is announced of restores, and what events start, as an ordinary client sees it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from restore.cloud import Cloud

PATIENCE = 30
"""Seconds that an event may take to arrive."""


@contextmanager
def heard(cloud: Cloud) -> Iterator[Callable[[str], dict[str, dict[str, Any]]]]:
    """Within the block restores are listened to: the events of one, by their `detail-type`."""
    events = cloud.home_client("events")
    name = f"heard-{uuid.uuid4().hex[:8]}"
    with queue(cloud, name) as (url, arn):
        events.put_rule(Name=name, EventPattern=json.dumps({"source": ["restore"]}))
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        known: list[dict[str, Any]] = []

        def of(execution: str) -> dict[str, dict[str, Any]]:
            known.extend(received(cloud, url))
            mine = [it for it in known if it["detail"]["executionArn"] == execution]
            return {it["detail-type"]: it["detail"] for it in mine}

        try:
            yield of
        finally:
            events.remove_targets(Rule=name, Ids=["queue"])
            events.delete_rule(Name=name)


@contextmanager
def subscribed(cloud: Cloud) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Within the block the stack's topic has a subscriber: the notifications so far."""
    sns = cloud.home_client("sns")
    [topic] = [it["TopicArn"] for it in sns.list_topics()["Topics"] if "News" in it["TopicArn"]]
    with queue(cloud, f"subscribed-{uuid.uuid4().hex[:8]}") as (url, arn):
        subscription = sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        known: list[dict[str, Any]] = []

        def so_far() -> list[dict[str, Any]]:
            known.extend(received(cloud, url))
            return known

        try:
            yield so_far
        finally:
            sns.unsubscribe(SubscriptionArn=subscription)


@contextmanager
def queue(cloud: Cloud, name: str) -> Iterator[tuple[str, str]]:
    """A queue of this name, by its URL and ARN, that rules and topics may send to."""
    sqs = cloud.home_client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = found["Attributes"]["QueueArn"]
    senders = {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}
    allow = {
        "Effect": "Allow",
        "Principal": senders,
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    try:
        yield url, arn
    finally:
        sqs.delete_queue(QueueUrl=url)


def received(cloud: Cloud, url: str) -> list[dict[str, Any]]:
    """What lies in the queue, which is taken out of it."""
    sqs = cloud.home_client("sqs")
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


def eventually(look: Callable[[], Any], what: str) -> Any:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"no {what} after {PATIENCE} s"
        time.sleep(0.1)
    return found


def failed_starts(cloud: Cloud) -> str:
    """The URL of the queue of what could not be started."""
    return _queue_of_the_stack(cloud, "FailedStarts")


def unrecorded_settings(cloud: Cloud) -> str:
    """The URL of the queue of what could not be recorded."""
    return _queue_of_the_stack(cloud, "UnrecordedSettings")


def _queue_of_the_stack(cloud: Cloud, name: str) -> str:
    urls = cloud.home_client("sqs").list_queues()["QueueUrls"]
    [url] = [it for it in urls if name in it]
    return url
