"""What the stack has for recoveries: a state machine, and a bucket for plans and outcomes."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

from restore.cloud import Cloud
from restore.follow import Ended

from recovery.overlap import Span

OBJECT = re.compile(r"s3://(?P<bucket>[a-z0-9.-]+)/(?P<key>\S+\.json)")
"""How the cause of a failed recovery names the object of its outcome."""


@dataclass(frozen=True)
class Deployed:
    """The recovery state machine of a cloud."""

    cloud: Cloud
    state_machine: str
    bucket: str

    @classmethod
    def on(cls, cloud: Cloud) -> Deployed:
        """As the outputs of the stack have it."""
        stack = cloud.state_machine.rsplit(":", 1)[-1]
        described = cloud.home_client("cloudformation").describe_stacks(StackName=stack)
        outputs = {it["OutputKey"]: it["OutputValue"] for it in described["Stacks"][0]["Outputs"]}
        return cls(cloud, outputs["RecoveryStateMachineArn"], outputs["RecoveriesBucket"])

    def start(self, plan: dict[str, Any], **given: Any) -> str:
        """Stores the plan, and starts its recovery; the ARN of the execution."""
        name = f"{plan['planId']}-{secrets.token_hex(4)}"
        key = f"plans/{name}.json"
        body = json.dumps(plan, indent=2).encode()
        self.cloud.home_client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return self.cloud.step_functions.start_execution(
            stateMachineArn=self.state_machine,
            name=name,
            input=json.dumps({"planObject": {"bucket": self.bucket, "key": key}, **given}),
        )["executionArn"]

    def outcome(self, ended: Ended) -> dict[str, Any] | None:
        """What became of every restore, as it was written; None where nothing was begun."""
        at = ended.output if ended.succeeded else OBJECT.search(ended.cause)
        if not at:
            return None
        found = self.cloud.home_client("s3").get_object(Bucket=at["bucket"], Key=at["key"])
        return json.loads(found["Body"].read())

    def executions(self, recovery: str) -> list[tuple[str, str]]:
        """The executions that this one has run of the `restore` state machine: names and ARNs."""
        return [(it["name"], it["executionArn"]) for it in self._listed(recovery)]

    def spans(self, recovery: str) -> dict[str, Span]:
        """When each of them began and ended, by its name; of those that have ended."""
        return {
            it["name"]: (it["startDate"].timestamp(), it["stopDate"].timestamp())
            for it in self._listed(recovery)
            if "stopDate" in it
        }

    def _listed(self, recovery: str) -> list[dict[str, Any]]:
        pages = self.cloud.step_functions.get_paginator("list_executions").paginate(
            stateMachineArn=self.cloud.state_machine
        )
        ending = f"-{run(recovery)}"
        return [it for page in pages for it in page["executions"] if it["name"].endswith(ending)]


def run(recovery: str) -> str:
    """What the names of a recovery's executions end with (`functions/restore/src/name.rs`)."""
    return hashlib.sha256(recovery.rsplit(":", 1)[-1].encode()).hexdigest()[:12]


def execution_name(restore_id: str, recovery: str) -> str:
    """The name of the execution of one of its restores."""
    return f"{restore_id}--{run(recovery)}"


def preflight_name(restore_id: str, recovery: str) -> str:
    """The name of the execution that planned it."""
    return f"{restore_id}--plan-{run(recovery)}"
