"""Undisturbed restores, which tell at which points their like can be disturbed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from matrix.case import Case, Outcome
from matrix.expectations import restored_as_asked
from matrix.points import Path, path
from matrix.pool import run_all
from matrix.world import World, planes


def paths_of(worlds: list[World], flows: Iterable[str]) -> dict[str, Path]:
    """The calls of an undisturbed restore of each flow, which must end as asked."""
    cases = [Case(flow, "undisturbed", restored_as_asked) for flow in flows]
    outcomes, calls = recorded(worlds, cases)
    return {it.case.flow: path(calls, it.restore_id) for it in outcomes}


def recorded(
    worlds: list[World], cases: Iterable[Case]
) -> tuple[list[Outcome], list[dict[str, Any]]]:
    """How the cases came out, which must be as they have to, and the calls made meanwhile."""
    before = {it.resources: it.last_call() for it in planes(worlds)}
    outcomes = run_all(worlds, cases)
    if off := [str(it) for it in outcomes if not it.passed]:
        raise AssertionError(f"undisturbed restores are off: {off}")
    calls = [call for it in planes(worlds) for call in it.calls(before[it.resources])]
    return outcomes, calls
