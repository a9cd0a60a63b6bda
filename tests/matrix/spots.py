"""Where a restore is killed of which nobody knows how often it looks, as time goes by.

A change is made once, and known by how many like it come before. So are the looks with which a
function begins; how often it begins anew, until there is something to change, differs: an
invocation that is killed by then has changed nothing, and the next finds what it would have. A look
that follows a change in its invocation is known by that change. What AWS refuses changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from matrix.points import READS, STACK, Point, _session

Call = dict[str, Any]
Made = tuple[str, str]
"""By which function, and which action."""


@dataclass(frozen=True)
class Stretch:
    """The part of a restore that is looked at: calls of some functions, all of them or some."""

    functions: frozenset[str] = frozenset()
    first: Made | None = None
    """It begins with the invocation that makes this call first; without it, at the start."""
    last: Made | None = None
    """It ends where this call is made for the last time; without it, at the end."""
    since: Made | None = None
    """It begins after this call is made for the last time."""

    @classmethod
    def between(cls, first: Made, last: Made) -> Self:
        """From the one call to the other, of the functions that make them."""
        return cls(frozenset({first[0], last[0]}), first, last)

    def of(self, calls: list[Call]) -> range:
        """The places in `calls` that are on it."""
        made = [_made(it) for it in calls]
        begin, end = 0, len(calls)
        if self.first is not None:
            invocation = calls[made.index(self.first)]["invocation"]
            begin = [it["invocation"] for it in calls].index(invocation)
        if self.since is not None:
            begin = len(calls) - made[::-1].index(self.since)
        if self.last is not None:
            end -= made[::-1].index(self.last)
        return range(begin, end)


class Spot(NamedTuple):
    """One call."""

    point: Point
    """Whose, which, and how many such come before it, of all or since `after`."""
    after: Point | None
    """The change before it in its invocation, for a look."""

    def killed(self, effect: bool, others: int) -> tuple[dict[str, Any], ...]:
        """The injections that kill its invocation at it, the next after `others` ones."""
        match, skip = self.point.match, self.point.nth - 1
        kill = {"kind": "kill", "match": match, "skip": skip, "effect": effect}
        if self.after is None:
            return (kill,)
        seen = {"kind": "delay", "seconds": 0, "match": self.after.match}
        return (seen | {"skip": self.after.nth - 1}, kill | {"after": others})

    def __str__(self) -> str:
        """As a report names it."""
        return f"{self.point} after {self.after}" if self.after else str(self.point)


def spots_of(calls: Iterable[Call], restore_id: str, stretch: Stretch) -> list[Spot]:
    """Where the restore among the recorded calls can be killed on the stretch, in its order."""
    mine = [it for it in calls if _session(it) == restore_id]
    on_it = stretch.of(mine)
    walk, found = _Walk(), []
    for place, call in enumerate(mine):
        spot = walk.on(call, place in on_it)
        if spot and place in on_it and spot.point.function in stretch.functions:
            found.append(spot)
    return found


class _Walk:
    """Calls, one after the other: what the last change was, and what came since."""

    def __init__(self) -> None:
        self.made: Counter[Made] = Counter()
        self.refused: set[Made] = set()
        self.change: Point | None = None
        self.changed_in = ""
        """The invocation that made the last change."""
        self.since: Counter[Made] = Counter()
        self.begun: dict[str, str] = {}
        """The first invocation of each function on the stretch."""

    def on(self, call: Call, is_on_it: bool) -> Spot | None:
        """The call as a spot; None for a refused change, and for a look of a later invocation."""
        made, invocation = _made(call), call["invocation"]
        self.made[made] += 1
        self.since[made] += 1
        spot = Spot(Point(*made, self.made[made]), None)
        first = self.begun.setdefault(made[0], invocation) if is_on_it else None
        if not _changes(call):
            if invocation == self.changed_in:
                return Spot(Point(*made, self.since[made]), self.change)
            return spot if invocation == first else None
        if call["outcome"] != "ok":
            self.refused.add(made)
            return None
        # What has been refused may be tried more or fewer times before it is taken.
        if made not in self.refused:
            self.change, self.changed_in = spot.point, invocation
            self.since.clear()
        return spot


def _made(call: Call) -> Made:
    return call["function"].removeprefix(STACK), f"{call['service']}:{call['action']}"


def _changes(call: Call) -> bool:
    return not READS.match(_made(call)[1]) and not call["params"].get("DryRun")
