"""The default event bus of a control plane: what AWS says on it, and what comes of that."""

import json
import time
import urllib.error
import urllib.request
import uuid
from typing import NamedTuple

from machine import HOME
from obedient import package

REGION = "us-east-1"
PATIENCE = 30
"""Seconds that a message may take to arrive."""

EVENTBRIDGE = "events.amazonaws.com"


class Queue(NamedTuple):
    """A queue, by what it is asked for with and what it is named by."""

    url: str
    arn: str


class Bus:
    """A bus, with ordinary clients of what it delivers to."""

    def __init__(self, states):
        """Takes the control plane."""
        self.states = states
        names = ("events", "sqs", "lambda")
        clients = {it: states.session.client(it, endpoint_url=states.endpoint) for it in names}
        self.events, self.sqs, self.functions = clients.values()

    def says(self, event):
        """The event that AWS has said, as targets are handed it."""
        return self.steer("events", event)["event"]

    def lets_come_due(self, rule, **given):
        """The event by which a scheduled rule has come due; None where it does not."""
        return self.steer(f"schedules/{rule}", given)["event"]

    def steer(self, path, body):
        """What the control plane's steering answers."""
        url = f"{self.states.endpoint}/_rules/buses/{HOME}/{REGION}/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["message"]) from None

    def queue(self, *senders):
        """A new queue that EventBridge may send to, or only these rules."""
        name = new_name()
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        queue = Queue(url, f"arn:aws:sqs:{REGION}:{HOME}:{name}")
        only = {"Condition": {"ArnEquals": {"aws:SourceArn": list(senders)}}} if senders else {}
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": EVENTBRIDGE},
            "Action": "sqs:SendMessage",
            "Resource": queue.arn,
            **only,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return queue

    def rule(self, target, **settings):
        """The name of a new rule with a target, which may be a queue; and its ARN."""
        name = new_name()
        arn = self.events.put_rule(Name=name, **settings)["RuleArn"]
        target = {"Arn": target.arn} if isinstance(target, Queue) else target
        self.events.put_targets(Rule=name, Targets=[{"Id": "target", **target}])
        return name, arn

    def function(self):
        """The ARN of a new function that nobody may invoke, and the queue of its failures.

        It does what its event says (see `obedient.py`), and tries nothing again.
        """
        name, failures = new_name(), self.queue()
        arn = self.functions.create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Handler="bootstrap",
            Role=self.states.role,
            Code={"ZipFile": package()},
        )["FunctionArn"]
        self.functions.put_function_event_invoke_config(
            FunctionName=name,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": failures.arn}},
        )
        return arn, failures

    def lets(self, function, principal=EVENTBRIDGE, **condition):
        """Lets a principal invoke the function, under the condition."""
        self.functions.add_permission(
            FunctionName=function,
            StatementId=new_name(),
            Action="lambda:InvokeFunction",
            Principal=principal,
            **condition,
        )

    def next_in(self, queue):
        """The next message in the queue, which is taken out of it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for it in self._messages(queue):
                self.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=it["ReceiptHandle"])
                return it
            time.sleep(0.1)
        raise AssertionError("no message has come")

    def event_in(self, queue):
        """The next event in the queue."""
        return json.loads(self.next_in(queue)["Body"])

    def is_empty(self, queue):
        """Whether nothing lies in the queue: what is delivered to a queue is there at once."""
        return self._messages(queue) == []

    def _messages(self, queue):
        asked = {"QueueUrl": queue.url, "MessageAttributeNames": ["All"]}
        return self.sqs.receive_message(**asked).get("Messages", [])


def new_name():
    """A name that nothing has yet."""
    return f"bus-{uuid.uuid4().hex[:12]}"
