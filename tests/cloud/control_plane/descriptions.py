"""An execution that has ended is described by a test as running still.

DescribeExecution "is eventually consistent", and what it tells "may not reflect very recent updates
and changes" (BC:stepfunctions.DescribeExecution). StartExecution of `ARN#described as running N
times in STATE` (the suffix by which Step Functions Local names a test case) starts an execution
that is told so by its first N looks in STATE, whatever it looks at: RUNNING, and nothing of an end.
"""

import json
import re
from collections import Counter

from ministack.core.responses import json_response
from ministack.services import stepfunctions as states

from control_plane import tasks
from control_plane.stops import JOINED, entered_last

CASE = re.compile(r"described as running (?P<times>\d+) times in (?P<state>.+)")
OF_AN_END = ("stopDate", "output", "error", "cause")


def mend() -> None:
    """Looks at every description that a task gets."""
    describe = states._describe_execution
    told: Counter[tuple[str, str]] = Counter()

    def describe_or_lag(request):
        status, headers, body = describe(request)
        case = _case()
        if status != 200 or case is None:
            return status, headers, body
        times, this_one = case
        if told[this_one] >= times:
            return status, headers, body
        told[this_one] += 1
        described = json.loads(body)
        before = {name: it for name, it in described.items() if name not in OF_AN_END}
        return json_response(before | {"status": "RUNNING"})

    states._describe_execution = describe_or_lag


def _case() -> tuple[int, tuple[str, str]] | None:
    """How often who looks now is told so, and who and where that is; none if it never is."""
    task = tasks.under_way.get()
    if task is None:
        return None
    state = entered_last(task.execution)
    for one in (task.execution.get("testCase") or "").split(JOINED):
        if (case := CASE.fullmatch(one)) and case["state"] == state:
            return int(case["times"]), (task.execution["executionArn"], state)
    return None
