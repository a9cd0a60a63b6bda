"""Forty restores of one plan, under a quota that they do not know of: each accounted for once."""

import pytest
from recovery import many
from recovery.quota import many_restores
from restore.inventory import Inventory

RESTORES = 40
COPIES_AT_ONCE = 4
"""Fewer than AWS allows, and so than the schedule reckons with: the quota is met."""

RESTORES_AT_ONCE = 4
"""Fewer than the largest group of a wave has, and of these some make two copies."""


@pytest.fixture
def emptied(cloud):
    """What is restored is removed again: it would be in the way of what later tests look at."""
    before = Inventory.taken(cloud)
    yield
    many.removed(cloud, before)


@pytest.mark.usefixtures("emptied")
def test_every_restore_of_a_large_plan_is_accounted_for_once_however_often_it_meets_a_quota(cloud):
    with cloud.limited(snapshotCopies=COPIES_AT_ONCE):
        result, drawn, recovered = many_restores(
            cloud, print, RESTORES, seconds=2, most=RESTORES_AT_ONCE
        )

    assert {it.what: it.differences for it in result.findings if not it.ok} == {}
    assert drawn.copies.count("ec2:CopySnapshot") > RESTORES / 2
    assert drawn.copies.count("rds:CopyDBSnapshot") == 1
    assert drawn.peaks["ec2:CopySnapshot"] == COPIES_AT_ONCE
    assert drawn.copies.refused["ec2:CopySnapshot"] > 0
    # As many ran at once as may, and no more: `findings` has that of every group.
    assert max(drawn.at_once.values()) == RESTORES_AT_ONCE
    history_is_as_long_as_worked_out(cloud, recovered.arn, groups=len(drawn.at_once))


def history_is_as_long_as_worked_out(cloud, recovery, groups):
    """The history of a recovery and those of its children are as `statemachine/README.md` says.

    So the figures for 10,000 restores that are worked out there are by the same formula.
    """
    states = cloud.step_functions
    pages = states.get_paginator("list_map_runs").paginate(executionArn=recovery)
    runs = [it["mapRunArn"] for page in pages for it in page["mapRuns"]]
    # That of the plannings is the one beside those of the groups.
    assert len(runs) == 1 + groups
    assert events(cloud, recovery) == 73 + 13 * many.WAVES + 8 * groups
    pages = states.get_paginator("list_executions")
    children = [
        it["executionArn"]
        for run in runs
        for page in pages.paginate(mapRunArn=run)
        for it in page["executions"]
    ]
    assert len(children) == 2 * RESTORES
    assert {events(cloud, it) for it in children} == {10}


def events(cloud, execution):
    """How many events the execution's history has."""
    pages = cloud.step_functions.get_paginator("get_execution_history")
    return sum(len(page["events"]) for page in pages.paginate(executionArn=execution))
