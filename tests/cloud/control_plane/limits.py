"""No input, output or variable is larger than 256 KiB, and what is terminal cannot be caught.

AWS holds the payload of every task, state and execution to 262,144 bytes of UTF-8, and ends the
execution with `States.DataLimitExceeded` otherwise; neither that nor `States.Runtime` is matched by
`States.ALL` (SFN/service-quotas, SFN/concepts-error-handling). ministack has no limit and catches
everything.
"""

import json

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions as states

LIMIT = 262_144
TERMINAL = {"States.DataLimitExceeded", "States.Runtime"}
WILDCARDS = {"States.ALL", "States.TaskFailed"}


def mend() -> None:
    """Measures what goes in and out of a state."""
    for name in ("_apply_jsonata_arguments", "_apply_jsonata_output", "_call_lambda"):
        setattr(states, name, _held(getattr(states, name)))

    assign = states._apply_state_assign
    matches = states._error_matches
    start = states._start_execution

    def assign_within_limit(state_def, raw_input, ctx, result=None, error_output=None):
        assign(state_def, raw_input, ctx, result, error_output)
        for name in state_def.get("Assign") or {}:
            hold((ctx or {}).get("variables", {}).get(name))

    def matches_what_can_be_caught(error_equals, error):
        if error in TERMINAL:
            error_equals = [name for name in error_equals if name not in WILDCARDS]
        return matches(error_equals, error)

    def start_within_limit(request):
        if _size(request.get("input", "")) > LIMIT:
            message = f"Input size exceeds the maximum number of bytes ({LIMIT}) service limit"
            return error_response_json("ValidationException", message, 400)
        return start(request)

    states._apply_state_assign = assign_within_limit
    states._error_matches = matches_what_can_be_caught
    states._start_execution = start_within_limit


def _held(produce):
    def produce_within_limit(*args, **kwargs):
        payload = produce(*args, **kwargs)
        hold(payload)
        return payload

    return produce_within_limit


def hold(payload) -> None:
    """Raises `States.DataLimitExceeded` if `payload` is larger than AWS passes on."""
    if _size(json.dumps(payload, ensure_ascii=False, separators=(",", ":"))) > LIMIT:
        raise states._ExecutionError(
            "States.DataLimitExceeded",
            "The state/task returned a result with a size exceeding the maximum number of bytes "
            "service limit.",
        )


def _size(text: str) -> int:
    return len(text.encode())
