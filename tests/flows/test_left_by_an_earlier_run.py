"""What a run left elsewhere does not hold up the next one under its id, and is told by that."""

import expect
import pytest
from restore.arrange import arrange
from restore.check.database import restored_database
from restore.example import example
from restore.inventory import Inventory
from sharing import shared_with
from stopped import clean_up, clean_up_after, nobody_told, stop_at
from test_ended_without_clean_up import DENIED
from test_lease import leases

ENDLESS = 600
"""Seconds here for which a copy of a Region that has gone down is under way."""

REFUSED = {
    "kind": "error",
    "match": {"action": "ec2:DeleteSnapshot", "function": "restore-clean-up"},
    "error": DENIED,
    "times": None,
}


@pytest.fixture
def earlier(cloud):
    """An EC2 restore that was stopped with copies under way, of which nobody is told.

    Of a source of its own, whose shares may stay.
    """
    scene = arrange(cloud, example("ec2-cross-account-cross-region"))
    before = Inventory.taken(cloud)
    with nobody_told(cloud), cloud.lasting(snapshot_copy=ENDLESS):
        stop_at(cloud, scene, "Look at copies")
        copies = {it for it in Inventory.taken(cloud).new_since(before) if it.kind == "snapshot"}
        yield scene, copies
    finish(cloud)
    for copy in copies:
        cloud.client("ec2", copy.place).delete_snapshot(SnapshotId=copy.id)


@pytest.fixture
def later(cloud, database, earlier):
    """A DB restore that is to go on under the same id."""
    scene = arrange(cloud, example("rds-cross-account-cross-region"), database=database)
    return scene.asking(restoreId=earlier[0].restore_id)


def test_what_cannot_be_taken_away_there_is_told_in_the_end(cloud, earlier, later):
    scene, copies = earlier
    finish(cloud)

    with cloud.disturbed(REFUSED):
        restored = expect.restored(cloud, later)

    assert restored_database(cloud, later)["DBInstanceStatus"] == "available"
    # What could be withdrawn of that run is.
    assert {shared_with(cloud, it) for it in scene.snapshots.values()} == {((), ())}
    left = restored.ended.output["left"]
    assert {it["resource"].rpartition("/")[2] for it in left} == {it.id for it in copies}
    assert all("ec2:DeleteSnapshot: AccessDenied" in it["why"] for it in left)
    assert later.restore_id not in leases(cloud)


def test_what_cannot_be_taken_away_there_is_told_by_the_clean_up_after_a_stop(
    cloud, earlier, later
):
    _, copies = earlier
    finish(cloud)

    with cloud.disturbed(REFUSED):
        stopped = stop_at(cloud, later, "Look at DB instance")
        clean_up(cloud, stopped)
        left = clean_up_after(cloud, stopped)["left"]

    assert {it["resource"].rpartition("/")[2] for it in left} == {it.id for it in copies}
    assert later.restore_id not in leases(cloud)


def test_what_cannot_be_taken_away_there_is_told_by_who_goes_on_after_a_stop(cloud, earlier, later):
    _, copies = earlier
    finish(cloud)

    with cloud.disturbed(REFUSED):
        stop_at(cloud, later, "Look at DB instance")
        restored = expect.restored(cloud, later)

    left = restored.ended.output["left"]
    assert {it["resource"].rpartition("/")[2] for it in left} == {it.id for it in copies}
    assert later.restore_id not in leases(cloud)


def test_what_is_under_way_there_is_waited_for_a_quarter_of_an_hour_and_told(cloud, earlier, later):
    scene, copies = earlier
    before = Inventory.taken(cloud)

    restored = expect.restored(cloud, later)

    expect.ends_as_asked(cloud, later)
    [left] = restored.ended.output["left"]
    for words in (scene.source.account, scene.source.region, scene.target.account):
        assert words in left["resource"]
    for words in ("15 minutes until", f"restore:id = {scene.restore_id}"):
        assert words in left["why"]
    assert copies <= before.things.keys() & Inventory.taken(cloud).things.keys()
    assert later.restore_id not in leases(cloud)


def finish(cloud):
    """Lets all copies end that are under way."""
    cloud.steer("POST", "/rules/elapsed", {"seconds": ENDLESS})
