"""A restore that cannot clean up has succeeded all the same, and its clean-up is done later.

The function does not answer for as long as the restore tries; what goes on with it is the state
machine `clean-up`, which the restore starts, or a person where that is refused too.
"""

import json
import secrets

import expect
import pytest
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from stopped import clean_up, clean_up_after, disturbed, execution_arn
from test_lease import leases

REFUSED = "Lambda.ServiceException 7 times in Clean up"
"""As often as it is tried (see `control_plane.refusals`)."""


@pytest.fixture(params=["ec2-cross-account-cross-region", "rds-cross-account"])
def scene(cloud, instance, database, request):
    return arranged(cloud, request.param, instance, database)


def arranged(cloud, flow, instance, database):
    """A restore of `flow` that keeps no copies, so that there is something to clean up after it."""
    source = {"instance": instance} if flow.startswith("ec2") else {"database": database}
    return arrange(cloud, example(flow), **source).asking(options={"keepCopies": False})


def ended_without_clean_up(cloud, scene, name):
    """The end of a restore under this name whose clean-up is refused; it has succeeded."""
    ended = follow(cloud, disturbed(cloud, scene, REFUSED, name))
    ended.raise_unless_succeeded()
    return ended


def name_of(scene):
    return f"{scene.restore_id}-{secrets.token_hex(4)}"


def test_what_a_restore_could_not_remove_is_removed_after_its_end(cloud, scene):
    ended = ended_without_clean_up(cloud, scene, name_of(scene))

    # What the instance is finished with goes with that step.
    assert not [it for it in ended.output["cleanedUp"] if ":snapshot" in it]
    [left] = ended.output["left"]
    assert left["resource"] == "clean-up"
    for word in ("Lambda.ServiceException", "goes on by itself", ":restore-clean-up:"):
        assert word in left["why"]
    cleaned = clean_up_after(cloud, ended.arn)
    assert cleaned["cleanedUp"]
    assert cleaned["left"] == []
    expect.ends_as_asked(cloud, scene)
    assert scene.restore_id not in leases(cloud)


def test_where_it_cannot_be_handed_over_that_is_said_and_a_person_starts_it(cloud, scene):
    name = name_of(scene)
    another = execution_arn(cloud.state_machine, f"{name}-another")
    taken = clean_up(cloud, another, name=name)
    assert follow(cloud, taken).status == "FAILED"

    ended = ended_without_clean_up(cloud, scene, name)

    [left] = ended.output["left"]
    by_hand = json.dumps({"executionArn": ended.arn})
    for word in ("could not be handed over", "ExecutionAlreadyExists", by_hand):
        assert word in left["why"]
    assert scene.restore_id in leases(cloud)
    follow(cloud, clean_up(cloud, ended.arn)).raise_unless_succeeded()
    expect.ends_as_asked(cloud, scene)
    assert scene.restore_id not in leases(cloud)


def test_the_next_start_goes_on_with_a_clean_up_that_nobody_did(cloud, scene):
    name = name_of(scene)
    ended = ended_without_clean_up(cloud, scene, name)
    cloud.step_functions.stop_execution(
        executionArn=ended.arn.replace(":restore:", ":restore-clean-up:"),
        cause="stopped by a person",
    )

    again = expect.restored(cloud, scene).ended

    assert again.output["target"] == ended.output["target"]
    expect.ends_as_asked(cloud, scene)
    assert scene.restore_id not in leases(cloud)
