"""How executions end: in time, once, and for good.

ministack ignores the definition's own `TimeoutSeconds`, so that TIMED_OUT never happens; it lets an
execution that was stopped during a task retry it, catch its failure and end as FAILED. On AWS a
timed-out or stopped execution ends there and stays so (BC:stepfunctions.StopExecution).
"""

import contextvars
import json
import threading
from contextvars import ContextVar
from functools import partial

from ministack.services import stepfunctions as states

_current: ContextVar[dict | None] = ContextVar("the execution this thread works for", default=None)


def mend() -> None:
    """Ends executions by their timeout, and keeps ended ones as they ended."""
    run = states._run_execution
    fail = states._fail_execution
    find_retrier = states._find_matching_retrier
    find_catcher = states._find_matching_catcher

    def run_in_time(arn):
        execution = states._executions.get(arn)
        _current.set(execution)
        timer = _timer(execution)
        try:
            run(arn)
        finally:
            if timer:
                timer.cancel()

    def fail_once(execution, error, cause):
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    def find_retrier_while_running(retriers, error, retry_counts):
        found = find_retrier(retriers, error, retry_counts)  # waits, too: see retries.py
        return (None, -1) if _over() else found

    def find_catcher_while_running(catchers, error):
        return None if _over() else find_catcher(catchers, error)

    states._run_execution = run_in_time
    states._fail_execution = fail_once
    states._find_matching_retrier = find_retrier_while_running
    states._find_matching_catcher = find_catcher_while_running


def _over() -> bool:
    execution = _current.get()
    return execution is not None and execution["status"] != "RUNNING"


def _timer(execution: dict | None) -> threading.Timer | None:
    """Times `execution` out after its definition's `TimeoutSeconds`, which are scaled as waits."""
    machine = states._state_machines.get(execution["stateMachineArn"]) if execution else None
    seconds = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    if seconds is None:
        return None
    # The event that tells of it is published for the account of this context.
    time_out = partial(contextvars.copy_context().run, _time_out, execution)
    timer = threading.Timer(seconds * states._SFN_WAIT_SCALE, time_out)
    timer.daemon = True
    timer.start()
    return timer


def _time_out(execution: dict) -> None:
    if execution["status"] != "RUNNING":
        return
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = states.now_iso()
    states._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    states._emit_execution_status_event(execution)
