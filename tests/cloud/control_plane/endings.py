"""How executions end: in time, once, and for good.

ministack ignores the definition's own `TimeoutSeconds`, so that TIMED_OUT never happens; it lets an
execution that was stopped during a task retry it, catch its failure and end as FAILED, and go on
with the branches of a Parallel state. On AWS a timed-out or stopped execution ends there and stays
so (BC:stepfunctions.StopExecution), and what it waits for is stopped with it: `watch` tells who has
to know.
"""

import contextvars
import json
import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial

from ministack.services import stepfunctions as states

current: ContextVar[dict | None] = ContextVar("the execution this thread works for", default=None)

_watchers: dict[str, list[Callable[[], None]]] = {}
_watching = threading.Lock()


def mend() -> None:
    """Ends executions by their timeout, and keeps ended ones as they ended."""
    run = states._run_execution
    fail = states._fail_execution
    publish = states._emit_execution_status_event
    find_retrier = states._find_matching_retrier
    find_catcher = states._find_matching_catcher

    def run_in_time(arn):
        execution = states._executions.get(arn)
        current.set(execution)
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

    def publish_and_tell(execution):
        if execution["status"] == "FAILED":
            # BC:stepfunctions.DescribeExecutionOutput.output: "only if the execution succeeds".
            execution["output"] = None
        publish(execution)
        if execution["status"] != "RUNNING":
            _tell(execution)

    for name in ("_execute_task", "_execute_map", "_execute_parallel"):
        setattr(states, name, _while_running(getattr(states, name)))
    states._emit_execution_status_event = publish_and_tell
    states._run_execution = run_in_time
    states._fail_execution = fail_once
    states._find_matching_retrier = find_retrier_while_running
    states._find_matching_catcher = find_catcher_while_running


def watch(execution: dict, then: Callable[[], None]) -> None:
    """Calls `then` when `execution` has ended, whatever way; at once if it has already."""
    with _watching:
        if not execution.get("told"):
            _watchers.setdefault(execution["executionArn"], []).append(then)
            return
    then()


def stop(execution: dict, cause: str) -> None:
    """Stops `execution`, if it is still running."""
    if execution["status"] == "RUNNING":
        states._stop_execution({"executionArn": execution["executionArn"], "cause": cause})


def time_out(execution: dict) -> None:
    """Ends `execution` as one whose time is over, if it is still running."""
    if execution["status"] != "RUNNING":
        return
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = states.now_iso()
    states._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    states._emit_execution_status_event(execution)


def _tell(execution: dict) -> None:
    with _watching:
        execution["told"] = True
        watchers = _watchers.pop(execution["executionArn"], [])
    for then in watchers:
        then()


def _while_running(execute):
    """Keeps a stopped execution from entering another state, in a branch or an iteration too."""

    def execute_while_running(state_def, raw_input, execution, ctx):
        if execution["status"] != "RUNNING":
            raise states._ExecutionError("States.Runtime", "The execution has ended.")
        return execute(state_def, raw_input, execution, ctx)

    return execute_while_running


def _over() -> bool:
    execution = current.get()
    return execution is not None and execution["status"] != "RUNNING"


def _timer(execution: dict | None) -> threading.Timer | None:
    """Times `execution` out after its definition's `TimeoutSeconds`, which are scaled as waits."""
    machine = states._state_machines.get(execution["stateMachineArn"]) if execution else None
    seconds = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    if seconds is None:
        return None
    # The event that tells of it is published for the account of this context.
    end = partial(contextvars.copy_context().run, time_out, execution)
    timer = threading.Timer(seconds * states._SFN_WAIT_SCALE, end)
    timer.daemon = True
    timer.start()
    return timer
