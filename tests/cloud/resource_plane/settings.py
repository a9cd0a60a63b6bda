"""What a test may set while the plane runs.

Read and written over HTTP at `/rules/settings` (see `steering`). A package that has switches,
limits or kinds of work of its own declares them here, with their defaults, when it is imported.

| setting | is |
| --- | --- |
| `durations` | seconds that each kind of asynchronous work takes |
| `switches` | rules that are on or off |
| `limits` | how much there may be at most, of each account and Region; null for no limit |
| `consistency` | seconds for which what has changed is not yet seen (see `consistency`) |
| `requestRates` | token buckets, `{"size", "refill"}` or null for none (see `throttling`) |
| `capacity` | what AWS has left of things, such as `{"instance m7g.large eu-central-1a": 0}` |
| `optedInRegions` | Regions that accounts have beside those that every account has |
| `pace` | seconds of AWS that go by in one second here, for token buckets |
| `sessionSeconds` | how long sessions last at most; null: as long as was asked for |

What a change does not name it leaves, but `requestRates` and `capacity` are replaced as a whole.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from resource_plane import operations
from resource_plane.error import AwsError
from resource_plane.reset import on_reset

DEFAULT_SECONDS = 0.8
"""How long a piece of asynchronous work takes unless a test says otherwise."""


def _number(value: Any, least: float = 0) -> bool:
    """Whether that is a number that one can reckon with; JSON here has `NaN` and `Infinity`."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and least <= value <= sys.float_info.max


def _bucket(value: Any) -> bool:
    """Whether that is a bucket that lets calls through, or none."""
    return value is None or (
        isinstance(value, dict)
        and value.keys() == {"size", "refill"}
        and _number(value["size"], least=1)
        and _number(value["refill"])
        and value["refill"] > 0
    )


def _throttled(name: str) -> bool:
    """Whether a bucket of this name is one of a service, of an operation, or a second of one."""
    of, _, second = name.partition("/")
    known = operations.is_operation(of) and second in ("", "instances", "unfiltered")
    return known or name in operations.SERVED


@dataclass
class _Group:
    """Settings of one kind by their names."""

    what: str
    valid: Callable[[Any], bool]
    expected: str
    open: Callable[[str], bool] | None = None
    """What a test may name that has not been declared; it then replaces what it set before."""
    defaults: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)

    def check(self, wanted: Any) -> None:
        """Refuses names and values that make no sense."""
        if not isinstance(wanted, dict):
            raise _refused(f"{wanted!r} is not an object")
        for name, value in wanted.items():
            if name not in self.defaults and not (self.open and self.open(name)):
                known = ", ".join(sorted(self.defaults))
                raise _refused(f"no {self.what} is named {name!r}; known: {known}")
            if not self.valid(value):
                raise _refused(f"{self.what} {name}: {value!r} is not {self.expected}")

    def change(self, wanted: dict[str, Any]) -> None:
        """Sets what is named."""
        self.changed = dict(wanted) if self.open else self.changed | wanted

    def now(self) -> dict[str, Any]:
        """All as they are."""
        return self.defaults | self.changed


_groups = {
    "durations": _Group("duration", _number, "a number of seconds"),
    "switches": _Group("switch", lambda it: isinstance(it, bool), "true or false"),
    "limits": _Group("limit", lambda it: it is None or _number(it), "a number, or null"),
    "consistency": _Group("consistency", _number, "a number of seconds"),
    "requestRates": _Group(
        "rate",
        _bucket,
        'a {"size" from 1, "refill" above 0}, or null',
        open=_throttled,
    ),
    "capacity": _Group("capacity", _number, "a number", open=lambda _: True),
}
_single: dict[str, tuple[Any, Callable[[Any], bool], str]] = {
    "optedInRegions": (
        [],
        lambda it: (
            isinstance(it, list)
            and all(isinstance(one, str) and operations.is_region(one) for one in it)
        ),
        "a list of Regions",
    ),
    "pace": (1.0, lambda it: _number(it) and it > 0, "a number above 0"),
    "sessionSeconds": (None, lambda it: it is None or _number(it), "a number of seconds"),
}
_single_now: dict[str, Any] = {}


def declare_duration(kind: str, seconds: float = DEFAULT_SECONDS) -> None:
    """Makes known a kind of asynchronous work, such as `snapshot-copy`."""
    _groups["durations"].defaults[kind] = seconds


def declare_switch(name: str, default: bool) -> None:
    """Makes known a switch that turns a rule on or off."""
    _groups["switches"].defaults[name] = default


def declare_limit(name: str, default: float | None) -> None:
    """Makes known a limit, with AWS's default; None where AWS has no fixed one."""
    _groups["limits"].defaults[name] = default


def declare_consistency(kind: str) -> None:
    """Makes known a kind of change that may be seen late; at first it is seen at once."""
    _groups["consistency"].defaults[kind] = 0


def declare_rate(name: str, size: float, refill: float) -> None:
    """Makes known a token bucket."""
    _groups["requestRates"].defaults[name] = {"size": size, "refill": refill}


def duration(kind: str) -> float:
    """How many seconds work of this `kind` takes now; the kind must have been declared."""
    durations = _groups["durations"].now()
    if kind not in durations:
        raise AwsError("ValidationException", f"there is no work of the kind {kind!r}")
    return durations[kind]


def switch(name: str) -> bool:
    """Whether the switch is on; it must have been declared."""
    return _groups["switches"].now()[name]


def limit(name: str) -> float | None:
    """How much there may be of something; None for any amount."""
    return _groups["limits"].now()[name]


def consistency(kind: str) -> float:
    """For how many seconds a change of this kind is not seen."""
    return _groups["consistency"].now()[kind]


def rates() -> Mapping[str, Mapping[str, float] | None]:
    """The token buckets by name: an action such as `ec2:RunInstances`, or a group of them."""
    return _groups["requestRates"].now()


def capacity() -> Mapping[str, float]:
    """What AWS has of things, by patterns of what they are; of what is not named it has plenty."""
    return _groups["capacity"].now()


def pace() -> float:
    """How many seconds of AWS go by in one second here."""
    return _single_now.get("pace", _single["pace"][0])


def opted_in_regions() -> list[str]:
    """The Regions that accounts have asked for."""
    return _single_now.get("optedInRegions", _single["optedInRegions"][0])


def session_seconds(asked: int) -> float:
    """How long a session lasts for which `asked` seconds were asked."""
    most = _single_now.get("sessionSeconds")
    return asked if most is None else min(asked, most)


def current() -> dict[str, Any]:
    """All settings as they are now, in the shape that `change` takes."""
    single = {name: default for name, (default, _, _) in _single.items()}
    return {name: group.now() for name, group in _groups.items()} | single | _single_now


def change(wanted: dict[str, Any]) -> None:
    """Sets what `wanted` names and leaves the rest; refuses names and types it does not know."""
    for name, value in wanted.items():
        if name in _groups:
            _groups[name].check(value)
        elif name not in _single:
            known = ", ".join(sorted(_groups.keys() | _single.keys()))
            raise _refused(f"no setting is named {name!r}; known: {known}")
        elif not _single[name][1](value):
            raise _refused(f"{name} is {_single[name][2]}, not {value!r}")
    for name, value in wanted.items():
        if name in _groups:
            _groups[name].change(value)
        else:
            _single_now[name] = value


def _refused(message: str) -> AwsError:
    return AwsError("ValidationException", message)


@on_reset
def restore_defaults() -> None:
    """Forgets what tests have set."""
    for group in _groups.values():
        group.changed = {}
    _single_now.clear()


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
