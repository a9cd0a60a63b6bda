"""Undisturbed restores, which tell at which points their like can be disturbed."""

from __future__ import annotations

from collections.abc import Iterable

from matrix.case import Case
from matrix.expectations import restored_as_asked
from matrix.points import Path, path
from matrix.pool import run_all
from matrix.world import World, calls_in


def paths_of(worlds: list[World], flows: Iterable[str]) -> dict[str, Path]:
    """The calls of an undisturbed restore of each flow, which must end as asked."""
    outcomes = run_all(worlds, [Case(flow, "undisturbed", restored_as_asked) for flow in flows])
    if off := [str(it) for it in outcomes if not it.passed]:
        raise AssertionError(f"undisturbed restores are off: {off}")
    calls = calls_in(worlds)
    return {it.case.flow: path(calls, it.restore_id) for it in outcomes}
