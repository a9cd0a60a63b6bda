"""A restore that is stopped in any of its tasks is gone on with by the next start under its id.

And so is its clean-up. `resuming` tells in which tasks, and how they come there. Each of those that
a flow goes through is tried whenever the tests run, in one way; of the others some, others each
day; with `MATRIX=all` all of them, in every way.
"""

from __future__ import annotations

import random
from itertools import islice
from typing import NamedTuple

import pytest

from matrix.case import Case
from matrix.execution import waits
from matrix.expectations import failed_as, restored_as_asked
from matrix.pool import run_all
from matrix.report import counted
from matrix.resuming import (
    CLEAN_UPS,
    FLOWS,
    OF_DRILLS,
    OFF_THE_WAY,
    Stops,
    clean_up_cases,
    tasks_of,
)
from matrix.selection import EVERYTHING, SEED, again, due
from matrix.stopping import task_states

SAMPLE, CLEAN_UPS_SAMPLE = 8, 4
"""How many are tried, off the way of the flows and of clean-ups, when not everything is."""


@pytest.fixture(scope="module")
def paths(worlds):
    """The tasks of an undisturbed restore of each flow."""
    cloud = worlds[0].cloud
    together = [it for it in worlds if it.cloud.control == cloud.control]
    cases = [Case(flow, "undisturbed", restored_as_asked) for flow in FLOWS]
    undisturbed = run_all(together, cases)
    assert [str(it) for it in undisturbed if not it.passed] == []
    return {it.case.flow: task_states(cloud, it.ended.arn) for it in undisturbed}


def cases_of(stops):
    """The restore stopped in each of the tasks, started again in the ways that are due.

    In all of them where everything is run, else in one, another one each day.
    """
    for task in stops.tasks:
        chosen = random.Random(f"{SEED} {stops.flow} {task}").sample(stops.starts, 1)
        for when in stops.starts if EVERYTHING else chosen:
            yield stops.case(task, when)


def name_of(case):
    """What no other case is called."""
    return f"{case.flow}: {case.name}"


def some(cases, count):
    """All where everything is run, else so many."""
    by_name = {name_of(it): it for it in cases}
    return [by_name[name] for name in due(by_name, count)]


class Group(NamedTuple):
    """Cases that are reported together."""

    title: str
    due: list[Case]
    whole: int
    """Of how many they are a part."""


def groups(paths):
    """All that are due."""
    for flow, tasks in paths.items():
        stops = Stops(flow, tuple(tasks))
        title = f"{flow}: stopped in each of {len(tasks)} tasks"
        yield Group(title, list(cases_of(stops)), stops.count)
    off_the_way = some((it for stops in OFF_THE_WAY for it in cases_of(stops)), SAMPLE)
    yield Group("stopped off the way of a flow", off_the_way, sum(it.count for it in OFF_THE_WAY))
    clean_ups = list(clean_up_cases())
    yield Group("its clean-up stopped", some(clean_ups, CLEAN_UPS_SAMPLE), len(clean_ups))


@pytest.fixture(scope="module")
def outcomes(worlds, paths, report):
    """What came of them, by the title of the group."""
    groups_due = list(groups(paths))
    done = iter(run_all(worlds, [case for group in groups_due for case in group.due]))
    by_title = {}
    for group in groups_due:
        mine = by_title[group.title] = list(islice(done, len(group.due)))
        notes = [] if EVERYTHING else [again(group.whole), *(name_of(it.case) for it in mine)]
        report.add(f"resume, {group.title}: {counted(mine)}", mine, notes)
    return by_title


def test_a_restore_stopped_at_any_task_is_gone_on_with_by_the_next_start(outcomes):
    assert all(outcomes.values())
    assert [str(it) for mine in outcomes.values() for it in mine if it.failed] == []


def test_no_task_of_the_definitions_is_left_out(paths):
    stopped = {task for tasks in paths.values() for task in tasks}
    stopped |= {task for stops in OFF_THE_WAY for task in stops.tasks}
    of_clean_ups = {task for stops in CLEAN_UPS for task in stops}

    assert stopped == tasks_of("restore") - OF_DRILLS
    assert of_clean_ups == tasks_of("clean-up") - OF_DRILLS
    assert tasks_of("restore") >= OF_DRILLS


SECONDS = 90
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
