"""Every call is noted: when, who, where, what, on which resources, and how it ended."""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from resource_plane import caller as callers
from resource_plane.reset import on_reset

if TYPE_CHECKING:
    from resource_plane.call import Call

SECRET = frozenset(
    {
        "CiphertextBlob",
        "MasterUserPassword",
        "Password",
        "Plaintext",
        "PreSignedUrl",
        "PresignedUrl",
        "TdeCredentialPassword",
        "UserData",
    }
)
"""Request parameters whose values are never shown."""

TRACE = "X-Amzn-Trace-Id"

_numbers = itertools.count(1)
_calls: list[dict[str, Any]] = []
_by_action: dict[str, list[dict[str, Any]]] = defaultdict(list)


def record(call: Call, outcome: str) -> None:
    """Notes a call and what it did: `outcome` is `ok`, the code of its error, or `not-arrived`.

    `function` is the Lambda function that made the call, under a role that it assumed or its own,
    `invocation` the trace id that it sent with it: one for each time that it is invoked.
    `injected` is the kind of the injection that it met, or None. A call whose answer was lost has
    the outcome that its caller was not told.
    """
    caller = call.caller
    noted = {
        "n": next(_numbers),
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "account": caller.account if caller else None,
        "callerArn": caller.arn if caller else None,
        "roleArn": caller.role_arn if caller else None,
        "function": callers.function_name(call.access_key_id),
        "invocation": call.response.headers.get(TRACE),
        "region": call.region,
        "service": call.service,
        "action": call.action,
        "resources": list(call.resources),
        "outcome": outcome,
        "injected": call.disturbance.kind,
        "params": redacted(call.asked),
    }
    _calls.append(noted)
    _by_action[call.action].append(noted)


def calls(since: int = 0, action: str | None = None) -> list[dict[str, Any]]:
    """The calls recorded after the one numbered `since`, oldest first; or an action's alone."""
    recorded = _calls if action is None else _by_action[action]
    return recorded[bisect.bisect_right(recorded, since, key=lambda call: call["n"]) :]


@on_reset
def forget_calls() -> None:
    """Forgets all recorded calls; the numbering goes on."""
    _calls.clear()
    _by_action.clear()


def redacted(value: Any) -> Any:
    """`value` as JSON can hold it, without secrets."""
    if isinstance(value, Mapping):
        return {
            str(name): "***" if name in SECRET else redacted(inner) for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(inner) for inner in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)
