"""An execution waits in a task for another one by a test: who is first is then no matter of luck.

StartExecution of `ARN#wait in STATE until OTHER is in THERE` (the suffix by which Step Functions
Local names a test case) starts an execution that does not call what STATE calls before the
execution OTHER, by its ARN, has entered its state THERE or has ended. OTHER may be started later.
"""

import re
import time

from ministack.services import stepfunctions as states

from control_plane.stops import entered_last

CASE = re.compile(r"wait in (?P<state>.+) until (?P<other>\S+) is in (?P<there>.+)")

LOOK = 0.01
"""Seconds between two looks at the other."""


def mend() -> None:
    """Looks at every attempt of a task."""
    add_event = states._add_event

    def add_event_in_turn(execution, event_type, details=None):
        case = CASE.fullmatch(execution.get("testCase") or "")
        if case and event_type == "TaskScheduled" and case["state"] == entered_last(execution):
            _wait(execution, case["other"], case["there"])
        return add_event(execution, event_type, details)

    states._add_event = add_event_in_turn


def _wait(execution: dict, other: str, there: str) -> None:
    while not _has_come(states._executions.get(other), there):
        time.sleep(LOOK)
        if execution["status"] != "RUNNING":
            raise states._ExecutionError("States.Runtime", "The execution has ended.")


def _has_come(other: dict | None, there: str) -> bool:
    if other is None:
        return False
    # Looked at first: what ends while its events are read has entered all that it ever will.
    ended = other["status"] != "RUNNING"
    entered = (event.get("stateEnteredEventDetails") or {} for event in list(other["events"]))
    return any(it.get("name") == there for it in entered) or ended
