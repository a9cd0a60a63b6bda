"""A restore that is killed at any of its AWS calls ends as if nothing had been.

Each case kills one invocation of one restore at one call: the call takes effect and its answer is
lost, or it never arrives; nothing more of that invocation gets through. Then the restore goes on.
"""

from __future__ import annotations

import datetime
import os
import random

import pytest
from restore.example import FLOWS

from matrix.case import Case
from matrix.expectations import restored_as_asked
from matrix.pool import run_all
from matrix.report import by_action
from matrix.undisturbed import points_of

IN_FULL = ("ec2-cross-account-cross-region", "rds-cross-account-cross-region")
"""Flows of which every point is tried whenever the tests run; `MATRIX=all` does so with all."""

SAMPLE = 8
"""How many kills are tried of each of the other flows, others each day."""

SEED = os.environ.get("MATRIX_SEED") or datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")


def kills(flow, points):
    """Two cases for each point."""
    return [
        Case(
            flow,
            f"killed at {point}, {'answer lost' if effect else 'never arrived'}",
            restored_as_asked,
            (
                {
                    "kind": "kill",
                    "match": {"action": point.action},
                    "skip": point.nth - 1,
                    "effect": effect,
                },
            ),
            may_miss=point.is_look,
        )
        for point in points
        for effect in (True, False)
    ]


def chosen(flow, cases):
    """All the cases of a flow, or a sample that the seed decides."""
    if flow in IN_FULL or os.environ.get("MATRIX") == "all":
        return cases
    return random.Random(f"{SEED} {flow}").sample(cases, SAMPLE)


@pytest.fixture(scope="module")
def outcomes(request, worlds, report):
    """The outcomes of the flows whose tests are selected, by flow."""
    flows = [
        item.callspec.params["flow"]
        for item in request.session.items
        if getattr(item, "function", None) is test_a_killed_restore_ends_as_an_undisturbed_one
    ]
    points = points_of(worlds, flows)
    cases = [it for flow in flows for it in chosen(flow, kills(flow, points[flow]))]
    done = run_all(worlds, cases)
    by_flow = {flow: [it for it in done if it.case.flow == flow] for flow in flows}
    for flow, mine in by_flow.items():
        whole = len(mine) == 2 * len(points[flow])
        what = "in full" if whole else f"a sample; again by MATRIX_SEED={SEED}"
        title = f"kill matrix, {flow}, {len(points[flow])} points, {what}"
        report.add(title, mine, by_action(mine) if whole else map(str, mine))
    return by_flow


@pytest.mark.parametrize("flow", FLOWS)
def test_a_killed_restore_ends_as_an_undisturbed_one(outcomes, flow):
    assert outcomes[flow]
    assert [str(it) for it in outcomes[flow] if it.failed] == []


def test_nothing_at_all_is_left_of_all_the_killed_restores(outcomes, worlds):
    assert outcomes
    assert [left for world in worlds if (left := world.left_over())] == []
