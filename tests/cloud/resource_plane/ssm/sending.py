"""SendCommand: a document is run in instances, one invocation in each.

No AMI here is of Windows (EC2 registers none), so that every document runs in every instance.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.instances.model import Instance
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.ssm import documents, invocations, nodes
from resource_plane.ssm.invocations import Command

TIMEOUT = 3600
"""Seconds within which a command must have begun, unless it says otherwise
(SSM/monitor-commands, "Understanding command timeout values")."""


@rule("ssm", "SendCommand")
def send_command(call: Call, _: Proceed) -> Any:
    """Begins an invocation in each instance, all of which must be managed nodes."""
    document = documents.find(call, call.params["DocumentName"])
    values = documents.values(document, call.params.get("Parameters") or {})
    instances = nodes.managed(backend_of(call), _instance_ids(call))
    command = invocations.begin(
        Command(
            account=call.account,
            region=call.region,
            document=document,
            parameters=values,
            comment=call.params.get("Comment") or "",
        ),
        instances,
    )
    return ActionResult({"Command": _described(call, command, instances)})


def _instance_ids(call: Call) -> list[str]:
    if call.params.get("Targets"):
        raise AwsError("NotImplemented", "the local AWS sends commands to InstanceIds only", 501)
    ids = call.params.get("InstanceIds") or []
    if not ids:
        message = "Either InstanceIds or Targets must be specified"
        raise AwsError("ValidationException", message)
    if len(set(ids)) < len(ids):
        raise AwsError("DuplicateInstanceId", "")
    return ids


def _described(call: Call, command: Command, instances: list[Instance]) -> dict[str, Any]:
    """BC:ssm.Command, as it is before any instance has it."""
    asked = call.params
    return {
        "CommandId": command.id,
        "DocumentName": command.document.name,
        "DocumentVersion": command.document.version,
        "Comment": command.comment,
        "Parameters": asked.get("Parameters") or {},
        "InstanceIds": [it.id for it in instances],
        "Targets": [],
        "RequestedDateTime": command.requested,
        "Status": "Pending",
        "StatusDetails": "Pending",
        "OutputS3BucketName": "",
        "OutputS3KeyPrefix": "",
        "MaxConcurrency": asked.get("MaxConcurrency") or "50",
        "MaxErrors": asked.get("MaxErrors") or "0",
        "TargetCount": len(instances),
        "CompletedCount": 0,
        "ErrorCount": 0,
        "DeliveryTimedOutCount": 0,
        "TimeoutSeconds": asked.get("TimeoutSeconds") or TIMEOUT,
    }
