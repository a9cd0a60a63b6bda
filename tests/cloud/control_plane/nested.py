"""A state machine started by another, as AWS starts it.

ministack runs what `startExecution.sync` starts as if it were an express workflow, without status
events and under no name's protection, and fails under the child's own error name. On AWS it is an
execution like any other. If it ends otherwise than by success, the task fails with
`States.TaskFailed`, whatever the child's error, and the cause is the child's DescribeExecution in
Pascal case, ordered by key (recorded from AWS in LocalStack's snapshots of 2023-08,
`test_start_execution_sync_delegate_failure`, and with the fields of redriving by others since). The
input in it stays a string, under `.sync:2` too.

A child is stopped with its parent (SFN/connect-to-resource, "Run a job": a `.sync` task that is
aborted calls StopExecution). A timeout of the parent counts as its being stopped here; the task's
own is not on that page's list of what aborts a task, so the child outlives it.

AWS holds a cause to 32,768 characters (BC:stepfunctions.SensitiveCause); how it shortens a longer
one is not documented, so it is left whole here.
"""

import json
import threading
from contextvars import ContextVar
from datetime import datetime
from functools import partial

from ministack.services import stepfunctions as states

from control_plane import endings, histories, limits

STOPPED = "The execution that waits for it has ended."
"""Why a child was stopped, in words of our own: AWS's are not documented."""

_given_up: ContextVar[threading.Event | None] = ContextVar(
    "set when the task times out", default=None
)


def mend() -> None:
    """Starts children as executions of their own, and waits for their end."""
    invoke_in_time = states._invoke_resource_with_timeout

    def invoke_in_scaled_time(resource, input_data, timeout):
        if ".sync" not in resource:
            return invoke_in_time(resource, input_data, timeout)
        given_up = threading.Event()
        _given_up.set(given_up)  # before the thread that waits copies this context
        try:
            # A child's time is scaled, so the time given to it is, too.
            return invoke_in_time(resource, input_data, timeout * states._SFN_WAIT_SCALE)
        finally:
            given_up.set()
            _given_up.set(None)

    states._invoke_resource_with_timeout = invoke_in_scaled_time
    states._invoke_nested_start_execution = _start_only
    states._invoke_nested_start_execution_sync = _start_and_wait


def _start_only(resource: str, arguments: dict) -> dict:
    child = _start(arguments)
    return {"ExecutionArn": child["executionArn"], "StartDate": _milliseconds(child["startDate"])}


def _start_and_wait(resource: str, arguments: dict) -> dict:
    child = _start(arguments)
    parent = endings.current.get()
    histories.submitted(parent, resource)
    if parent:
        endings.watch(parent, partial(_stop_with_parent, child, _given_up.get()))
    ended = threading.Event()
    endings.watch(child, ended.set)
    ended.wait()

    description = _description(child)
    if child["status"] != "SUCCEEDED":
        cause = json.dumps(description, separators=(",", ":"), sort_keys=True)
        raise states._ExecutionError("States.TaskFailed", cause)
    if resource.endswith(".sync:2"):
        for name in ("Input", "Output"):
            description[name] = json.loads(description[name])
    limits.hold(description)
    return description


def _stop_with_parent(child: dict, given_up: threading.Event | None) -> None:
    if not (given_up and given_up.is_set()):
        endings.stop(child, STOPPED)


def _start(arguments: dict) -> dict:
    given = arguments.get("Input", {})
    if not isinstance(given, str):
        given = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    request = states._nested_start_execution_request({**arguments, "Input": given})
    status, _, body = states._start_execution(request)
    answer = json.loads(body)
    if status >= 400:
        error = answer["__type"].removesuffix("Exception")
        raise states._ExecutionError(f"StepFunctions.{error}Exception", answer["message"])
    return states._executions[answer["executionArn"]]


def _description(child: dict) -> dict:
    succeeded = child["status"] == "SUCCEEDED"
    told = {
        "ExecutionArn": child["executionArn"],
        "Input": child["input"],
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE" if succeeded else "REDRIVABLE",
        "StartDate": _milliseconds(child["startDate"]),
        "StateMachineArn": child["stateMachineArn"],
        "Status": child["status"],
        "StopDate": _milliseconds(child["stopDate"]),
    }
    if succeeded:
        told["Output"] = child["output"]
        told["OutputDetails"] = {"Included": True}
        told["RedriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven"
    for name in ("error", "cause"):
        if child.get(name):
            told[name.capitalize()] = child[name]
    return told


def _milliseconds(instant: str) -> int:
    return round(datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp() * 1000)
