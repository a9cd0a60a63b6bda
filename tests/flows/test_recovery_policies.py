"""A plan with one bad restore among ten, under each policy of failure."""

import secrets

import pytest
from news import eventually
from recovering import plan, recover, restore_of, statuses, written
from restore.arrange import arrange
from restore.example import example

FLOW = "rds-same-location"
BAD = 3
"""The place of the bad one."""


@pytest.fixture
def scene(cloud):
    """What all restores are of."""
    return arrange(cloud, example(FLOW))


@pytest.fixture
def prefix(cloud, scene):
    """What the DB instances of a test are called; they go with it, since an account has 40."""
    prefix = f"r{secrets.token_hex(3)}"
    yield prefix
    rds = cloud.client("rds", scene.target)
    for name in there(cloud, scene, prefix):
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    eventually(lambda: not there(cloud, scene, prefix), "end of the DB instances")


def named(scene, name, **changes):
    """A restore of the scene's snapshot as a DB instance of its own."""
    changes = {"target__rds__deletionProtection": False, **changes}
    return restore_of(scene, target__rds__dbInstanceIdentifier=name, **changes)


def ten(scene, prefix, bad):
    """Ten restores, of which one is `bad`."""
    return [named(scene, f"{prefix}-{n}", **(bad if n == BAD else {})) for n in range(10)]


def there(cloud, scene, prefix):
    """The DB instances of these names."""
    pages = cloud.client("rds", scene.target).get_paginator("describe_db_instances").paginate()
    every = [it["DBInstanceIdentifier"] for page in pages for it in page["DBInstances"]]
    return sorted(it for it in every if it.startswith(f"{prefix}-"))


def but(bad):
    """How ten ended of which one is bad."""
    return ["succeeded"] * BAD + [bad] + ["succeeded"] * (9 - BAD)


CANNOT_BE = {"target__kmsKeyId": "alias/nowhere"}


def test_one_that_cannot_be_made_keeps_a_plan_that_stops_from_beginning(cloud, scene, prefix):
    ended = recover(cloud, plan(ten(scene, prefix, CANNOT_BE), [named(scene, f"{prefix}-then")]))

    assert (ended.status, ended.error) == ("FAILED", "Restore.InvalidInput")
    assert f"waves[0].restores[{BAD}]" in ended.cause and "planned.json" in ended.cause
    assert there(cloud, scene, prefix) == []


def test_one_that_cannot_be_made_is_left_out_where_it_is_tolerated(cloud, scene, prefix):
    document = plan(
        ten(scene, prefix, CANNOT_BE),
        [named(scene, f"{prefix}-then")],
        toleratedFailurePercentage=10,
    )
    ended = recover(cloud, document)

    ended.raise_unless_succeeded()
    assert ended.output["summary"]["status"] == "tolerated"
    report = written(cloud, ended)
    assert statuses(report) == [*but("failed"), "succeeded"]
    assert "alias/nowhere" in report["restores"][BAD]["cause"]
    assert len(there(cloud, scene, prefix)) == 10


def test_one_that_cannot_be_made_fails_a_plan_that_goes_on_and_no_other(cloud, scene, prefix):
    document = plan(
        ten(scene, prefix, CANNOT_BE), [named(scene, f"{prefix}-then")], onWaveFailure="continue"
    )
    ended = recover(cloud, document)

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed")
    assert statuses(written(cloud, ended)) == [*but("failed"), "succeeded"]
    assert len(there(cloud, scene, prefix)) == 10


def fail_one(cloud, scene):
    """One of the copies of the next wave fails."""
    cloud.fail_next("db-snapshot-copy", "failed", "", account=scene.target.account)


@pytest.mark.parametrize(
    ("policy", "wave", "then", "status"),
    [
        ({"onWaveFailure": "stop"}, "failed", "notStarted", "failed"),
        ({"onWaveFailure": "continue"}, "failed", "succeeded", "failed"),
        ({"toleratedFailurePercentage": 10}, "tolerated", "succeeded", "tolerated"),
    ],
    ids=["stop", "continue", "tolerated"],
)
def test_one_that_fails_lets_its_wave_end_and_what_comes_then_is_as_the_plan_says(
    cloud, scene, prefix, policy, wave, then, status
):
    document = plan(ten(scene, prefix, {}), [named(scene, f"{prefix}-then")], **policy)
    fail_one(cloud, scene)
    ended = recover(cloud, document)

    ends = ("SUCCEEDED", None) if status == "tolerated" else ("FAILED", "Restore.ResourceFailed")
    assert (ended.status, ended.error or None) == ends, ended.cause
    report = written(cloud, ended)
    first, second = report["summary"]["waves"]
    assert (report["summary"]["status"], first["status"], second["status"]) == (status, wave, then)
    assert sorted(statuses(report)[:10]) == ["failed"] + ["succeeded"] * 9
    assert statuses(report)[10:] == [then]
    begun = then == "succeeded"
    assert len(there(cloud, scene, prefix)) == 9 + begun
    assert report["summary"]["counts"] == {
        "restores": 11,
        "succeeded": 9 + begun,
        "foundFinished": 0,
        "failed": 1,
        "notStarted": 1 - begun,
        "skipped": 0,
    }


def test_a_recovery_that_was_stopped_goes_on_under_its_id_and_doubles_nothing(cloud, scene, prefix):
    fail_one(cloud, scene)
    document = plan(ten(scene, prefix, {}), [named(scene, f"{prefix}-then")])
    first = recover(cloud, document, recoveryId=prefix)
    made = there(cloud, scene, prefix)
    assert (first.error, len(made)) == ("Restore.ResourceFailed", 9)

    second = recover(cloud, document, recoveryId=prefix)

    second.raise_unless_succeeded()
    assert statuses(written(cloud, second)) == ["succeeded"] * 11
    assert len(there(cloud, scene, prefix)) == 11
    # Nine were made by the first run, and found by the second.
    made_anew = set(there(cloud, scene, prefix)) - set(made)
    assert len(made_anew) == 2
