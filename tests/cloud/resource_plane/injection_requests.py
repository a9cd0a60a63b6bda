"""Injections as a test asks for them, in JSON; what makes no sense is refused."""

from __future__ import annotations

from typing import Any

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


def read(wanted: dict[str, Any]) -> Injection:
    """The injection that a body asks for (see `injections`)."""
    kind = wanted.get("kind")
    if not isinstance(kind, str) or kind not in OWN:
        raise _refused(f"kind is one of {', '.join(sorted(OWN))}, not {kind!r}")
    unknown = wanted.keys() - {"kind", "match", "skip", "times", "after"} - OWN[kind]
    if unknown:
        raise _refused(f"an injection of the kind {kind} has no {sorted(unknown)}")
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
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
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


def _error(wanted: Any) -> AwsError:
    fields = {"code": str, "message": str, "status": int}
    if not isinstance(wanted, dict) or not {"code", "message"} <= wanted.keys() <= fields.keys():
        raise _refused("error has a code, a message and, where the model has none, a status")
    for name, value in wanted.items():
        if isinstance(value, bool) or not isinstance(value, fields[name]):
            raise _refused(f"the error's {name} is not {value!r}")
    status = wanted.get("status")
    if status is not None and not 400 <= status <= 599:
        raise _refused(f"{status} is not the status of an error")
    return AwsError(wanted["code"], wanted["message"], status)


def _match(wanted: Any) -> dict[str, Any]:
    names = {"action", "account", "region", "role", "session", "function"}
    if not isinstance(wanted, dict) or not wanted.keys() <= names | {"params"}:
        raise _refused(f"match is an object of {sorted(names)} and params")
    for name in names & wanted.keys():
        value = wanted[name]
        several = value if name == "action" and isinstance(value, list) and value else [value]
        if not all(isinstance(one, str) for one in several):
            raise _refused(f"{name} is not {value!r}")
    if not isinstance(wanted.get("params", {}), dict):
        raise _refused("params is an object of request parameters")
    return wanted


def _count(value: Any, name: str, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise _refused(f"{name} is a number of calls, from {least}, not {value!r}")
    return value


def _refused(message: str) -> AwsError:
    return AwsError("ValidationException", message)
