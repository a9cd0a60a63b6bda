"""Starting an execution again under its name and with its input returns the one that runs.

So AWS does for standard workflows: only another input, or an execution that has ended, is answered
with ExecutionAlreadyExists (BC:stepfunctions.StartExecution). ministack answers so at once.
"""

from ministack.core.responses import json_response
from ministack.services import stepfunctions as states


def mend() -> None:
    """Looks for the running execution before another is started."""
    start = states._start_execution

    def start_once(request):
        running = _running(request)
        if running:
            return json_response(
                {"executionArn": running["executionArn"], "startDate": running["startDate"]}
            )
        return start(request)

    states._start_execution = start_once


def _running(request: dict) -> dict | None:
    machine = states._resolve_state_machine_arn(request.get("stateMachineArn", ""))
    for execution in states._executions.values():
        if (
            execution["stateMachineArn"] == machine
            and execution["name"] == request.get("name")
            and execution["input"] == request.get("input", "{}")
            and execution["status"] == "RUNNING"
        ):
            return execution
    return None
