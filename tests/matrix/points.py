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

READS = re.compile(r"^(sts:AssumeRole|iam:Simulate\w+|\w+:(Describe|Get|List)\w+)$")


class Point(NamedTuple):
    """One call: the function that makes it, its action, and how many such came before it."""

    function: str
    action: str
    nth: int

    @property
    def is_look(self) -> bool:
        """Whether an undisturbed restore may also end without it."""
        return self.function == LOOKS

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
    for call in calls:
        if _session(call) != restore_id:
            continue
        function = call["function"].removeprefix(STACK)
        action = f"{call['service']}:{call['action']}"
        made = {name: times for (of, name), times in seen.items() if of == function}
        opened.setdefault(call["invocation"], Counter(made))
        seen[function, action] += 1
        point = Point(function, action, seen[function, action])
        points.append(point)
        before[point] = opened[call["invocation"]]
        if call["invocation"] in changing:
            begun.add(point)
        if not READS.match(action) and not call["params"].get("DryRun"):
            writes.add(point)
            changing.add(call["invocation"])
    return Path(tuple(points), frozenset(writes), frozenset(begun), before)


def _session(call: dict[str, Any]) -> str | None:
    if call["action"] == "AssumeRole":
        return call["params"].get("RoleSessionName")
    return str(call["callerArn"]).rpartition("/")[2]
