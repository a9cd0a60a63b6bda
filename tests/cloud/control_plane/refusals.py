"""A task is refused something by a test, as AWS might refuse it.

StartExecution of `ARN#ERROR N times in STATE` (the suffix by which Step Functions Local names a
test case) starts an execution in which the first N attempts of STATE, of the whole execution, fail
as ERROR: what the state calls is not called. With `after` in the place of `in` it is called first,
and its answer is lost. Several such cases, joined by ` and `, hold for one execution.
"""

import re
from collections import Counter

from ministack.services import stepfunctions as states

from control_plane.stops import JOINED, entered_last

CASE = re.compile(r"(?P<error>[\w.]+) (?P<times>\d+) times (?P<when>in|after) (?P<state>.+)")
EVENTS = {"in": "TaskScheduled", "after": "TaskSucceeded"}
CAUSE = "refused by a test"


def mend() -> None:
    """Looks at every attempt of a task."""
    add_event = states._add_event
    refused: Counter[tuple[str, str]] = Counter()

    def add_event_or_refuse(execution, event_type, details=None):
        for case in _cases(execution):
            if event_type != EVENTS[case["when"]] or case["state"] != entered_last(execution):
                continue
            this_one = (execution["executionArn"], case[0])
            if refused[this_one] < int(case["times"]):
                refused[this_one] += 1
                raise states._ExecutionError(case["error"], CAUSE)
        return add_event(execution, event_type, details)

    states._add_event = add_event_or_refuse


def _cases(execution: dict) -> list[re.Match[str]]:
    """The cases that the execution was started with."""
    named = (execution.get("testCase") or "").split(JOINED)
    return [case for one in named if (case := CASE.fullmatch(one))]
