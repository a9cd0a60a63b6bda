"""Time inside an execution goes as fast as its waits do.

With a wait scale of 0.1 an hour of waiting takes six minutes. A deadline that the definition
reckons from `$states.context.Execution.StartTime` must then come after six minutes too, or no test
would ever see one pass. Only what expressions see is moved (`$millis()`, `$now()` and the context's
`State.EnteredTime`): the times the API tells stay those of the machine this runs on.
"""

from contextvars import ContextVar
from datetime import datetime

from jsonata.functions import Functions
from ministack.services import stepfunctions as states

_seen: ContextVar[datetime] = ContextVar("now, as the expression sees it")


def mend() -> None:
    """Lets every expression see the execution's own time."""
    evaluate = states._evaluate_jsonata
    register = states._register_sfn_jsonata_functions

    def evaluate_in_time(expression, raw_input, ctx=None, result=None, error_output=None):
        ctx = ctx or {}
        started = ctx.get("Execution", {}).get("StartTime")
        if started:
            _seen.set(_moved(started, states.now_iso()))
            entered = ctx.get("State", {}).get("EnteredTime")
            if entered:
                state = {**ctx["State"], "EnteredTime": _written(_moved(started, entered))}
                ctx = {**ctx, "State": state}
        return evaluate(expression, raw_input, ctx, result, error_output)

    def register_with_time(expression):
        register(expression)
        expression.register_lambda("millis", _millis)
        expression.register_lambda("now", _now)

    states._evaluate_jsonata = evaluate_in_time
    states._register_sfn_jsonata_functions = register_with_time


def _moved(started: str, instant: str) -> datetime:
    """`instant` as the execution sees it: its distance from the start, stretched by the scale."""
    start, real = _read(started), _read(instant)
    # A scale of 0 skips waits altogether, so no time can be told from them.
    return start + (real - start) / (states._SFN_WAIT_SCALE or 1)


def _read(instant: str) -> datetime:
    return datetime.fromisoformat(instant.replace("Z", "+00:00"))


def _written(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _millis() -> int:
    return round(_seen.get().timestamp() * 1000)


def _now(picture=None, timezone=None) -> str:
    return Functions.datetime_from_millis(_millis(), picture, timezone)
