"""An execution is stopped by a test in a task, or times out there, however short that task is.

StartExecution of `ARN#stop in STATE` (the suffix by which Step Functions Local names a test case)
starts an execution that is stopped, as by StopExecution, while it is in STATE for the first time:
what the state calls has run to its end, and its answer is not heard. With `time out` in the place
of `stop` the execution's time is over there, as by its definition's own `TimeoutSeconds`: those are
days, and no start asks for others. Several cases of an execution are joined by ` and `.
"""

from ministack.services import stepfunctions as states

from control_plane import endings

JOINED = " and "
CAUSE = "stopped by a test"


def mend() -> None:
    """Looks at every task that succeeds."""
    add_event = states._add_event
    ends = {"stop": _stop, "time out": endings.time_out}

    def add_event_or_end(execution, event_type, details=None):
        for case in (execution.get("testCase") or "").split(JOINED):
            how, _, state = case.partition(" in ")
            if event_type == "TaskSucceeded" and how in ends and state == entered_last(execution):
                ends[how](execution)
        return add_event(execution, event_type, details)

    states._add_event = add_event_or_end


def entered_last(execution: dict) -> str:
    """The state that the execution entered last."""
    entered = (event.get("stateEnteredEventDetails") for event in reversed(execution["events"]))
    return next(details["name"] for details in entered if details)


def _stop(execution: dict) -> None:
    endings.stop(execution, CAUSE)
