"""Shares in use: by volumes that still load their data, and by another restore of the snapshot."""

import time
from contextlib import ExitStack, contextmanager

import expect
import pytest
from restore.arrange import arrange
from restore.check.instance import restored_instances
from restore.check.outcome import flow as flow_of
from restore.check.volumes import attached_volumes
from restore.example import example
from restore.follow import follow
from restore.inventory import Inventory
from restore.place import TARGET
from restore.start import start
from restore.waiting import eventually
from sharing import shared_with, tag_of
from stopped import until


def shares(cloud, scene):
    """Whom the scene's snapshots are shared with and for which restores, each answer once."""
    return {shared_with(cloud, it) for it in scene.snapshots.values()}


def in_use_by(*scenes):
    """What that is while these restores use the permission of the target account."""
    return {((TARGET,), tuple(sorted(tag_of(it.restore_id, TARGET) for it in scenes)))}


UNUSED = {((), ())}


# Volumes made straight from shared snapshots

LOADING = 10
"""Seconds that a volume loads its data for."""

FOR_GOOD = 3600
"""Seconds of which only `/rules/elapsed` is to see the end."""

ATTEMPTS = 3
"""How often an SDK asks before a function fails."""

LATE = 700
"""Seconds into a clean-up after which what is refused is told as left if it were not tried again
from then on."""


def progress(cloud, scene):
    """How far the restored volumes have loaded their data, in per cent, as EC2 tells it."""
    [instance] = restored_instances(cloud, scene)
    volumes = [it["id"] for it in attached_volumes(cloud, scene, instance).values()]
    told = cloud.client("ec2", scene.target).describe_volume_status(VolumeIds=volumes)
    return min(it["InitializationStatusDetails"]["Progress"] for it in told["VolumeStatuses"])


def test_a_share_stays_for_as_long_as_volumes_load_from_it_and_goes_with_the_end(cloud, instance):
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)

    with cloud.lasting(volume_initialization=LOADING):
        execution = start(cloud, scene.request)
        # It has been decided once what goes.
        until(cloud, execution, "Wait for clean-up")
    looks = [(shares(cloud, scene), progress(cloud, scene))]
    while looks[-1][1] < 100:
        looks.append((shares(cloud, scene), progress(cloud, scene)))
    ended = follow(cloud, execution)

    loading = [seen for seen, percent in looks if percent < 100]
    assert loading and all(seen == in_use_by(scene) for seen in loading)
    ended.raise_unless_succeeded()
    assert shares(cloud, scene) == UNUSED
    expect.as_asked(cloud, expect.Restored(scene, ended))


def test_what_a_copy_was_made_from_goes_while_volumes_load_their_data_from_the_copy(
    cloud, instance
):
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)

    with cloud.lasting(volume_initialization=FOR_GOOD):
        execution = start(cloud, scene.request)
        until(cloud, execution, "Wait for clean-up")
        assert progress(cloud, scene) < 100
        assert shares(cloud, scene) == UNUSED
        copies = Inventory.taken(cloud, [scene.target], ["snapshot"]).new_since(scene.before)
        assert len(copies) == len(scene.snapshots)
        cloud.steer("POST", "/rules/elapsed", {"seconds": FOR_GOOD})
    ended = follow(cloud, execution)

    ended.raise_unless_succeeded()
    expect.as_asked(cloud, expect.Restored(scene, ended))


def test_a_share_is_withdrawn_though_aws_asks_to_slow_down_late_in_the_clean_up(
    cloud, instance, scale
):
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)
    slow = {
        "kind": "error",
        "match": {"action": "ec2:DescribeVolumeStatus", "session": scene.restore_id},
        "error": {"code": "RequestLimitExceeded", "message": "Slow down.", "status": 503},
        "times": ATTEMPTS,
    }

    with cloud.lasting(volume_initialization=FOR_GOOD):
        execution = start(cloud, scene.request)
        until(cloud, execution, "Wait for clean-up")
        time.sleep(LATE * scale)
        with cloud.disturbed(slow) as [number]:
            eventually("a refusal", lambda: fired(cloud, number) == ATTEMPTS)
        cloud.steer("POST", "/rules/elapsed", {"seconds": FOR_GOOD})
    ended = follow(cloud, execution)

    ended.raise_unless_succeeded()
    assert ended.output["left"] == []
    assert shares(cloud, scene) == UNUSED
    expect.as_asked(cloud, expect.Restored(scene, ended))


def fired(cloud, number):
    """How often the injection has fired that has this id."""
    armed = cloud.steer("GET", "/rules/injections")["injections"]
    return sum(it["fired"] for it in armed if it["id"] == number)


def test_a_share_of_which_nobody_tells_whether_it_is_needed_is_left_and_said_until_when(
    cloud, instance
):
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)
    untold = {
        "kind": "error",
        "match": {"action": "ec2:DescribeVolumeStatus", "params": {"DryRun": None}},
        "error": {"code": "UnauthorizedOperation", "message": "It is not told.", "status": 403},
        "times": None,
    }

    with cloud.disturbed(untold):
        left = expect.restored(cloud, scene).ended.output["left"]

    assert shares(cloud, scene) == in_use_by(scene)
    for snapshot in scene.snapshots.values():
        [why] = [it["why"] for it in left if snapshot in it["resource"]]
        for words in (
            "It is not told.",
            "needed until EC2 (DescribeVolumeStatus) shows each of them as initialised by 100 %",
            "start the same request again under this restoreId",
        ):
            assert words in why
    # So it is done, and goes as it is said to.
    assert expect.restored(cloud, scene).ended.output["left"] == []
    assert shares(cloud, scene) == UNUSED
    expect.ends_as_asked(cloud, scene)


# Two restores of one snapshot

QUOTA = {
    "ec2-cross-account-cross-region": (
        "Copy snapshots",
        "ec2:CopySnapshot",
        "ResourceLimitExceeded",
        "Too many snapshot copies in progress. The limit is 20 for this destination region.",
    ),
    "rds-cross-account": (
        "Re-encrypt copy",
        "rds:CopyDBSnapshot",
        "SnapshotQuotaExceeded",
        "Cannot copy more than 20 snapshots across regions.",
    ),
}
"""Where a restore waits for a quota once it has shared, and how AWS refuses it meanwhile."""


@contextmanager
def held_up(cloud, scene):
    """Within the block the restore has begun, has shared its snapshots, and waits for a quota."""
    state, action, code, message = QUOTA[flow_of(scene)]
    full = {
        "kind": "error",
        "match": {"action": action, "session": scene.restore_id, "params": {"DryRun": None}},
        "error": {"code": code, "message": message, "status": 400},
        "times": None,
    }
    with cloud.disturbed(full):
        execution = start(cloud, scene.request)
        until(cloud, execution, state)
        yield execution


@pytest.mark.parametrize("first", ["who gave it", "who found it"])
@pytest.mark.parametrize("flow", QUOTA)
@pytest.mark.usefixtures("db_instances_go")
def test_of_two_restores_at_once_the_first_to_end_keeps_the_share_and_the_last_withdraws_it(
    cloud, instance, database, flow, first
):
    source = {"instance": instance} if flow.startswith("ec2") else {"database": database}
    scenes = [arrange(cloud, example(flow), **source) for _ in range(2)]
    gave, found = (scene.now(cloud) for scene in scenes)

    with ExitStack() as one, ExitStack() as other:
        held = [
            (scene, hold, hold.enter_context(held_up(cloud, scene)))
            for scene, hold in ((gave, one), (found, other))
        ]
        (early, first_hold, first_run), (late, last_hold, last_run) = (
            held if first == "who gave it" else reversed(held)
        )
        assert shares(cloud, gave) == in_use_by(gave, found)

        first_hold.close()
        ended = follow(cloud, first_run)
        ended.raise_unless_succeeded()
        kept = {it["why"] for it in ended.output["left"]}
        assert kept == {f"used by restore {late.restore_id}"}
        assert shares(cloud, early) == in_use_by(late)

        last_hold.close()
        ended = follow(cloud, last_run)
    ended.raise_unless_succeeded()
    assert ended.output["left"] == []
    assert shares(cloud, gave) == UNUSED
    expect.end_as_asked_beside_each_other(cloud, gave, found)
