"""What a drill is validated by: functions that are named in a request, and managed nodes.

    check = validator(cloud, tmp_path, answer={"passed": True})
    check.arn                # for the request
    check.called_with        # the payloads of its invocations, oldest first

A function does what it is made to do at every invocation: `answer` it, `fail` with an error of this
name, or `hang` for so many seconds, which its `timeout` ends.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from local_aws import nodes
from local_aws.accounts import administrator
from restore.cloud import Cloud
from restore.place import HOME, Place

BOOTSTRAP = b"""#!/usr/bin/env python3
import http.client, json, os, time

API, VERSION = os.environ["AWS_LAMBDA_RUNTIME_API"], "/2018-06-01/runtime/invocation"
DOES = json.loads(os.environ["DOES"])

def send(method, path, body=None):
    connection = http.client.HTTPConnection(API)
    connection.request(method, VERSION + path, body)
    response = connection.getresponse()
    return response.getheader("Lambda-Runtime-Aws-Request-Id"), response.read().decode()

while True:
    request, event = send("GET", "/next")
    with open(os.environ["RECORD"], "a") as record:
        record.write(json.dumps(json.loads(event)) + "\\n")
    time.sleep(DOES.get("hang", 0))
    if "fail" in DOES:
        error = {"errorType": DOES["fail"], "errorMessage": DOES.get("message", "")}
        send("POST", f"/{request}/error", json.dumps(error))
    else:
        send("POST", f"/{request}/response", json.dumps(DOES.get("answer")))
"""
"""The function on a custom runtime: one of Python's would not tell the names of its errors here."""


@dataclass(frozen=True)
class Validator:
    """A function, and where it keeps what it was called with."""

    arn: str
    record: Path

    @property
    def called_with(self) -> list[Any]:
        """The payloads of its invocations, oldest first."""
        if not self.record.exists():
            return []
        return [json.loads(line) for line in self.record.read_text().splitlines()]


def validator(
    cloud: Cloud,
    folder: Path,
    account: str = HOME,
    prefix: str = "validate-",
    timeout: int = 3,
    trusting: bool = True,
    **does: Any,
) -> Validator:
    """A new function of the account in the stack's Region, which keeps its record in the folder.

    The state machine's role may invoke those whose names begin with `validate-`
    (`local_aws.stack.VALIDATION_FUNCTIONS`). One of another account has a policy of its own by
    which that role may, unless it is not `trusting`.
    """
    name = f"{prefix}{uuid4().hex[:10]}"
    record = folder / f"{name}.jsonl"
    functions = administrator("lambda", cloud.control, account, cloud.home_region)
    arn = functions.create_function(
        FunctionName=name,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Timeout=timeout,
        Role=_execution_role(cloud, account),
        Environment={"Variables": {"DOES": json.dumps(does), "RECORD": str(record)}},
        Code={"ZipFile": _package()},
    )["FunctionArn"]
    if account != HOME and trusting:
        functions.add_permission(
            FunctionName=name,
            StatementId="drills",
            Action="lambda:InvokeFunction",
            Principal=machine_role(cloud),
        )
    return Validator(arn, record)


def machine_role(cloud: Cloud) -> str:
    """The ARN of the state machine's role."""
    machine = cloud.step_functions.describe_state_machine(stateMachineArn=cloud.state_machine)
    return machine["roleArn"]


def managed_profile(cloud: Cloud, place: Place) -> str:
    """An instance profile by which an agent works, and whose role the restore role may pass on.

    With it, what is restored is a managed node where its network leads to Systems Manager, as that
    of drills does (`SystemsManagerEndpoints` of `infra/drill-network.yaml`).
    """
    name = "managed"
    try:
        role = nodes.profile(cloud.client("iam", place), name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
        return name
    cloud.allow_keys(place.account, pass_roles=[role])
    return name


def command_ends(cloud: Cloud, restore_id: str, state: str, message: str = "") -> None:
    """The next command in an instance that is tagged with the id ends so.

    That of a drill is `drill-` and the restore's. How it can end is told in `resource_plane.ssm`:
    `Failed` has the exit code and standard error as its message ("3: no such table"), `Success`
    standard output; others are `ExecutionTimedOut`, `DeliveryTimedOut` and `Undeliverable`.
    """
    cloud.fail_next("ssm-command", state, message, **{"tag:restore:id": restore_id})


def without_agent(cloud: Cloud, restore_id: str) -> None:
    """No agent runs in the instance that is tagged with the id, however often it is started."""
    absent = {"kind": "ssm-agent", "state": "absent", "message": "", "count": 10}
    cloud.steer("POST", "/rules/failures", absent | {"match": {"tag:restore:id": restore_id}})


def _execution_role(cloud: Cloud, account: str) -> str:
    iam = administrator("iam", cloud.control, account, cloud.home_region)
    name, trust = "validators", {"Version": "2012-10-17", "Statement": []}
    try:
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
        made = iam.get_role(RoleName=name)
    return made["Role"]["Arn"]


def _package() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        package.writestr(entry, BOOTSTRAP)
    return archive.getvalue()
