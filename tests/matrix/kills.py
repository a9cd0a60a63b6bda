"""Kills of a restore's invocations: at which points, and several in one restore where that is fair.

What is killed in a function that changes nothing leaves nothing behind, and what runs it again
finds all as the first did: so one such kill may come before another kill in the same restore
without hiding anything of it. Two kills that could both leave something are never put together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from matrix.case import Case, Outcome
from matrix.expectations import restored_as_asked
from matrix.points import Path, Point


class Kill(NamedTuple):
    """An invocation is killed at a call, which takes effect without an answer, or never arrives."""

    point: Point
    effect: bool

    @property
    def injection(self) -> dict[str, Any]:
        """The body of `POST /rules/injections`."""
        return {
            "kind": "kill",
            "match": self.point.match,
            "skip": self.point.nth - 1,
            "effect": self.effect,
        }

    def __str__(self) -> str:
        """As a report names it."""
        return f"{self.point}, {'answer lost' if self.effect else 'never arrived'}"


@dataclass(frozen=True)
class Killed(Case):
    """A restore of which one or two invocations are killed."""

    kills: tuple[Kill, ...] = ()

    @classmethod
    def of(cls, flow: str, *kills: Kill) -> Killed:
        """It must end as an undisturbed one does."""
        return cls(
            flow,
            f"killed at {' and at '.join(map(str, kills))}",
            restored_as_asked,
            tuple(it.injection for it in kills),
            may_miss=frozenset(n for n, it in enumerate(kills) if it.point.is_look),
            kills=kills,
        )


def all_kills(path: Path) -> list[Kill]:
    """Two at each point."""
    return [Kill(point, effect) for point in path.points for effect in (True, False)]


def put_together(flow: str, path: Path, kills: Iterable[Kill]) -> list[Killed]:
    """Cases that hold each of the kills once, and no two that could both leave something."""
    kills = list(kills)
    quiet = [it for it in kills if it.point.function in path.quiet]
    loud = [it for it in kills if it.point.function not in path.quiet]
    pairs = zip_longest(loud, quiet)
    return [Killed.of(flow, *(it for it in pair if it is not None)) for pair in pairs]


class Count(NamedTuple):
    """What became of the kills."""

    kills: int
    passed: int
    missed: int

    def __str__(self) -> str:
        """As a report says it."""
        words = f"{self.kills} kills, {self.passed} passed"
        return f"{words}, {self.missed} not reached" if self.missed else words


def count(outcomes: Iterable[Outcome]) -> Count:
    """The kills that fired in restores that ended as they should, and those that did not fire."""
    total = passed = missed = 0
    for outcome in outcomes:
        total += len(outcome.case.kills)
        fired = sum(map(bool, outcome.fired))
        missed += len(outcome.case.kills) - fired
        passed += 0 if outcome.problems else fired
    return Count(total, passed, missed)


def by_function(outcomes: Iterable[Outcome]) -> list[str]:
    """For each function and action: at how many of its points kills passed, of how many."""
    rows: dict[tuple[str, str], list[int]] = {}
    for outcome in outcomes:
        for kill, fired in zip(outcome.case.kills, outcome.fired, strict=False):
            row = rows.setdefault((kill.point.function, kill.point.action), [0, 0])
            row[0] += bool(fired) and not outcome.problems
            row[1] += 1
    return [
        f"{function:<28} {action:<44} {passed:>3} of {all_}"
        for (function, action), (passed, all_) in sorted(rows.items())
    ]
