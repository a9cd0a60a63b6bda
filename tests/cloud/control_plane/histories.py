"""An execution's history has as many events as AWS writes, of the kinds of HistoryEventType.

ministack tells of an attempt of a task that it is scheduled and how it ends, and of a Map in inline
mode that it is entered and left. On AWS an attempt starts, too, and one that starts an execution
and waits for its end (`.sync`) is submitted in between. Such a Map starts, then succeeds or fails,
and so does each of its iterations; the states of these are entered and left like any other
(BC:stepfunctions.HistoryEventType).

Left as it is: a task on a function's own ARN has `TaskScheduled` and so on here, where AWS has
`LambdaFunctionScheduled`, of which there are as many. Of a Parallel state, which no definition here
has, only the states of its branches are told.
"""

import copy
import json
import threading
from contextvars import ContextVar

from ministack.services import stepfunctions as states

_iterating: ContextVar[str | None] = ContextVar("the Map that an iteration begins of", default=None)

_writing = threading.Lock()
"""Iterations write side by side, and an event's number is that of the events before it."""

SIMPLE = ("Pass", "Choice", "Wait")
"""States that have no need to know their execution."""


def mend() -> None:
    """Tells of attempts, inline Maps and iterations."""
    add_event = states._add_event
    run_items = states._run_map_items

    def add_event_with_start(execution, event_type, details=None):
        with _writing:
            event = add_event(execution, event_type, details)
            if event_type == "TaskScheduled":
                scheduled = details["taskScheduledEventDetails"]
                started = {name: scheduled[name] for name in ("resource", "resourceType")}
                add_event(execution, "TaskStarted", {"taskStartedEventDetails": started})
            return event

    def run_items_told(state_def, raw_input, execution, ctx):
        started = {"length": len(_items(state_def, raw_input, ctx))}
        _tell(execution, "MapStateStarted", mapStateStartedEventDetails=started)
        before = _iterating.set(ctx["State"]["Name"])
        try:
            result = run_items(state_def, raw_input, execution, ctx)
        except states._ExecutionError:
            _tell(execution, "MapStateFailed")
            raise
        finally:
            _iterating.reset(before)
        _tell(execution, "MapStateSucceeded")
        return result

    states._add_event = add_event_with_start
    states._run_map_items = run_items_told
    states._run_sub_machine = _run_iteration_or_branch


def submitted(execution: dict | None, resource: str) -> None:
    """Tells that a task of `execution` has started what it now waits for."""
    if execution:
        task = {"resource": resource, "resourceType": "states"}
        _tell(execution, "TaskSubmitted", taskSubmittedEventDetails=task)


def _run_iteration_or_branch(machine: dict, start_at: str, given, execution: dict, ctx: dict):
    name = _iterating.get()
    if name is None:
        return _run(machine, start_at, given, execution, ctx)
    # Each iteration is in a context of its own; what it runs is none of this Map's.
    _iterating.set(None)
    iteration = {"name": name, "index": ctx["Map"]["Item"]["Index"]}
    _tell(execution, "MapIterationStarted", mapIterationStartedEventDetails=iteration)
    try:
        output = _run(machine, start_at, given, execution, ctx)
    except states._ExecutionError:
        _tell(execution, "MapIterationFailed", mapIterationFailedEventDetails=iteration)
        raise
    _tell(execution, "MapIterationSucceeded", mapIterationSucceededEventDetails=iteration)
    return output


def _run(machine: dict, start_at: str, given, execution: dict, ctx: dict):
    """What the states of `machine` come to, as by ministack, each entered and left."""
    name, output = start_at, copy.deepcopy(given)
    while name:
        if name not in machine:
            raise states._ExecutionError("States.Runtime", f"State '{name}' not found")
        state_def, entered = machine[name], name
        kind = state_def.get("Type")
        ctx["State"] = {"Name": name, "EnteredTime": states.now_iso(), "RetryCount": 0}
        told = {"name": entered, "input": json.dumps(output)}
        _tell(execution, f"{kind}StateEntered", stateEnteredEventDetails=told)
        if kind == "Fail":
            raise states._ExecutionError(*states._fail_state_error(state_def, output, ctx))
        if kind == "Succeed":
            output = states._apply_input_path(state_def, output, ctx)
            output, name = states._apply_output_path(state_def, output, ctx), None
        else:
            execute = getattr(states, f"_execute_{kind.lower()}")
            of_execution = () if kind in SIMPLE else (execution,)
            output, name = execute(state_def, output, *of_execution, ctx)
        told = {"name": entered, "output": json.dumps(output)}
        _tell(execution, f"{kind}StateExited", stateExitedEventDetails=told)
    return output


def _items(state_def: dict, raw_input, ctx: dict) -> list:
    """What an inline Map runs over, as ministack finds it."""
    if states._state_query_language(state_def, ctx) == "JSONata" and "Items" in state_def:
        items = states._jsonata_state_field(state_def, "Items", "array", raw_input, ctx)
    else:
        effective = states._apply_input_path(state_def, raw_input, ctx)
        items = states._resolve_path_or_ctx(state_def.get("ItemsPath", "$"), effective, ctx)
    return items if isinstance(items, list) else [items]


def _tell(execution: dict, event_type: str, **details: dict) -> None:
    """Writes the event, unless the execution has ended meanwhile: then its end is its last."""
    if execution["status"] == "RUNNING":
        states._add_event(execution, event_type, details)
