"""What becomes of a command in each instance, and GetCommandInvocation, which tells of it.

An invocation is `Pending` until the agent has it, `InProgress` while it runs, and then ends
(SSM/monitor-commands): with the exit code 0 as `Success`, with another as `Failed`, or else as a
test has ordered. One that takes longer than its `executionTimeout` is ended by that.

"The Run Command API follows an eventual consistency model" (BC:ssm.GetCommandInvocation): for a
while after SendCommand there is no invocation yet, if a test says so.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from resource_plane import consistency, progress, settings
from resource_plane.ec2 import tags
from resource_plane.ec2.instances.model import Instance
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Failure, Work
from resource_plane.reset import on_reset
from resource_plane.ssm.documents import Runnable

settings.declare_duration("ssm-command")
settings.declare_consistency("commands")

PENDING = 0.2
"""The part of an invocation's time after which the agent has it."""

NOT_RUN = -1
"""BC:ssm.GetCommandInvocationResult.ResponseCode, until the command has run."""

ENDINGS = {
    "Success": ("Success", 0),
    "Failed": ("Failed", 1),
    # 137: what AWS was seen to answer; the agent has killed the process.
    "ExecutionTimedOut": ("TimedOut", 137),
    "DeliveryTimedOut": ("TimedOut", NOT_RUN),
    "Undeliverable": ("Failed", NOT_RUN),
    "Cancelled": ("Cancelled", NOT_RUN),
}
"""Each `StatusDetails` that an invocation ends with, its `Status` and, unless the order of a test
gives one, its exit code (BC:ssm.GetCommandInvocationResult.StatusDetails)."""

MOST_OUTPUT, MOST_ERRORS = 24_000, 8_000
"""BC:ssm.GetCommandInvocationResult: characters of what the command wrote that are told."""


@dataclass(frozen=True)
class Command:
    """A command that was sent."""

    account: str
    region: str
    document: Runnable
    parameters: Mapping[str, list[str]]
    comment: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    requested: datetime = field(default_factory=utcnow)
    made: float = field(default_factory=lambda: progress.clock())


_commands: dict[str, Command] = {}


def begin(command: Command, instances: list[Instance]) -> Command:
    """Runs the command in the instances."""
    _commands[command.id] = command
    for instance in instances:
        work = progress.begin(
            "ssm-command",
            _id(command, instance.id),
            account=command.account,
            region=command.region,
            instance=instance.id,
            command=command.id,
            document=command.document.name,
            **tags.as_facts(tags.of(instance.ec2_backend, instance.id)),
        )
        _hold(work, command)
    return command


def _hold(work: Work, command: Command) -> None:
    """Ends a command that runs for longer than it may."""
    given = command.parameters.get("executionTimeout")
    if given and work.seconds * settings.pace() > float(given[0]):
        work.seconds = float(given[0]) / settings.pace()
        work.fate = Failure("ExecutionTimedOut", "")


@rule("ssm", "GetCommandInvocation")
def get_command_invocation(call: Call, _: Proceed) -> Any:
    """Tells of one invocation."""
    command, work = _find(call)
    return ActionResult(_described(call, command, work))


def _find(call: Call) -> tuple[Command, Work]:
    command_id, instance_id = call.params["CommandId"], call.params["InstanceId"]
    command = _commands.get(command_id)
    here = command is not None and (command.account, command.region) == (call.account, call.region)
    work = progress.work_on(_id(command, instance_id)) if command and here else None
    if command is None or work is None or consistency.too_young("commands", command.made):
        raise AwsError("InvocationDoesNotExist", "")
    return command, work


def _step(call: Call, command: Command) -> str:
    """The step that is asked for, which must be named where there are several."""
    steps, named = command.document.steps, call.params.get("PluginName")
    if named is None and len(steps) == 1:
        return steps[0]
    if named not in steps:
        raise AwsError("InvalidPluginName", "")
    return named


def _described(call: Call, command: Command, work: Work) -> dict[str, Any]:
    """BC:ssm.GetCommandInvocationResult."""
    details, status, code, output, errors = _outcome(work)
    begun = details == "InProgress" or (work.done and code != NOT_RUN)
    started = command.requested + timedelta(seconds=work.seconds * PENDING)
    ended = command.requested + timedelta(seconds=work.seconds)
    return {
        "CommandId": command.id,
        "InstanceId": call.params["InstanceId"],
        "Comment": command.comment,
        "DocumentName": command.document.name,
        "DocumentVersion": command.document.version,
        "PluginName": _step(call, command),
        "ResponseCode": code,
        "ExecutionStartDateTime": _instant(started) if begun else "",
        "ExecutionElapsedTime": f"PT{(ended - started).total_seconds():.3f}S" if begun else "",
        "ExecutionEndDateTime": _instant(ended) if begun and work.done else "",
        "Status": status,
        "StatusDetails": details,
        "StandardOutputContent": output[:MOST_OUTPUT],
        "StandardOutputUrl": "",
        "StandardErrorContent": errors[:MOST_ERRORS],
        "StandardErrorUrl": "",
        "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": False},
    }


def _outcome(work: Work) -> tuple[str, str, int, str, str]:
    """Details, status, exit code and what was written to standard output and standard error."""
    if not work.done:
        state = "Pending" if work.part < PENDING else "InProgress"
        return state, state, NOT_RUN, "", ""
    if work.failure is None:
        return "Success", "Success", 0, "", ""
    details, message = work.failure.state, work.failure.message
    status, code = ENDINGS[details]
    if details == "Success":
        return details, status, code, message, ""
    given, _, errors = message.partition(": ")
    if details == "Failed" and given.isdecimal():
        return details, status, int(given), "", errors
    return details, status, code, "", message


def _id(command: Command, instance_id: str) -> str:
    return f"{command.id}/{instance_id}"


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@on_reset
def forget_commands() -> None:
    """Forgets all commands."""
    _commands.clear()
