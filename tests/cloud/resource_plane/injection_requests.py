"""Injections as a test asks for them, in JSON; what makes no sense is refused.

A refusal begins with the name of the field at fault. What could never match a call is at fault too:
a test whose injection waits in vain would pass for the wrong reason.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from typing import Any

from resource_plane import operations
from resource_plane.error import AwsError
from resource_plane.injections import Disturbance, Injection, armed

OWN = {
    "error": {"error"},
    "delay": {"seconds", "late"},
    "lost-answer": set(),
    "never-arrives": set(),
    "kill": {"effect"},
}
"""The fields that belong to each kind."""

NAMES = {
    "account": r"\d{12}",
    # BC:iam.CreateRoleRequest.RoleName, BC:sts.AssumeRoleRequest.RoleSessionName, BC:lambda
    # .CreateFunctionRequest.FunctionName.
    "role": r"[\w+=,.@-]{1,64}",
    "session": r"[\w+=,.@-]{2,64}",
    "function": r"[\w-]{1,64}",
}
"""What the names of callers look like."""


def read(wanted: dict[str, Any]) -> Injection:
    """The injection that a body asks for (see `injections`)."""
    kind = wanted.get("kind")
    if not isinstance(kind, str) or kind not in OWN:
        raise _refused(f"kind is one of {_listed(OWN)}, not {kind!r}")
    unknown = wanted.keys() - {"kind", "match", "skip", "times", "after"} - OWN[kind]
    if unknown:
        raise _refused(f"{_listed(unknown)}: an injection of the kind {kind} has no such thing")
    return Injection(
        kind=kind,
        match=_match(wanted.get("match", {})),
        skip=_count(wanted.get("skip", 0), "skip", least=0),
        times=None if wanted.get("times", 1) is None else _count(wanted.get("times", 1), "times"),
        disturbance=_disturbance(kind, wanted),
        asked={"match": {}, "skip": 0, "times": 1} | wanted,
        after=None if wanted.get("after") is None else _armed(wanted["after"]),
    )


def _armed(number: Any) -> Injection:
    found = [one for one in armed() if one.number == number and not isinstance(number, bool)]
    if not found:
        raise _refused(f"after is the id of an injection that is armed, not {number!r}")
    return found[0]


def _disturbance(kind: str, wanted: dict[str, Any]) -> Disturbance:
    if kind == "error":
        return Disturbance(kind, error=_error(wanted.get("error")), arrives=False)
    if kind == "delay":
        seconds, late = wanted.get("seconds"), wanted.get("late", "call")
        if not _is_duration(seconds):
            raise _refused(f"seconds is a number of seconds, not {seconds!r}")
        if late not in ("call", "answer"):
            raise _refused(f"late is the call or the answer, not {late!r}")
        before, after = (seconds, 0.0) if late == "call" else (0.0, seconds)
        return Disturbance(kind, seconds_before=before, seconds_after=after)
    arrives = kind == "lost-answer"
    if kind == "kill":
        arrives = wanted.get("effect")
        if not isinstance(arrives, bool):
            raise _refused("effect says whether the call takes effect: true or false")
    return Disturbance(kind, arrives=arrives, answered=False)


def _is_duration(value: Any) -> bool:
    """Whether that can be waited for; JSON as Python reads it has `NaN` and `Infinity`."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value <= threading.TIMEOUT_MAX


def _error(wanted: Any) -> AwsError:
    fields = {"code": str, "message": str, "status": int}
    if not isinstance(wanted, dict) or not {"code", "message"} <= wanted.keys() <= fields.keys():
        raise _refused("error has a code, a message and, where the model has none, a status")
    for name, value in wanted.items():
        if isinstance(value, bool) or not isinstance(value, fields[name]):
            raise _refused(f"error.{name} is not {value!r}")
    if not re.fullmatch(r"[\w.:-]+", wanted["code"]):
        raise _refused(f"error.code is the name of an error, not {wanted['code']!r}")
    status = wanted.get("status")
    if status is not None and not 400 <= status <= 599:
        raise _refused(f"error.status is that of an error, from 400 to 599, not {status}")
    return AwsError(wanted["code"], wanted["message"], status)


def _match(wanted: Any) -> dict[str, Any]:
    names = {"action", "params", "region", *NAMES}
    if not isinstance(wanted, dict):
        raise _refused(f"match is an object of {_listed(names)}")
    if not wanted.keys() <= names:
        raise _refused(f"match.{_listed(wanted.keys() - names)}: it has {_listed(names)} alone")
    for name, pattern in NAMES.items():
        value = wanted.get(name, "")
        if name in wanted and not (isinstance(value, str) and re.fullmatch(pattern, value)):
            raise _refused(f"match.{name} is never {value!r}")
    region = wanted.get("region", "")
    if "region" in wanted and not (isinstance(region, str) and operations.is_region(region)):
        raise _refused(f"match.region: {region!r} is no Region of AWS")
    _check_params(wanted.get("params", {}), _check_actions(wanted.get("action", "*")))
    return wanted


def _check_actions(wanted: Any) -> list[str]:
    """The patterns of actions, each of which matches some operation."""
    patterns = wanted if isinstance(wanted, list) else [wanted]
    if not patterns:
        raise _refused("match.action names no action")
    for one in patterns:
        if not isinstance(one, str) or not any(operations.matching(one)):
            raise _refused(f"match.action: no service here has an operation {one!r}")
    return patterns


def _check_params(wanted: Any, patterns: list[str]) -> None:
    """Some operation of those that match takes all that are to be there."""
    if not isinstance(wanted, dict):
        raise _refused("match.params is an object of request parameters")
    # None: it is not given, as no parameter is that an operation does not have.
    if absent := [name for name in wanted if not operations.is_parameter(name)]:
        raise _refused(f"match.params: no operation here takes {_listed(absent)}")
    given = [name for name, value in wanted.items() if value is not None]
    if given and not any(
        all(operations.takes(operation, name) for name in given)
        for pattern in patterns
        for operation in operations.matching(pattern)
    ):
        raise _refused(f"match.params: none of {_listed(patterns)} takes {_listed(given)}")


def _count(value: Any, name: str, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise _refused(f"{name} is a number of calls, from {least}, not {value!r}")
    return value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _refused(message: str) -> AwsError:
    return AwsError("ValidationException", message)
