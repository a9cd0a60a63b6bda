"""Kills of a restore's invocations: at which points, and several in one restore where that is fair.

An invocation that is killed before it has changed anything leaves nothing behind: what runs it
again finds all as it did. Such *quiet* kills can share a restore with others without hiding
anything of them, if they are of another function, whose calls are then counted as ever. Two kills
that may both leave something never share one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
    """A restore of which some invocations are killed."""

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


def is_quiet(path: Path, kill: Kill) -> bool:
    """Whether nothing has been changed by the invocation when it is killed."""
    return kill.point not in path.begun and not (kill.effect and kill.point in path.writes)


def put_together(flow: str, path: Path, kills: Iterable[Kill]) -> list[Killed]:
    """Cases that hold each of the kills once: of each function one, and all but one quiet."""
    kills = list(kills)
    together = [[it] for it in kills if not is_quiet(path, it)]
    for kill in (it for it in kills if is_quiet(path, it)):
        them = min((it for it in together if _fits(kill, it)), key=len, default=None)
        if them is None:
            together.append([kill])
        else:
            them.append(kill)
    return [Killed.of(flow, *them) for them in together]


def _fits(kill: Kill, others: Iterable[Kill]) -> bool:
    return all(kill.point.function != it.point.function for it in others)


def apart(outcome: Outcome) -> list[Killed]:
    """The kills of a case that failed, each in a restore of its own: which of them is to blame?"""
    kills = outcome.case.kills
    return [Killed.of(outcome.case.flow, it) for it in kills] if len(kills) > 1 else []


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
