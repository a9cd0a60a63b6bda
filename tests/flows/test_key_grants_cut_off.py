"""Grants end however the restore does: failed, killed, stopped, or begun anew."""

import expect
import pytest
from granting import NEAR_SOURCE, SPREADING, given, granting, told
from restore.arrange import arrange
from restore.arrange.database import KEY, source_database
from restore.arrange.instance import key_arn
from restore.check.calls import by_roles, operation
from restore.example import example
from restore.place import FAR, SOURCE
from stopped import clean_up_after, stop_at

GIVE_AND_REVOKE = {"kms:CreateGrant", "kms:RevokeGrant"}

# What goes wrong


@pytest.mark.parametrize("on_failure", ["cleanUp", "keep"])
def test_a_restore_that_fails_on_its_way_leaves_no_grant(cloud, granted, on_failure):
    scene = granting(cloud, granted, "ec2-cross-account-cross-region")
    cloud.fail_next("snapshot-copy", "error", "", account=scene.target.account, region=FAR)

    ended = expect.run(cloud, scene.asking(options={"onFailure": on_failure}))

    assert (ended.status, ended.error) == ("FAILED", "Restore.KeyNotUsable"), ended.cause
    assert len(given(cloud, scene)) == 2
    expect.no_grant_left(cloud, scene.before)


def test_a_db_restore_that_fails_on_its_way_leaves_nothing(cloud, granted):
    scene = granting(cloud, granted, "rds-cross-account-cross-region")
    cloud.fail_next("db-snapshot-copy", "failed", "", account=scene.target.account, region=FAR)

    ended = expect.run(cloud, scene)

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed"), ended.cause
    expect.unchanged_since(cloud, scene.before)


def gives(kind, **more):
    """A disturbance of the source role when it gives a grant."""
    match = {"action": "kms:CreateGrant", "params": {"DryRun": None}, "role": "restore-source"}
    return {"kind": kind, "match": match} | more


def test_a_share_step_that_is_killed_over_a_grant_gives_it_once(cloud, granted):
    scene = granting(cloud, granted, "rds-cross-account-cross-region")

    with cloud.disturbed(gives("kill", effect=True)):
        restore = expect.restored(cloud, scene)

    made = [call for call in cloud.calls(scene.calls_before) if operation(call) in GIVE_AND_REVOKE]
    assert "kill" in {call["injected"] for call in made}
    revoked = [call["params"]["GrantId"] for call in made if operation(call) == "kms:RevokeGrant"]
    assert len(told(restore.ended.output)) == len(revoked) == 1, "one grant, however often given"
    expect.ends_as_asked(cloud, scene)
    expect.no_grant_left(cloud, scene.before)


def test_a_grant_that_kms_does_not_list_yet_is_found_after_the_step_that_gave_it_died(
    cloud, granted
):
    scene = granting(cloud, granted, "rds-cross-account-cross-region")
    denied = {"code": "AccessDeniedException", "message": "no more", "status": 400}

    with (
        cloud.unseen(grants=SPREADING),
        cloud.disturbed(gives("kill", effect=True), gives("error", error=denied, skip=1)),
    ):
        ended = expect.run(cloud, scene)

    assert (ended.status, ended.error) == ("FAILED", "Restore.AccessDenied"), ended.cause
    assert "kms:CreateGrant" in ended.cause
    assert [call["injected"] for call in by_roles(cloud.calls(scene.calls_before))].count("kill")
    expect.unchanged_since(cloud, scene.before)


def test_a_key_that_never_answers_to_its_grant_ends_the_restore_with_its_name(cloud, granted):
    scene = granting(cloud, granted, "rds-cross-account-cross-region")
    message = "because no resource-based policies allow access"
    never = {
        "kind": "error",
        "match": {"action": "kms:Decrypt", "role": "restore-target"},
        "error": {"code": "AccessDeniedException", "message": message, "status": 400},
        "times": None,
    }

    with cloud.disturbed(never):
        ended = expect.run(cloud, scene)

    assert (ended.status, ended.error) == ("FAILED", "Restore.AccessDenied"), ended.cause
    [key] = given(cloud, scene)
    for word in (key, cloud.restore_role.arn, "restore:", message):
        assert word in ended.cause
    expect.unchanged_since(cloud, scene.before)


# Stopped


def test_a_restore_that_is_stopped_while_a_grant_spreads_leaves_none(cloud, granted):
    scene = granting(cloud, granted, "ec2-cross-account-cross-region")

    with cloud.unseen(grants=SPREADING):
        execution = stop_at(cloud, scene, "Look at shared snapshots")
        cleaned = clean_up_after(cloud, execution)

    assert cleaned["left"] == []
    expect.unchanged_since(cloud, scene.before)


def test_a_next_run_without_grants_ends_those_of_the_one_that_was_stopped(cloud):
    """Under keys that are open to both: the one asks for grants, the other does without."""
    database = source_database(cloud, NEAR_SOURCE, snapshots=2)
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    cloud.allow_keys(SOURCE, grant_keys=[key_arn(cloud, NEAR_SOURCE, KEY)])
    stop_at(cloud, scene.asking(source__grantKeyAccess=True), "Look at re-encrypted copy")

    restore = expect.restored(cloud, scene)

    assert told(restore.ended.output)
    expect.no_grant_left(cloud, scene.before)
