"""A restore that is stopped in any of its tasks is gone on with by the next start under its id."""

from __future__ import annotations

import random

import pytest

from matrix.case import Case
from matrix.execution import waits
from matrix.expectations import failed_as, restored_as_asked
from matrix.pool import run_all
from matrix.report import counted
from matrix.selection import EVERYTHING, SEED, again
from matrix.stopping import (
    stopped_and_cleaned_up_after,
    stopped_and_started_at_once,
    task_states,
)

FLOWS = ("ec2-cross-account-cross-region", "rds-cross-account-cross-region")
STARTS = {
    "once cleaned up, all kept": (stopped_and_cleaned_up_after, "keep"),
    "once cleaned up": (stopped_and_cleaned_up_after, "cleanUp"),
    "at once": (stopped_and_started_at_once, "keep"),
}
"""When the same request is started again, and what the first had been asked to do on failure."""


@pytest.fixture(scope="module")
def paths(worlds):
    """The tasks of an undisturbed restore of each flow."""
    cloud = worlds[0].cloud
    together = [it for it in worlds if it.cloud.control == cloud.control]
    cases = [Case(flow, "undisturbed", restored_as_asked) for flow in FLOWS]
    undisturbed = run_all(together, cases)
    assert [str(it) for it in undisturbed if not it.passed] == []
    return {it.case.flow: task_states(cloud, it.ended.arn) for it in undisturbed}


def ways(flow, state):
    """In which ways a restore that was stopped in `state` is started again.

    In all of them where everything is run, else in one, another one each day.
    """
    all_ways = list(STARTS)
    return all_ways if EVERYTHING else random.Random(f"{SEED} {flow} {state}").sample(all_ways, 1)


@pytest.fixture(scope="module")
def outcomes(worlds, paths, report):
    """Every flow, stopped in every task, started again in the ways that are due."""
    cases = [
        Case(
            flow,
            f"stopped in {state}, started again {when}",
            restored_as_asked,
            asking={"options": {"onFailure": STARTS[when][1]}},
            act=STARTS[when][0](state),
        )
        for flow in FLOWS
        for state in paths[flow]
        for when in ways(flow, state)
    ]
    done = run_all(worlds, cases)
    for flow in FLOWS:
        mine = [it for it in done if it.case.flow == flow]
        title = f"resume, {flow}: stopped in each of {len(paths[flow])} tasks, {counted(mine)}"
        if EVERYTHING:
            report.add(title, mine, [", ".join(paths[flow])])
        else:
            report.add(title, mine, [again(3 * len(mine)), *(it.case.name for it in mine)])
    return done


@pytest.mark.parametrize("flow", FLOWS)
def test_a_restore_stopped_at_any_task_is_gone_on_with_by_the_next_start(outcomes, flow):
    mine = [it for it in outcomes if it.case.flow == flow]
    assert mine
    assert [str(it) for it in mine if it.failed] == []


SECONDS = 66
"""Of the deadline below: for planning and sharing, and some retries."""


@pytest.mark.parametrize(
    ("flow", "copies"),
    [
        ("ec2-cross-account-cross-region", "snapshotCopies"),
        ("rds-cross-account-cross-region", "dbSnapshotCopies"),
    ],
)
def test_a_deadline_that_passes_while_a_quota_is_waited_for_ends_the_restore(
    worlds, report, flow, copies
):
    cloud = worlds[0].cloud
    usual = cloud.steer("GET", "/rules/settings")["limits"][copies]
    case = Case(
        flow,
        "no copy may begin before the deadline",
        failed_as("Restore.TimedOut", saying=["options.timeoutHours"]),
        asking={"options": {"timeoutHours": SECONDS / 3600}},
    )
    cloud.steer("PUT", "/rules/settings", {"limits": {copies: 0}})
    try:
        [outcome] = run_all(worlds[:1], [case])
    finally:
        cloud.steer("PUT", "/rules/settings", {"limits": {copies: usual}})

    report.add(f"deadline while waiting for a quota, {flow}: {counted([outcome])}", [outcome])
    assert not outcome.failed, outcome
    assert len(waits(cloud, outcome.ended.arn, "Restore.QuotaExceeded")) > 1


def test_nothing_at_all_is_left_of_all_the_stopped_restores(outcomes, worlds):
    assert outcomes
    assert [left for world in worlds if (left := world.left_over())] == []
