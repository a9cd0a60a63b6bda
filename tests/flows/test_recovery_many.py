"""Forty restores of one plan, under a quota that they do not know of: each accounted for once."""

import pytest
from recovery import many
from recovery.quota import many_restores
from restore.inventory import Inventory

RESTORES = 40
COPIES_AT_ONCE = 4
"""Fewer than AWS allows, and so than the schedule reckons with: the quota is met."""


@pytest.fixture
def emptied(cloud):
    """What is restored is removed again: it would be in the way of what later tests look at."""
    before = Inventory.taken(cloud)
    yield
    many.removed(cloud, before)


@pytest.mark.usefixtures("emptied")
def test_every_restore_of_a_large_plan_is_accounted_for_once_however_often_it_meets_a_quota(cloud):
    with cloud.limited(snapshotCopies=COPIES_AT_ONCE):
        result, drawn = many_restores(cloud, print, RESTORES, seconds=2)

    assert {it.what: it.differences for it in result.findings if not it.ok} == {}
    assert drawn.copies.count("ec2:CopySnapshot") > RESTORES / 2
    assert drawn.copies.count("rds:CopyDBSnapshot") == 1
    assert drawn.peaks["ec2:CopySnapshot"] == COPIES_AT_ONCE
    assert drawn.copies.refused["ec2:CopySnapshot"] > 0
