"""What a clean-up could not take away is told, and is taken away by the next.

That it is told is the failure of the clean-up, of which an alarm tells; what stays on purpose fails
none.
"""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.instance import source_instance
from restore.example import example
from restore.follow import follow
from restore.place import TARGET
from sharing import NEAR_SOURCE, tag_of
from stopped import clean_up, clean_up_after, clean_up_ended_after, stop_at
from test_ended_without_clean_up import DENIED, LATE
from test_lease import leases

COPIES = {"ec2": "ec2:DeleteSnapshot", "rds": "rds:DeleteDBSnapshot"}
"""By service the call by which copies are removed."""


def failed(cloud, scene):
    """A restore that fails once all is made, and tells itself what it could not take away."""
    _, function, action = LATE[scene.service]
    late = {"function": function, "action": action, "session": scene.restore_id}
    with cloud.disturbed(denied(late)):
        ended = expect.run(cloud, scene)
    assert (ended.status, ended.error) == ("FAILED", "Restore.AccessDenied"), ended.cause
    for words in (action, "Left behind", COPIES[scene.service]):
        assert words in ended.cause
    return ended.arn


def stopped(cloud, scene):
    """A restore that is stopped once its copies are made."""
    return stop_at(cloud, scene, "Look at DB instance")


def denied(match):
    """The calls that match are denied, as often as they are made."""
    return {"kind": "error", "match": match, "error": DENIED, "times": None}


@pytest.mark.parametrize(
    ("flow", "end"),
    [("ec2-cross-account-cross-region", failed), ("rds-cross-account", stopped)],
    ids=["failed", "stopped"],
)
def test_what_could_not_be_taken_away_is_told_and_goes_by_the_next_clean_up(
    cloud, instance, database, flow, end
):
    source = {"instance": instance} if flow.startswith("ec2") else {"database": database}
    scene = arrange(cloud, example(flow), **source)
    scene = scene.asking(options={"onFailure": "cleanUp"}).now(cloud)
    action = COPIES[scene.service]
    copies = {"function": "restore-clean-up", "action": action, "session": scene.restore_id}

    with cloud.disturbed(denied(copies)):
        execution = end(cloud, scene)
        told = clean_up_ended_after(cloud, execution)

    assert (told["status"], told["error"]) == ("FAILED", "Restore.ResourceFailed"), told
    for words in ("Left behind", action, DENIED["message"], ":snapshot"):
        assert words in told["cause"]
    assert scene.restore_id in leases(cloud)
    again = follow(cloud, clean_up(cloud, execution))
    again.raise_unless_succeeded()
    assert again.output["cleanedUp"] and again.output["left"] == []
    expect.unchanged_since(cloud, scene.before)
    assert scene.restore_id not in leases(cloud)


def test_what_stays_on_purpose_is_nothing_to_do(cloud):
    scene = arrange(
        cloud,
        example("ec2-cross-account-cross-region"),
        instance=source_instance(cloud, NEAR_SOURCE),
    )
    another = [{"Key": tag_of("another", TARGET), "Value": "given"}]
    shared = list(scene.snapshots.values())
    cloud.client("ec2", NEAR_SOURCE).create_tags(Resources=shared, Tags=another)

    execution = stop_at(cloud, scene.asking(options={"onFailure": "keep"}), "Look at launch")
    left = clean_up_after(cloud, execution)["left"]

    kept = [it["resource"] for it in left if it.get("kept")]
    used = [it["resource"] for it in left if it.get("usedByOthers")]
    assert len(kept) + len(used) == len(left)
    assert [it for it in kept if ":snapshot/" in it] and [it for it in kept if ":instance/" in it]
    assert all(any(snapshot in it for it in used) for snapshot in shared)
    assert scene.restore_id not in leases(cloud)
