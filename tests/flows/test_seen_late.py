"""A restore that fails leaves nothing, though AWS does not show yet what it did a moment before.

EC2 lists what was made, and shows what was shared or tagged, a while later (EC2API/eventual-
consistency): a clean-up that believes its first look leaves that for good.
"""

import expect
import pytest
from restore.arrange import arrange
from restore.check.calls import by_roles, operation
from restore.example import example

LATE = 1.5
"""Seconds until a change is seen: 75 s of the execution's own time, of the 120 it may take."""

DENIED = {"code": "UnauthorizedOperation", "message": "no more", "status": 403}


def refused(function, action, after):
    """A function is refused an action from a call on, when it has made `after` of them."""
    match = {"function": f"restore-{function}", "action": action}
    return {"kind": "error", "match": match, "error": DENIED, "skip": after, "times": None}


SHARED = refused("share-snapshot", "ec2:DescribeSnapshotAttribute", 2)
"""Looked at for the third time: the permission has just been given."""

MADE = {
    "share": ("ec2-cross-account", "ec2:ModifySnapshotAttribute", SHARED),
    "copy": (
        "ec2-cross-account-cross-region",
        "ec2:CopySnapshot",
        refused("copy-snapshot", "ec2:CopySnapshot", 1),
    ),
    "instance": (
        "ec2-cross-account",
        "ec2:RunInstances",
        refused("wait-until-available", "ec2:DescribeInstances", 0),
    ),
    "volume": (
        "ec2-cross-account",
        "ec2:CreateVolume",
        refused("create-and-attach-volumes", "ec2:CreateVolume", 1),
    ),
}
"""What is made, in which flow, by which call, and what is refused right after it."""


@pytest.mark.parametrize("what", MADE)
def test_what_was_made_right_before_the_failure_is_gone(cloud, instance, what):
    flow, call, failure = MADE[what]
    scene = cleaning_up(cloud, flow, instance)

    with cloud.unseen(resources=LATE, tags=LATE, permissions=LATE), cloud.disturbed(failure):
        ended = expect.run(cloud, scene)

    assert (ended.status, ended.error) == ("FAILED", "Restore.AccessDenied"), ended.cause
    assert "Left behind" not in ended.cause
    assert call in done(cloud, scene)
    expect.unchanged_since(cloud, scene.before)


def test_a_share_whose_answer_was_lost_is_withdrawn_and_the_next_start_restores(cloud, instance):
    scene = cleaning_up(cloud, "ec2-cross-account", instance)
    lost = {
        "kind": "kill",
        "effect": True,
        "match": {"function": "restore-share-snapshot", "action": "ec2:ModifySnapshotAttribute"},
    }

    with cloud.unseen(tags=LATE, permissions=LATE), cloud.disturbed(lost, SHARED):
        ended = expect.run(cloud, scene)

    assert (ended.status, ended.error) == ("FAILED", "Restore.AccessDenied"), ended.cause
    assert "ec2:ModifySnapshotAttribute" in done(cloud, scene)
    expect.unchanged_since(cloud, scene.before)
    expect.restored(cloud, scene)
    expect.ends_as_asked(cloud, scene)


def test_a_permission_that_its_own_step_finds_without_its_tag_is_taken_back_all_the_same(
    cloud, instance
):
    """The next attempt of the step sees the permission at once, and the tag only later."""
    scene = cleaning_up(cloud, "ec2-cross-account", instance)
    busy = {"code": "IncorrectState", "message": "not now", "status": 400}

    with cloud.unseen(tags=0.4), cloud.disturbed(SHARED | {"error": busy, "times": 1}):
        restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)


def cleaning_up(cloud, flow, instance):
    """The scene of the flow, in which a failure leaves nothing."""
    scene = arrange(cloud, example(flow), instance=instance)
    return scene.asking(options={"onFailure": "cleanUp"})


def done(cloud, scene):
    """What the restore's roles did that AWS took."""
    calls = by_roles(cloud.calls(scene.calls_before))
    return {operation(call) for call in calls if call["outcome"] == "ok"}
