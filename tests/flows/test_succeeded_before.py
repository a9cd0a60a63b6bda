"""A start under the id of a restore that has succeeded, and whose clean-up nobody has done.

What that one brought back is somebody's, and nothing says so yet: no later start may take it away,
however it ends.
"""

import expect
import pytest
from restore.follow import follow
from restore.inventory import Inventory
from restore.start import start
from stopped import (
    clean_up,
    clean_up_after,
    clean_up_ended_after,
    execution_arn,
    nobody_told,
    states_of,
    stop_at,
    until,
)
from test_clean_up_handed_over import REFUSED, arranged, ended_without_clean_up, name_of
from test_ended_without_clean_up import DENIED
from test_lease import leases
from test_shares_in_use import FOR_GOOD

MARKS = {"ec2": "ec2:CreateTags", "rds": "rds:AddTagsToResource"}
"""By service the call that marks what was brought back."""

UNTIL_STOPPED = "wait in {} until nobody is in any state"


@pytest.fixture(params=["ec2-cross-account-cross-region", "rds-cross-account"])
def scene(cloud, instance, database, request):
    return arranged(cloud, request.param, instance, database)


def succeeded(cloud, scene):
    """The scene's restore, which has succeeded and is not cleaned up after by anybody."""
    name = name_of(scene)
    another = execution_arn(cloud.state_machine, f"{name}-another")
    assert follow(cloud, clean_up(cloud, another, name=name)).status == "FAILED"
    ended = ended_without_clean_up(cloud, scene, name)
    assert scene.restore_id in leases(cloud)
    return ended


def loaded(cloud):
    """Volumes have loaded their data from now on."""
    cloud.steer("POST", "/rules/elapsed", {"seconds": FOR_GOOD})


AT_ONCE = 1e-6
"""Hours after which the first step behind the plan refuses to begin."""


def refused(scene):
    """The scene with a target key that there is not."""
    where = f"{scene.target.region}:{scene.target.account}"
    no_key = "00000000-0000-4000-8000-000000000000"
    return scene.asking(target__kmsKeyId=f"arn:aws:kms:{where}:key/{no_key}")


def out_of_time(scene):
    """The scene with a deadline that has passed once it is planned."""
    return scene.asking(options={"timeoutHours": AT_ONCE, "onFailure": "cleanUp"})


@pytest.mark.parametrize("failing", [refused, out_of_time])
@pytest.mark.parametrize("tried", [False, True], ids=["nobody tried", "its clean-up failed"])
def test_what_was_brought_back_outlives_a_later_start_that_fails(cloud, scene, tried, failing):
    ended = succeeded(cloud, scene)
    if tried:
        assert follow(cloud, clean_up(cloud, ended.arn, REFUSED)).status == "FAILED"
    # While they load, the clean-up goes on after a start that is planned in vain.
    loaded(cloud)

    for _ in range(2):
        failed = expect.run(cloud, failing(scene))

        assert failed.status == "FAILED"
        expect.ends_as_asked(cloud, scene)
        assert scene.restore_id not in leases(cloud)


@pytest.mark.parametrize("next_one", ["its clean-up", "another start", "another that fails"])
def test_what_was_brought_back_outlives_a_later_start_that_is_stopped_before_it_says_so(
    cloud, scene, next_one
):
    target = succeeded(cloud, scene).output["target"]
    case = UNTIL_STOPPED.format("Clean up after earlier run")

    if next_one == "its clean-up":
        execution = stop_at(cloud, scene, "Clean up after earlier run", case)
        assert clean_up_after(cloud, execution)["cleanedUp"]
    else:
        with nobody_told(cloud):
            stop_at(cloud, scene, "Clean up after earlier run", case)
        fails = next_one == "another that fails"
        again = expect.run(cloud, out_of_time(scene) if fails else scene)
        assert again.status == "FAILED" if fails else again.output["target"] == target

    expect.ends_as_asked(cloud, scene)
    assert scene.restore_id not in leases(cloud)


def test_what_was_brought_back_and_cannot_be_marked_is_touched_by_nobody(cloud, scene):
    succeeded(cloud, scene)
    mark = {
        "function": "restore-clean-up",
        "action": MARKS[scene.service],
        "session": scene.restore_id,
    }

    with cloud.disturbed({"kind": "error", "match": mark, "error": DENIED, "times": None}):
        failed = expect.run(cloud, scene)
        told = clean_up_ended_after(cloud, failed.arn)

    assert (failed.status, failed.error) == ("FAILED", "Restore.AlreadyExists"), failed.cause
    for words in ("not marked as finished", MARKS[scene.service], "choose another id"):
        assert words in failed.cause
    assert (told["status"], told["error"]) == ("FAILED", "Restore.ResourceFailed"), told
    assert scene.restore_id in leases(cloud)
    expect.restored(cloud, scene)
    expect.ends_as_asked(cloud, scene)
    assert scene.restore_id not in leases(cloud)


def test_a_restore_that_is_refused_its_mark_says_so_and_no_later_start_takes_it_away(cloud, scene):
    mark = {
        "function": "restore-clean-up",
        "action": MARKS[scene.service],
        "session": scene.restore_id,
    }
    with cloud.disturbed({"kind": "error", "match": mark, "error": DENIED, "times": None}):
        ended = expect.run(cloud, scene)

    ended.raise_unless_succeeded()
    assert any("not marked as finished" in left["why"] for left in ended.output["left"])
    assert scene.restore_id in leases(cloud)
    assert expect.run(cloud, out_of_time(scene)).status == "FAILED"
    expect.ends_as_asked(cloud, scene)
    assert scene.restore_id not in leases(cloud)


@pytest.fixture
def loading(cloud, instance):
    """A scene whose volumes load their data from its copies for as long as the test lasts."""
    scene = arranged(cloud, "ec2-cross-account-cross-region", instance, None)
    with cloud.lasting(volume_initialization=FOR_GOOD):
        yield scene


def copies(cloud, scene):
    """The copies that the scene's restore made and that are there."""
    return Inventory.taken(cloud, [scene.target], ["snapshot"]).new_since(scene.before)


def test_the_next_start_goes_on_while_volumes_load_their_data_and_cleans_up_once_they_have(
    cloud, loading
):
    ended = succeeded(cloud, loading)

    execution = start(cloud, loading.request)
    until(cloud, execution, "Wait for clean-up")
    assert len(copies(cloud, loading)) == len(loading.snapshots)
    loaded(cloud)
    again = follow(cloud, execution)

    again.raise_unless_succeeded()
    assert (again.output["target"], again.output["left"]) == (ended.output["target"], [])
    assert "Wait for clean-up after earlier run" not in states_of(cloud, execution)
    expect.ends_as_asked(cloud, loading)
    assert loading.restore_id not in leases(cloud)


def test_a_start_that_is_planned_in_vain_tells_so_at_once_and_leaves_the_rest_to_the_clean_up(
    cloud, loading
):
    succeeded(cloud, loading)

    failed = expect.run(cloud, refused(loading))

    assert failed.status == "FAILED"
    for words in ("has not cleaned up", "the state machine clean-up goes on with it"):
        assert words in failed.cause
    assert len(copies(cloud, loading)) == len(loading.snapshots)
    loaded(cloud)
    cleaned = clean_up_after(cloud, failed.arn)["cleanedUp"]
    assert len([it for it in cleaned if ":snapshot/" in it]) == len(loading.snapshots)
    expect.ends_as_asked(cloud, loading)
    assert loading.restore_id not in leases(cloud)
