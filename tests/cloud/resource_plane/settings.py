"""What a test may set while the plane runs: durations and switches.

Read and written over HTTP at `/rules/settings` (see `steering`). A package that has switches or
kinds of work of its own declares them here, with their defaults, when it is imported.
"""

from __future__ import annotations

from typing import Any

from resource_plane.error import AwsError
from resource_plane.reset import on_reset

DEFAULT_SECONDS = 0.8
"""How long a piece of asynchronous work takes unless a test says otherwise."""

_default_durations: dict[str, float] = {}
_default_switches: dict[str, bool] = {}
_durations: dict[str, float] = {}
_switches: dict[str, bool] = {}
_session_seconds: float | None = None


def declare_duration(kind: str, seconds: float = DEFAULT_SECONDS) -> None:
    """Makes known a kind of asynchronous work, such as `snapshot-copy`."""
    _default_durations[kind] = seconds


def declare_switch(name: str, default: bool) -> None:
    """Makes known a switch that turns a rule on or off."""
    _default_switches[name] = default


def duration(kind: str) -> float:
    """How many seconds work of this `kind` takes now; the kind must have been declared."""
    if kind not in _default_durations:
        raise AwsError("ValidationException", f"there is no work of the kind {kind!r}")
    return _durations.get(kind, _default_durations[kind])


def switch(name: str) -> bool:
    """Whether the switch is on; it must have been declared."""
    return _switches.get(name, _default_switches[name])


def session_seconds(asked: int) -> float:
    """How long a session lasts for which `asked` seconds were asked."""
    return asked if _session_seconds is None else min(asked, _session_seconds)


def current() -> dict[str, Any]:
    """All settings as they are now, in the shape that `change` takes."""
    return {
        "durations": _default_durations | _durations,
        "switches": _default_switches | _switches,
        "sessionSeconds": _session_seconds,
    }


def change(wanted: dict[str, Any]) -> None:
    """Sets what `wanted` names and leaves the rest; refuses names and types it does not know."""
    global _session_seconds
    _known(wanted, {"durations", "switches", "sessionSeconds"}, "setting")
    durations, switches = wanted.get("durations", {}), wanted.get("switches", {})
    _known(durations, _default_durations, "duration")
    _known(switches, _default_switches, "switch")
    session = wanted.get("sessionSeconds", _session_seconds)
    numbers = [*durations.values(), *([] if session is None else [session])]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float) or number < 0:
            raise AwsError("ValidationException", f"{number!r} is not a number of seconds")
    for value in switches.values():
        if not isinstance(value, bool):
            raise AwsError("ValidationException", f"{value!r} is neither true nor false")
    _durations.update(durations)
    _switches.update(switches)
    _session_seconds = session


def _known(given: Any, names: Any, what: str) -> None:
    if not isinstance(given, dict):
        raise AwsError("ValidationException", f"{given!r} is not an object")
    for name in given:
        if name not in names:
            known = ", ".join(sorted(names))
            raise AwsError("ValidationException", f"no {what} is named {name!r}; known: {known}")


@on_reset
def restore_defaults() -> None:
    """Forgets what tests have set."""
    global _session_seconds
    _durations.clear()
    _switches.clear()
    _session_seconds = None


for _kind in (
    "snapshot",
    "snapshot-copy",
    "volume",
    "volume-initialization",
    "instance",
    "image",
    "db-snapshot",
    "db-instance",
):
    declare_duration(_kind)
declare_switch("singleStepRdsCopy", False)
declare_switch("presignedUrlRequired", True)
