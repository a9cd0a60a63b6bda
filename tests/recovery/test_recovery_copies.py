"""How many copies were under way at once, by the recorded calls."""

import pytest

from recovery.copies import Copies, peak

BOTH = {"snapshot-copy": 5.0, "db-snapshot-copy": 5.0}


def call(n, second, outcome="ok", what="ec2:CopySnapshot", region="eu-central-1", **params):
    service, action = what.split(":")
    return {
        "n": n,
        "time": f"2026-11-26T03:00:{second:06.3f}+00:00",
        "account": "444455556666",
        "region": region,
        "service": service,
        "action": action,
        "outcome": outcome,
        "params": {"SourceRegion": "eu-west-1", **params},
    }


def heard(*calls):
    copies = Copies()
    copies.hear(calls)
    return copies


@pytest.mark.parametrize(
    ("began", "most"),
    [([], 0), ([1], 1), ([1, 2, 3], 3), ([1, 6, 11], 1), ([1, 5.9, 6], 2), ([6, 1, 2, 7], 2)],
)
def test_a_copy_that_begins_as_another_ends_is_not_beside_it(began, most):
    assert peak(began, 5) == most


def test_each_destination_and_service_has_a_peak_of_its_own():
    copies = heard(
        call(1, 0),
        call(2, 1),
        call(3, 2, region="eu-west-2"),
        call(4, 3, what="rds:CopyDBSnapshot", SourceRegion="eu-west-1"),
    )

    assert copies.peaks(BOTH) == {"ec2:CopySnapshot": 2, "rds:CopyDBSnapshot": 1}


def test_a_copy_in_the_place_of_another_is_not_beside_it_though_that_was_recorded_late():
    copies = heard(call(1, 0.04), call(2, 5.0))

    assert copies.peaks(BOTH)["ec2:CopySnapshot"] == 1


def test_a_copy_that_was_refused_was_never_under_way():
    copies = heard(call(1, 0), call(2, 1, outcome="ResourceLimitExceeded"))

    assert copies.peaks(BOTH)["ec2:CopySnapshot"] == 1
    assert copies.refused == {"ec2:CopySnapshot": 1}


NEAR, FAR = "eu-west-1", "eu-central-1"


def db_copy(source):
    what = "rds:CopyDBSnapshot"
    return call(1, 0, what=what, SourceRegion=None, SourceDBSnapshotIdentifier=source)


def test_a_copy_of_a_db_snapshot_comes_from_where_its_arn_says():
    copies = heard(db_copy(f"arn:aws:rds:{NEAR}:111122223333:snapshot:orders"))

    assert copies.count("rds:CopyDBSnapshot") == 1


@pytest.mark.parametrize(
    "within",
    [
        db_copy("orders"),
        db_copy(f"arn:aws:rds:{FAR}:111122223333:snapshot:orders"),
        call(1, 0, SourceRegion=FAR),
    ],
    ids=["named", "by its ARN", "EC2"],
)
def test_a_copy_within_a_region_draws_on_no_quota(within):
    assert heard(within).begun == {}


def test_calls_are_heard_once():
    copies = heard(call(1, 0))
    copies.hear([call(1, 0), call(2, 1, outcome="RequestLimitExceeded")])

    assert (copies.calls, copies.throttled) == (2, 1)
    assert copies.peaks(BOTH)["ec2:CopySnapshot"] == 1
