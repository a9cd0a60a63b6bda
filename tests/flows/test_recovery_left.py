"""What the restores of a recovery have left behind is told by it, also of those that failed."""

import secrets

import pytest
from news import eventually, subscribed
from recovering import plan, recover, restore_of, written
from restore.arrange import arrange
from restore.example import example
from restore.inventory import Inventory


@pytest.fixture
def scene(cloud, database):
    """A restore that keeps what it has made when it fails; that goes with the test."""
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    yield scene.asking(options={"onFailure": "keep"})
    rds = cloud.client("rds", scene.target)
    for kept in made(cloud, scene):
        rds.delete_db_snapshot(DBSnapshotIdentifier=kept.id)


def made(cloud, scene):
    """The DB snapshots that there are at the target and were not before."""
    return Inventory.taken(cloud, [scene.target], ["DB snapshot"]).new_since(scene.before)


def test_what_a_restore_that_failed_has_kept_is_named_and_counted(cloud, scene):
    recovery = f"leaving-{secrets.token_hex(3)}"
    cloud.fail_next("db-snapshot-copy", "failed", "", account=scene.target.account)
    with subscribed(cloud) as notifications:
        ended = recover(cloud, plan([restore_of(scene)]), recoveryId=recovery)
        told = eventually(
            lambda: [
                it for it in notifications() if it["Subject"] == f"Recovery failed: {recovery}"
            ],
            "notification",
        )

    [copy] = made(cloud, scene)
    place = f"{scene.target.region}:{scene.target.account}"
    report = written(cloud, ended)
    [restore] = report["restores"]
    assert (restore["status"], restore["error"]) == ("failed", "Restore.ResourceFailed")
    assert restore["left"] == [f"arn:aws:rds:{place}:snapshot:{copy.id}"]
    assert report["summary"]["left"] == report["summary"]["waves"][0]["left"] == 1
    assert "Left behind by its restores: 1 in all" in told[0]["Message"]
