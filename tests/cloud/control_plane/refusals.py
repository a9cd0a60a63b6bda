"""A task is refused something by a test, as AWS might refuse it.

StartExecution of `ARN#ERROR N times in STATE` (the suffix by which Step Functions Local names a
test case) starts an execution in which the first N attempts of STATE, of the whole execution, fail
as ERROR: what the state calls is not called. With `after` in the place of `in` it is called first,
and its answer is lost.
"""

import re
from collections import Counter

from ministack.services import stepfunctions as states

from control_plane.stops import entered_last

CASE = re.compile(r"(?P<error>[\w.]+) (?P<times>\d+) times (?P<when>in|after) (?P<state>.+)")
EVENTS = {"in": "TaskScheduled", "after": "TaskSucceeded"}
CAUSE = "refused by a test"


def mend() -> None:
    """Looks at every attempt of a task."""
    add_event = states._add_event
    refused: Counter[str] = Counter()

    def add_event_or_refuse(execution, event_type, details=None):
        case = CASE.fullmatch(execution.get("testCase") or "")
        if case and event_type == EVENTS[case["when"]] and case["state"] == entered_last(execution):
            execution_arn = execution["executionArn"]
            if refused[execution_arn] < int(case["times"]):
                refused[execution_arn] += 1
                raise states._ExecutionError(case["error"], CAUSE)
        return add_event(execution, event_type, details)

    states._add_event = add_event_or_refuse
