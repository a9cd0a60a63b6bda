"""Starting an execution again under its name and with its input returns the one that runs.

So AWS does for standard workflows: only another input, or an execution that has ended, is answered
with ExecutionAlreadyExists (BC:stepfunctions.StartExecution). ministack answers so at once, and
takes any name, where AWS takes 80 characters without white space, brackets, wildcards, controls and
some others (BC:stepfunctions.StartExecutionInput.name). It looks for the name and takes it as two
steps, and tasks of executions, which are threads there, start others: one start goes at a time.
"""

import re
import threading

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions as states

NAME = re.compile(r"""[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}""")

_starting = threading.RLock()
"""Held from the look for a name until it is taken."""


def mend() -> None:
    """Looks for the running execution before another is started."""
    start = states._start_execution

    def start_once(request):
        name = request.get("name")
        if name is not None and not NAME.fullmatch(name):
            return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
        with _starting:
            running = _running(request)
            if running:
                return json_response(
                    {"executionArn": running["executionArn"], "startDate": running["startDate"]}
                )
            return start(request)

    states._start_execution = start_once


def _running(request: dict) -> dict | None:
    arn = states._resolve_state_machine_arn(request.get("stateMachineArn", ""))
    name = request.get("name")
    if arn is None or name is None:
        return None
    # Not looked for among all executions: a plan of a thousand restores starts as many by name.
    execution = states._executions.get(f"{arn.replace(':stateMachine:', ':execution:')}:{name}")
    if (
        execution
        and execution["input"] == request.get("input", "{}")
        and execution["status"] == "RUNNING"
    ):
        return execution
    return None
