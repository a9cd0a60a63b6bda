"""Runs definitions on a control plane."""

import json
import time
import uuid
from dataclasses import dataclass

import boto3
from obedient import package

HOME = "123456789012"
WAIT_SCALE = 0.02
"""A second of the definitions below takes 20 ms."""


def allow(action, resource="*", **more):
    """A statement of a policy."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@dataclass
class Ended:
    """An execution that has ended."""

    arn: str
    description: dict
    seconds: float
    """How long it took here."""

    @property
    def status(self):
        """`SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`."""
        return self.description["status"]

    @property
    def output(self):
        """What it gave."""
        return json.loads(self.description["output"])

    @property
    def error(self):
        """The name of the error that it failed with."""
        return self.description["error"]


class States:
    """Step Functions on the control plane, for definitions in JSONata."""

    def __init__(self, endpoint):
        """Makes a role and a function, for all definitions."""
        session = boto3.Session("test", "test", region_name="us-east-1")
        self.endpoint = endpoint
        self.client = session.client("stepfunctions", endpoint_url=endpoint)
        self.functions = session.client("lambda", endpoint_url=endpoint)
        self.s3 = session.client("s3", endpoint_url=endpoint)
        self.session = session
        self.iam = session.client("iam", endpoint_url=endpoint)
        self.role = self.create_role("states", allow("lambda:InvokeFunction"))
        self.obedient = self.create_function("obedient")

    def create_role(self, name, *statements):
        """The ARN of a new role whose policy has these statements."""
        role = self.iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": []})
        )["Role"]
        document = {"Version": "2012-10-17", "Statement": statements}
        self.iam.put_role_policy(
            RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document)
        )
        return role["Arn"]

    def create_function(self, name, **settings):
        """A function that does what its event says (see `obedient.py`)."""
        return self.functions.create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Handler="bootstrap",
            Role=self.role,
            Code={"ZipFile": package()},
            **settings,
        )["FunctionArn"]

    def create(self, states, role=None, **top):
        """The ARN of a new state machine, of this role, that starts at the first of `states`."""
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
        return self.client.create_state_machine(
            name=f"test-{uuid.uuid4().hex[:12]}",
            definition=json.dumps({**definition, **top}),
            roleArn=role or self.role,
        )["stateMachineArn"]

    def start(self, machine, given=None, **request):
        """The ARN of a new execution with `given` as its input."""
        request = {"input": json.dumps(given or {}), **request}
        return self.client.start_execution(stateMachineArn=machine, **request)["executionArn"]

    def ended(self, execution):
        """`execution`, once it has ended."""
        began = time.monotonic()
        while True:
            description = self.client.describe_execution(executionArn=execution)
            if description["status"] != "RUNNING":
                return Ended(execution, description, time.monotonic() - began)
            assert time.monotonic() - began < 30, "still running after 30 s"
            time.sleep(0.02)

    def run(self, states, given=None, **top):
        """A new machine's execution, once it has ended."""
        return self.ended(self.start(self.create(states, **top), given))

    def evaluate(self, expression, given=None):
        """What `expression` gives, with `given` as `$states.input`."""
        return self.run({"Pass": {"Type": "Pass", "Output": expression, "End": True}}, given)

    def task(self, event, **state):
        """A Task state that invokes the function with `event`."""
        return {"Type": "Task", "Resource": self.obedient, "Arguments": event, **state}

    def events(self, execution, kind):
        """The events of this kind in the execution's history."""
        history = self.client.get_execution_history(executionArn=execution)["events"]
        return [event for event in history if event["type"] == kind]

    def until(self, execution, kind):
        """Waits for an event of this kind in the execution's history."""
        began = time.monotonic()
        while not self.events(execution, kind):
            assert time.monotonic() - began < 30, f"no {kind} after 30 s"
            time.sleep(0.02)

    def map_run(self, execution):
        """The description of the only Map Run of `execution`."""
        [run] = self.client.list_map_runs(executionArn=execution)["mapRuns"]
        return self.client.describe_map_run(mapRunArn=run["mapRunArn"])

    def children(self, execution):
        """The descriptions of the Map Run's children."""
        arn = self.map_run(execution)["mapRunArn"]
        listed = self.client.list_executions(mapRunArn=arn)["executions"]
        return [
            self.client.describe_execution(executionArn=child["executionArn"]) for child in listed
        ]

    def bucket(self, **objects):
        """The name of a new bucket with `objects`, by key."""
        name = f"bucket-{uuid.uuid4().hex[:12]}"
        self.s3.create_bucket(Bucket=name)
        for key, text in objects.items():
            self.s3.put_object(Bucket=name, Key=key, Body=text.encode())
        return name

    def read(self, bucket, key):
        """The text of an object."""
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def over(states, **fields):
    """A Map state in distributed mode whose children go through `states`."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": next(iter(states)),
        "States": states,
    }
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}
