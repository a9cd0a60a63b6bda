"""Which calls one invocation of a function makes.

An invocation that is killed makes no more calls, while the next one of the same function, for the
same restore, must get through. What tells them apart:

* `X-Amzn-Trace-Id`, which the SDKs send from within Lambda with every call (`RS:aws-runtime`,
  `recursion_detection`) and which is new for each invocation. It is exact, and where a call carries
  it nothing else counts.
* Else the sessions. Every invocation assumes its roles anew, under the restore's id as session
  name (and a hyphen, where the id is one letter), and keeps the credentials to itself: the sessions
  that one access key (a function's) was given under one name, up to now, are those of this
  invocation and of ones that have ended. What a later one is given is not among them. Two
  invocations of one function for one restore at the same time cannot be told apart in this way; nor
  can a killed one that assumes a further role.
* Beside the sessions `amz-sdk-invocation-id`, which a call has in common with its own retries
  alone: a function's `AssumeRole` is signed with a key that all its invocations share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resource_plane import caller as callers

if TYPE_CHECKING:
    from resource_plane.call import Call

Mark = tuple[str, str]
"""A header, or `key` for the access key id, and its value."""

TRACE, SDK = "X-Amzn-Trace-Id", "amz-sdk-invocation-id"


def session_name(call: Call) -> str | None:
    """The name of the session that calls, or of the one that `AssumeRole` asks for."""
    if call.operation == "sts:AssumeRole":
        return call.asked.get("RoleSessionName")
    caller = call.caller
    return caller.arn.rpartition("/")[2] if caller and caller.role_arn else None


def marks(call: Call) -> set[Mark]:
    """All that a call shows of the invocation that makes it."""
    return _sent(call, TRACE) | _sent(call, SDK) | {("key", call.access_key_id)}


def marks_of_all(call: Call) -> set[Mark]:
    """Marks of which every call, of the invocation that makes this one, shows at least one."""
    trace = _sent(call, TRACE)
    if trace:
        return trace
    key, session = call.access_key_id, callers.session_of(call.access_key_id)
    if session is not None:
        keys = callers.session_keys(session.assumed_by, session.name)
    elif call.operation == "sts:AssumeRole":
        keys = callers.session_keys(key, session_name(call) or "")
    else:
        keys = set() if callers.is_function(key) else {key}
    return _sent(call, SDK) | {("key", one) for one in keys}


def _sent(call: Call, header: str) -> set[Mark]:
    value = call.response.headers.get(header)
    return {(header, value)} if value else set()
