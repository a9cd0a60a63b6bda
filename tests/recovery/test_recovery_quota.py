"""What a recovery has drawn on the quotas, held against them."""

import pytest

from recovery.copies import Copies
from recovery.quota import RECKONED, Drawn


def drawn(begun=1000, at_once=10, refused=0, limit=RECKONED, restores=25):
    """So many copies, of which a new batch begins as the one before has ended."""
    copies = Copies(begun={("ec2:CopySnapshot", "1", "far"): times(begun, at_once)})
    copies.refused["ec2:CopySnapshot"] = refused
    limits = {"snapshotCopies": limit, "dbSnapshotCopies": limit}
    return Drawn(copies, seconds=1.0, limits=limits, at_once={"wave-1": restores}, most=25)


def times(begun, at_once):
    """When copies begin that last a second."""
    return [float(n // at_once) for n in range(begun)]


def amiss(of):
    """The findings that are not as they should be."""
    return {it.what for it in of.findings() if not it.ok}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, set()),
        ({"at_once": 20}, set()),
        ({"at_once": 21}, {"copies within quota"}),
        ({"refused": 1}, set()),
        ({"refused": 2}, {"copies refused"}),
        ({"begun": 100, "refused": 1}, {"copies refused"}),
        # The schedule knows of no lower quota.
        ({"at_once": 4, "refused": 50, "limit": 4}, set()),
        ({"restores": 26}, {"restores at once"}),
    ],
)
def test_more_at_once_than_the_quota_or_the_plan_allows_is_found_and_so_are_many_refusals(
    given, expected
):
    assert amiss(drawn(**given)) == expected
