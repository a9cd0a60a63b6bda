"""The calls that an undisturbed restore makes: the points at which it can be disturbed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

STACK = "restore-"
"""What the names of the deployed functions begin with."""

LOOKS = "wait-until-available"
"""The function that is called more or less often, as a restore waits longer or less long."""

LOOKS_TOO = "create-instance"
"""One that is so called once it has asked RDS for a modification, and then changes nothing."""

READS = re.compile(r"^(sts:AssumeRole|iam:Simulate\w+|\w+:(Describe|Get|List)\w+)$")


class Point(NamedTuple):
    """One call: the function that makes it, its action, and how many such came before it."""

    function: str
    action: str
    nth: int
    is_look: bool = False
    """Whether an undisturbed restore may also end without it."""

    @property
    def match(self) -> dict[str, str]:
        """What an injection into it matches, with `skip` of `nth - 1`."""
        return {"function": f"{STACK}{self.function}", "action": self.action}

    def __str__(self) -> str:
        """As a report names it."""
        return f"{self.function} {self.action} #{self.nth}"


class Path(NamedTuple):
    """An undisturbed restore as its calls tell it."""

    points: tuple[Point, ...]
    writes: frozenset[Point]
    """The points whose calls change something."""
    begun: frozenset[Point]
    """The points before which the same invocation has changed something already."""
    before: dict[Point, Counter[str]]
    """How many calls of each action a point's function had made when its invocation began."""


def path(calls: Iterable[dict[str, Any]], restore_id: str) -> Path:
    """The points of the restore among recorded calls, in their order."""
    seen: Counter[tuple[str, str]] = Counter()
    points, writes, begun, changing = [], set(), set(), set()
    opened: dict[str, Counter[str]] = {}
    before = {}
    calls = [call for call in calls if _session(call) == restore_id]
    change = {call["invocation"] for call in calls if _changes(call)}
    for call in calls:
        function, action = _made_by(call), _action(call)
        made = {name: times for (of, name), times in seen.items() if of == function}
        opened.setdefault(call["invocation"], Counter(made))
        seen[function, action] += 1
        looks = function == LOOKS or (function == LOOKS_TOO and call["invocation"] not in change)
        point = Point(function, action, seen[function, action], looks)
        points.append(point)
        before[point] = opened[call["invocation"]]
        if call["invocation"] in changing:
            begun.add(point)
        if _changes(call):
            writes.add(point)
            changing.add(call["invocation"])
    return Path(tuple(points), frozenset(writes), frozenset(begun), before)


def _made_by(call: dict[str, Any]) -> str:
    return call["function"].removeprefix(STACK)


def _action(call: dict[str, Any]) -> str:
    return f"{call['service']}:{call['action']}"


def _changes(call: dict[str, Any]) -> bool:
    return not READS.match(_action(call)) and not call["params"].get("DryRun")


def _session(call: dict[str, Any]) -> str | None:
    if call["action"] == "AssumeRole":
        return call["params"].get("RoleSessionName")
    return str(call["callerArn"]).rpartition("/")[2]
