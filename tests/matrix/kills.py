"""Kills of a restore's invocations: at which points, and several in one restore where that is fair.

An invocation that is killed before it has changed anything leaves nothing behind: what runs it
again finds all as it did. Such *quiet* kills can share a restore with any others without hiding
anything of them, if calls are still counted as ever: beside those of other functions, and beside
quiet ones of their own function, one invocation after another.

Kills that may leave something share a restore only if they are of different functions, and none is
of the clean-up, which could remove what another has left. If such a restore ends otherwise than it
should, each of its kills gets one of its own (`apart`).
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

    def __str__(self) -> str:
        """As a report names it."""
        return f"{self.point}, {'answer lost' if self.effect else 'never arrived'}"


@dataclass(frozen=True)
class Killed(Case):
    """A restore of which some invocations are killed."""

    kills: tuple[Kill, ...] = ()
    path: Path | None = None

    @classmethod
    def of(cls, flow: str, path: Path, *kills: Kill) -> Killed:
        """It must end as an undisturbed one does."""
        return cls(
            flow,
            f"killed at {' and at '.join(map(str, kills))}",
            restored_as_asked,
            tuple(_injection(path, kills, place) for place in range(len(kills))),
            may_miss=frozenset(n for n, it in enumerate(kills) if it.point.is_look),
            kills=kills,
            path=path,
        )


def _injection(path: Path, kills: tuple[Kill, ...], place: int) -> dict[str, Any]:
    """The body of `POST /rules/injections`; of a function's second kill, in its next invocation."""
    point, effect = kills[place]
    wanted = {"kind": "kill", "match": point.match, "skip": point.nth - 1, "effect": effect}
    earlier = [n for n in range(place) if kills[n].point.function == point.function]
    if earlier:
        # What was killed is run again, and makes all its calls anew.
        wanted["skip"] -= path.before[kills[earlier[-1]].point][point.action]
        wanted["after"] = earlier[-1]
    return wanted


def all_kills(path: Path) -> list[Kill]:
    """Two at each point."""
    return [Kill(point, effect) for point in path.points for effect in (True, False)]


def distinct_kills(path: Path) -> list[Kill]:
    """Two at each point that changes something, one at each read.

    Whether a read arrives makes no difference: it changes nothing, and its answer is lost both
    ways. Which of the two it is alternates.
    """
    reads = [it for it in path.points if it not in path.writes]
    effects = {it: bool(number % 2) for number, it in enumerate(reads)}
    return [it for it in all_kills(path) if effects.get(it.point, it.effect) == it.effect]


def is_quiet(path: Path, kill: Kill) -> bool:
    """Whether nothing has been changed by the invocation when it is killed."""
    return kill.point not in path.begun and not (kill.effect and kill.point in path.writes)


CLEAN_UP = "clean-up"

IN_A_ROW = 3
"""How many invocations of one function are killed in one restore: fewer than are tried again."""


def put_together(flow: str, path: Path, kills: Iterable[Kill]) -> list[Killed]:
    """Cases that hold each of the kills once, in the order of the path."""
    kills = sorted(kills, key=lambda it: (path.points.index(it.point), it.effect))
    together: list[list[Kill]] = []
    for loud in (it for it in kills if not is_quiet(path, it)):
        _put(loud, [it for it in together if _can_both_leave_something(loud, it)], together)
    for quiet in (it for it in kills if is_quiet(path, it)):
        _put(quiet, [it for it in together if _fits(path, quiet, it)], together)
    return [Killed.of(flow, path, *sorted(them, key=kills.index)) for them in together]


def _put(kill: Kill, free: list[list[Kill]], together: list[list[Kill]]) -> None:
    if free:
        min(free, key=len).append(kill)
    else:
        together.append([kill])


def _can_both_leave_something(kill: Kill, others: list[Kill]) -> bool:
    functions = [it.point.function for it in others]
    return kill.point.function not in functions and CLEAN_UP not in (
        kill.point.function,
        *functions,
    )


def _fits(path: Path, kill: Kill, others: list[Kill]) -> bool:
    own = [it for it in others if it.point.function == kill.point.function]
    # A look that is killed lets the next one find more ready, and so be the last. A clean-up has
    # only so much patience with AWS, and compressed time does not compress an SDK's retries.
    in_a_row = 1 if kill.point.is_look or kill.point.function == CLEAN_UP else IN_A_ROW
    return len(own) < in_a_row and all(is_quiet(path, it) for it in own)


def apart(outcome: Outcome) -> list[Killed]:
    """The kills of a case that failed, each in a restore of its own: which of them is to blame?"""
    case = outcome.case
    if len(case.kills) == 1:
        return []
    return [Killed.of(case.flow, case.path, it) for it in case.kills]


def missed(outcome: Outcome) -> list[Killed]:
    """The looks that a case with other kills ended without, each in a restore of its own."""
    case = outcome.case
    if len(case.kills) == 1:
        return []
    looks = [
        case.kills[place] for place in case.may_miss if outcome.fired and not outcome.fired[place]
    ]
    return [Killed.of(case.flow, case.path, it) for it in looks]


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
    """The kills, each once: those that fired in a restore that ended as it should, and those that
    fired in none."""
    outcomes = list(outcomes)
    kills = {it for outcome in outcomes for it in outcome.case.kills}
    passed = {it for outcome in outcomes if not outcome.problems for it in _fired(outcome)}
    return Count(len(kills), len(passed), len(not_reached(outcomes)))


def not_reached(outcomes: Iterable[Outcome]) -> list[Kill]:
    """The kills that fired in none of the restores, each once."""
    outcomes = list(outcomes)
    kills = {it for outcome in outcomes for it in outcome.case.kills}
    return sorted(kills - {it for outcome in outcomes for it in _fired(outcome)})


def _fired(outcome: Outcome) -> set[Kill]:
    case = outcome.case
    return {it for it, times in zip(case.kills, outcome.fired, strict=False) if times}


def by_function(outcomes: Iterable[Outcome]) -> list[str]:
    """For each function and action: at how many of its points kills passed, of how many."""
    rows: dict[tuple[str, str], list[bool]] = {}
    outcomes = list(outcomes)
    for kill in sorted({it for outcome in outcomes for it in outcome.case.kills}):
        found = [it for it in outcomes if kill in it.case.kills]
        passed = any(
            it.fired[it.case.kills.index(kill)] and not it.problems for it in found if it.fired
        )
        rows.setdefault((kill.point.function, kill.point.action), []).append(passed)
    return [
        f"{function:<28} {action:<44} {sum(passed):>3} of {len(passed)}"
        for (function, action), passed in sorted(rows.items())
    ]
