"""Disturbances that a test injects into AWS calls.

    POST /rules/injections
    {"kind": "error", "match": {"action": "ec2:CopySnapshot", "account": "444455556666"},
     "error": {"code": "RequestLimitExceeded", "message": "Request limit exceeded.", "status": 503},
     "skip": 2, "times": 1}

| `kind` | what becomes of a call that it fires on |
| --- | --- |
| `error` | it is answered with `error` (`code`, `message`, HTTP `status`), and does nothing |
| `delay` | it takes `seconds` longer; `late` says what: the `call` (default), or its `answer` |
| `lost-answer` | it takes effect, and the connection is closed without an answer |
| `never-arrives` | the connection is closed before the call takes effect |
| `kill` | like `lost-answer` (`effect` true) or `never-arrives` (`effect` false), and every later \
call of the same invocation (see `invocation`) finds its connection closed too |

`match` says which calls: `action` (`ec2:CopySnapshot`, `ec2:*`, or a list of such; `*` stands for
any text), `account` and `role` (the name) of the caller, `region`, `session` (the name of the
calling session, for a step the restore's id; for `sts:AssumeRole` the name that is asked for),
`function` (the name of the Lambda function that calls, or that assumed the role that does) and
`params` (request parameters and their values, null for one that is left out). What is not named
matches anything, so that `{"session": "r-1"}` with `skip: k - 1` is the k-th call of a restore.

With `after`, the id of an injection that is armed, calls count only once that one has fired: so a
function's next invocation can be killed at a call of its own.

The first `skip` calls that match pass, then it fires `times` times (null: forever). Every call
counts for every injection that it matches; of several that would fire, the one that was armed
first does, and the others wait for their next call. Calls of a killed invocation count for none.

A call meets its injection once its credentials are known to be good and before it is authorised:
AWS too throttles before it authorises. What fires is recorded with the call (see `recorder`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from resource_plane import caller as callers
from resource_plane import invocation
from resource_plane.error import AwsError
from resource_plane.reset import on_reset

if TYPE_CHECKING:
    from resource_plane.call import Call


@dataclass(frozen=True)
class Disturbance:
    """What becomes of one call."""

    kind: str | None = None
    error: AwsError | None = None
    seconds_before: float = 0.0
    """How long the call is under way before it is looked at."""
    seconds_after: float = 0.0
    """How long its answer is under way."""
    arrives: bool = True
    """Whether the call takes effect."""
    answered: bool = True
    """Whether its answer comes back."""


UNDISTURBED = Disturbance()
KILLED = Disturbance("killed", arrives=False, answered=False)
"""A later call of an invocation that has been killed."""


@dataclass
class Injection:
    """One that is armed: what a test has asked for, and what has come of it."""

    kind: str
    match: dict[str, Any] = field(default_factory=dict)
    skip: int = 0
    times: int | None = 1
    disturbance: Disturbance = UNDISTURBED
    asked: dict[str, Any] = field(default_factory=dict)
    after: Injection | None = None
    """One that must have fired before calls count for this one."""
    matched: int = 0
    fired: int = 0
    dead: set[invocation.Mark] = field(default_factory=set)
    """The marks of the invocations that it has killed."""
    fired_on: list[dict[str, str]] = field(default_factory=list)
    """The calls that it has fired on."""
    number: int = field(default_factory=itertools.count(1).__next__)

    def takes(self, facts: dict[str, Any]) -> bool:
        """Whether it is the turn of the call with these facts, which is counted if it matches."""
        if self.after is not None and not self.after.fired:
            return False
        if not matches(self.match, facts):
            return False
        self.matched += 1
        return self.matched > self.skip and (self.times is None or self.fired < self.times)

    def fire(self, call: Call) -> Disturbance:
        """Disturbs the call."""
        self.fired += 1
        self.fired_on.append({"action": call.operation, "region": call.region})
        if self.kind == "kill":
            self.dead |= invocation.marks_of_all(call)
        return self.disturbance

    def shown(self) -> dict[str, Any]:
        """As `GET /rules/injections` shows it."""
        counts = {"id": self.number, "matched": self.matched, "fired": self.fired}
        return self.asked | counts | {"firedOn": list(self.fired_on)}


_armed: list[Injection] = []


def meet(call: Call) -> Disturbance:
    """What becomes of a call that has just arrived; once for each call, under the frame's lock."""
    if not _armed:
        return UNDISTURBED
    marks = invocation.marks(call)
    if any(one.dead & marks for one in _armed):
        return KILLED
    facts = _facts(call)
    due = [one for one in _armed if one.takes(facts)]
    return due[0].fire(call) if due else UNDISTURBED


def arm(injection: Injection) -> None:
    """Makes an injection wait for its calls."""
    _armed.append(injection)


def armed() -> list[Injection]:
    """All injections that wait or have fired, in the order in which they were armed."""
    return list(_armed)


def disarm(number: int | None = None) -> list[Injection]:
    """Forgets one injection, or all, and releases whom it killed; what is forgotten."""
    forgotten = [one for one in _armed if number is None or one.number == number]
    if number is not None and not forgotten:
        raise AwsError("ValidationException", f"no injection has the id {number}")
    _armed[:] = [one for one in _armed if one not in forgotten]
    return forgotten


@on_reset
def disarm_all() -> None:
    """Forgets all injections."""
    disarm()


def matches(match: dict[str, Any], facts: dict[str, Any]) -> bool:
    """Whether `match` names the call of which these are the facts."""
    return (
        all(facts[name] == value for name, value in match.items() if name not in OF_ITS_OWN)
        and any(fnmatchcase(facts["action"], one) for one in _listed(match.get("action", "*")))
        and all(facts["params"].get(name) == it for name, it in match.get("params", {}).items())
    )


OF_ITS_OWN = {"action", "params"}
"""What matches by other rules than by being the same."""


def _facts(call: Call) -> dict[str, Any]:
    caller = call.caller
    return {
        "action": call.operation,
        "params": call.asked,
        "account": caller.account if caller else None,
        "region": call.region,
        "role": caller.role_arn.rpartition("/")[2] if caller and caller.role_arn else None,
        "session": invocation.session_name(call),
        "function": callers.function_name(call.access_key_id),
    }


def _listed(patterns: str | list[str]) -> list[str]:
    return [patterns] if isinstance(patterns, str) else patterns
