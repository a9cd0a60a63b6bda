"""A restore that fails without its clean-up, or times out, is cleaned up after by another.

Nothing in the restore starts that other execution: EventBridge does, by how the restore has ended.
"""

import expect
import pytest
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from stopped import clean_up_after, disturbed
from test_lease import leases

NOT_CLEANED_UP = "Lambda.ServiceException 7 times in Clean up after failure"
"""As often as it is tried (see `control_plane.refusals`)."""

DENIED = {"code": "AccessDenied", "message": "User is not authorized.", "status": 403}

LATE = {
    "ec2": ("Attach volumes", "restore-create-and-attach-volumes", "ec2:AttachVolume"),
    "rds": ("Modify DB instance", "restore-create-instance", "rds:ModifyDBInstance"),
}
"""By service a state in which all is made, and what its function calls there."""

MADE = {"ec2": ("instance", "volume", "snapshot"), "rds": ("db", "snapshot")}
"""By service what there is to be cleaned up then, by the type in its ARN."""


@pytest.fixture(params=["ec2-cross-account-cross-region", "rds-cross-account-cross-region"])
def scene(cloud, instance, database, request):
    sources = {"ec2": {"instance": instance}, "rds": {"database": database}}
    scene = arrange(cloud, example(request.param), **sources[request.param[:3]])
    return scene.asking(options={"onFailure": "cleanUp"}).now(cloud)


def test_a_restore_that_fails_without_clean_up_is_cleaned_up_after(cloud, scene):
    _, function, action = LATE[scene.service]
    refused = {"function": function, "action": action}
    with cloud.disturbed({"kind": "error", "match": refused, "error": DENIED, "times": None}):
        ended = follow(cloud, disturbed(cloud, scene, NOT_CLEANED_UP))

    assert (ended.status, ended.error) == ("FAILED", "Restore.AccessDenied"), ended.cause
    for word in (action, "Left behind", "clean-up", "Lambda.ServiceException"):
        assert word in ended.cause
    nothing_is_left(cloud, scene, ended.arn)


def test_a_restore_that_times_out_is_cleaned_up_after(cloud, scene):
    state = LATE[scene.service][0]

    ended = follow(cloud, disturbed(cloud, scene, f"time out in {state}"))

    assert ended.status == "TIMED_OUT", ended.cause
    assert ended.narrative.chapters[-1].state == state
    nothing_is_left(cloud, scene, ended.arn)


def nothing_is_left(cloud, scene, execution):
    """A clean-up has removed all that it made and withdrawn its shares, and the id is free."""
    cleaned = clean_up_after(cloud, execution)
    assert cleaned["left"] == []
    for kind in MADE[scene.service]:
        assert [it for it in cleaned["cleanedUp"] if f":{kind}" in it], cleaned["cleanedUp"]
    expect.unchanged_since(cloud, scene.before)
    assert scene.restore_id not in leases(cloud)
