"""Copies of EBS snapshots are made once; and of one that was made twice, one is kept.

`CopySnapshot` takes no client token: whether an attempt whose answer was lost has made a copy, only
a look-up tells, and that knows of it a moment later.
"""

import expect
import pytest
from restore.arrange import arrange
from restore.check.calls import by_roles, is_dry, operation
from restore.example import example
from restore.follow import follow
from restore.start import start
from stopped import until

A_MOMENT = 0.4
"""Seconds: 20 of the execution's own, less than an attempt waits for the one before it."""

LONG = 1.5
"""Seconds: more than it waits, and less than the restore takes from then on."""

LOST = {
    "kind": "kill",
    "effect": True,
    "match": {"function": "restore-copy-snapshot", "action": "ec2:CopySnapshot"},
}
"""The first copy is made, and nobody is told."""


@pytest.fixture
def scene(cloud, instance):
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)
    return scene.asking(options={"keepCopies": True})


def test_a_copy_whose_answer_was_lost_is_found_once_ec2_lists_it(cloud, scene):
    with cloud.unseen(resources=A_MOMENT), cloud.disturbed(LOST):
        restore = expect.restored(cloud, scene)

    assert len(copied(cloud, scene)) == len(scene.snapshots)
    expect.as_asked(cloud, restore)


@pytest.mark.parametrize(
    ("code", "late"),
    [("ResourceLimitExceeded", 1.0), ("KmsKeyNotAccessible", A_MOMENT)],
    ids=["quota", "key"],
)
def test_copies_made_before_another_was_refused_are_found_once_ec2_lists_them(
    cloud, scene, code, late
):
    """The next attempt begins a minute later after a quota, half a minute after a key."""
    refused = {
        "kind": "error",
        "match": LOST["match"],
        "error": {"code": code, "message": "not now", "status": 400},
        "skip": 1,
    }

    with cloud.unseen(resources=late), cloud.disturbed(refused):
        restore = expect.restored(cloud, scene)

    assert len(copied(cloud, scene)) == len(scene.snapshots)
    expect.as_asked(cloud, restore)


def test_of_a_copy_that_was_made_twice_the_one_that_the_volumes_are_made_from_is_kept(cloud, scene):
    with cloud.unseen(resources=LONG), cloud.disturbed(LOST):
        execution = start(cloud, scene.request)
        until(cloud, execution, "Look at copies")
    ended = follow(cloud, execution)

    ended.raise_unless_succeeded()
    assert len(copied(cloud, scene)) == len(scene.snapshots) + 1
    expect.ends_as_asked(cloud, scene)
    assert kept(cloud, scene) == loaded_from(cloud, scene)
    removed = [it for it in ended.output["cleanedUp"] if ":snapshot/" in it and "(" not in it]
    assert len(removed) == 1
    left = {it["resource"].rpartition("/")[2] for it in ended.output["left"]}
    assert left == kept(cloud, scene)


def copied(cloud, scene):
    """The copies that the restore has begun."""
    return [
        call
        for call in by_roles(cloud.calls(scene.calls_before))
        if operation(call) == "ec2:CopySnapshot" and not is_dry(call) and call["outcome"] == "ok"
    ]


def kept(cloud, scene):
    """The copies that there are, by their ids."""
    found = cloud.client("ec2", scene.target).describe_snapshots(
        OwnerIds=["self"], Filters=of_restore(scene)
    )["Snapshots"]
    return {it["SnapshotId"] for it in found}


def loaded_from(cloud, scene):
    """The snapshots that the restored volumes were made from."""
    found = cloud.client("ec2", scene.target).describe_volumes(Filters=of_restore(scene))["Volumes"]
    return {it["SnapshotId"] for it in found}


def of_restore(scene):
    return [{"Name": "tag:restore:id", "Values": [scene.restore_id]}]
