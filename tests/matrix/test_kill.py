"""A restore that is killed at any of its AWS calls ends as if nothing had been.

Each kill ends one invocation of one restore at one call: the call takes effect and its answer is
lost, or it never arrives; nothing more of that invocation gets through. Then the restore goes on.
"""

from __future__ import annotations

import random

import pytest
from restore.example import FLOWS

from matrix.kills import (
    all_kills,
    apart,
    by_function,
    count,
    distinct_kills,
    missed,
    not_reached,
    put_together,
)
from matrix.pool import run_all
from matrix.selection import EVERYTHING, SEED, again
from matrix.undisturbed import paths_of
from matrix.variants import VARIANTS

IN_FULL = ("ec2-cross-account-cross-region", "rds-cross-account-cross-region")
"""Flows of which every point is tried whenever the tests run; `MATRIX=all` does so with all, and
reads both ways."""

SAMPLE = 10
"""How many kills are tried of each of the other flows and of the variants, others each day."""


def chosen(flow, path):
    """All the kills of a flow, or a sample that the seed decides."""
    if EVERYTHING:
        return all_kills(path)
    if flow in IN_FULL:
        return distinct_kills(path)
    return random.Random(f"{SEED} {flow}").sample(all_kills(path), SAMPLE)


@pytest.fixture(scope="module")
def outcomes(request, worlds, report):
    """The outcomes of the flows whose tests are selected, by flow."""
    flows = [
        item.callspec.params["flow"]
        for item in request.session.items
        if getattr(item, "function", None) is test_a_killed_restore_ends_as_an_undisturbed_one
    ]
    paths = paths_of(worlds, flows)
    kills = {flow: chosen(flow, paths[flow]) for flow in flows}
    cases = [it for flow in flows for it in put_together(flow, paths[flow], kills[flow])]
    done = run_all(worlds, cases)
    alone = [one for it in done for one in (apart(it) if it.problems else missed(it))]
    done += run_all(worlds, alone)
    by_flow = {flow: [it for it in done if it.case.flow == flow] for flow in flows}
    for flow, mine in by_flow.items():
        points, seen = len(paths[flow].points), count(mine)
        title = f"kill matrix, {flow}: {points} points, {seen}, in {len(mine)} restores"
        unreached = [f"NOT REACHED {it}" for it in not_reached(mine)]
        if flow in IN_FULL or EVERYTHING:
            reads = points - len(paths[flow].writes)
            once = [] if EVERYTHING else [f"one at each of {reads} reads, two at each other point"]
            report.add(title, mine, [*once, *by_function(mine), *unreached])
        else:
            names = (it.case.name for it in mine)
            report.add(title, mine, [again(2 * points), *names, *unreached])
    return by_flow


@pytest.mark.parametrize("flow", [*FLOWS, *VARIANTS])
def test_a_killed_restore_ends_as_an_undisturbed_one(outcomes, flow):
    assert outcomes[flow]
    assert [str(it) for it in outcomes[flow] if it.failed] == []


def test_nothing_at_all_is_left_of_all_the_killed_restores(outcomes, worlds):
    assert outcomes
    assert [left for world in worlds if (left := world.left_over())] == []
