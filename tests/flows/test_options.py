"""What `options` decide: a plan alone, what stays of the copies, what stays of a failure."""

import expect
import pytest
from restore.arrange import arrange
from restore.check.calls import is_dry
from restore.example import example
from restore.inventory import Inventory, Thing
from restore.place import FAR

DEADLINE_SECONDS = 5
COPY_SECONDS = 12
COPY_FAILS = "Given key ID is not accessible"


@pytest.fixture
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)


@pytest.fixture
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account-cross-region"), database=database)


# dryRun


def test_a_dry_run_of_an_instance_ends_with_its_plan_and_changes_nothing(cloud, ec2):
    plan = planned(cloud, ec2)

    assert [hop["step"] for hop in plan["hops"]] == ["share-snapshot", "copy-snapshot"]
    assert plan["hops"][0]["shareWith"] == ec2.target.account
    assert plan["hops"][1]["kmsKeyId"] == ec2.request["target"]["kmsKeyId"]
    assert plan["hops"][1]["session"]["region"] == ec2.target.region
    assert [it["source"] for it in plan["snapshots"]] == list(ec2.snapshots.values())


def test_a_dry_run_of_a_db_instance_ends_with_its_plan_and_changes_nothing(cloud, rds):
    plan = planned(cloud, rds)

    steps = [hop["step"] for hop in plan["hops"]]
    assert steps == ["share-snapshot", "copy-into-target-account", "reencrypt-copy"]
    first_key = rds.request["target"]["intermediateKmsKeyId"]
    assert [hop.get("kmsKeyId") for hop in plan["hops"]] == [
        None,
        first_key,
        rds.request["target"]["kmsKeyId"],
    ]


def planned(cloud, scene):
    """The plan that a dry run of the scene ends with."""
    since, before = cloud.last_call(), Inventory.taken(cloud)
    restore = expect.restored(cloud, scene.asking(options={"dryRun": True}))

    assert restore.tasks == ["Plan restore"]
    assert restore.ended.output["status"] == "PLANNED"
    expect.only_read(cloud, since)
    expect.unchanged_since(cloud, before)
    return restore.ended.output["plan"]


def test_a_dry_run_tells_what_each_hop_takes_and_costs_and_on_which_assumptions(cloud, ec2, rds):
    for scene in (ec2, rds):
        plan = planned(cloud, scene)
        estimate = plan["estimate"]

        assert [it["step"] for it in estimate["hops"]] == [it["step"] for it in plan["hops"]]
        assert all(it["minutes"]["atLeast"] <= it["minutes"]["atMost"] for it in estimate["hops"])
        sizes = {it["current"]: it["sizeGib"] for it in plan["snapshots"]}
        across = estimate["hops"][-1]
        assert (across["gib"], across["usd"]) == (sum(sizes.values()), estimate["usd"])
        assert estimate["usd"] > 0
        assert any("USD" in it for it in estimate["assumptions"])


def test_a_dry_run_tells_what_is_taken_for_good_and_how_much_of_that_is_free(cloud, ec2, rds):
    [address] = planned(cloud, ec2)["room"]
    assert address["addressesOf"] == ec2.request["target"]["ec2"]["subnetId"]
    assert (address["accountId"], address["region"]) == ec2.target
    assert address["needed"] == 1 <= address["free"]

    room = {it["quota"]: it for it in planned(cloud, rds)["room"]}
    needed = {quota: it["needed"] for quota, it in room.items()}
    gib = rds.request["target"]["rds"]["allocatedStorage"]
    assert needed == {"DBInstances": 1, "AllocatedStorage": gib}
    assert all(it["needed"] <= it["free"] for it in room.values())


# planHash


def test_a_restore_that_carries_the_hash_of_its_dry_run_does_what_was_shown(cloud, ec2):
    approved = planned(cloud, ec2)["hash"]
    assert planned(cloud, ec2)["hash"] == approved

    scene = ec2.asking(options={"planHash": approved}).now(cloud)
    expect.as_asked(cloud, expect.restored(cloud, scene))


def test_a_restore_that_would_do_otherwise_than_was_approved_is_refused(cloud, ec2, rds):
    for scene, path in ((ec2, "target__ec2__instanceType"), (rds, "target__rds__dbInstanceClass")):
        approved = planned(cloud, scene)["hash"]
        other = {path: "m7g.xlarge" if scene is ec2 else "db.m7g.xlarge"}
        changed = scene.asking(options={"planHash": approved}, **other)

        words = ("options.planHash", "the instance to make differs", approved)
        expect.refused(cloud, changed, "Restore.InvalidInput", *words)


# keepCopies


def test_copies_stay_where_the_request_says_so(cloud, ec2, rds):
    for scene in (ec2, rds):
        scene = scene.asking(options={"keepCopies": True}).now(cloud)
        expect.as_asked(cloud, expect.restored(cloud, scene))


# onFailure


def test_a_failed_restore_removes_what_it_made_and_withdraws_its_shares(cloud, ec2):
    before = Inventory.taken(cloud)
    ended = failing(cloud, ec2, "cleanUp")

    assert ended.error == "Restore.KeyNotUsable"
    assert COPY_FAILS in ended.cause
    expect.unchanged_since(cloud, before)


def test_a_failed_restore_keeps_its_copies_where_the_request_says_so(cloud, ec2):
    before = Inventory.taken(cloud)
    failing(cloud, ec2, "keep")

    after = Inventory.taken(cloud)
    assert {thing.kind for thing in after.new_since(before)} == {"snapshot"}
    assert {thing.place for thing in after.new_since(before)} == {ec2.target}
    assert after.changed_since(before) == {}


def test_a_restore_that_failed_goes_on_from_what_was_kept(cloud, ec2):
    ec2 = ec2.asking(options={"onFailure": "keep"}).now(cloud)
    failing(cloud, ec2, "keep")
    since = cloud.last_call()

    expect.restored(cloud, ec2)

    expect.ends_as_asked(cloud, ec2)
    copies = [it for it in cloud.calls(since) if it["action"] == "CopySnapshot"]
    copied = [it for it in copies if not is_dry(it)]
    assert len(copied) == 1, "only the copy that failed is made again"


def test_a_failed_db_restore_removes_what_it_made_and_withdraws_its_shares(cloud, rds):
    before = Inventory.taken(cloud)
    cloud.fail_next("db-snapshot-copy", "failed", "", account=rds.target.account, region=FAR)
    ended = expect.run(cloud, rds.asking(options={"onFailure": "cleanUp"}))

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed"), ended.cause
    expect.unchanged_since(cloud, before)


@pytest.mark.parametrize(
    ("kind", "state"), [("db-snapshot-copy", "failed"), ("db-instance", "restore-error")]
)
def test_a_db_restore_that_failed_makes_anew_what_had_failed(cloud, rds, kind, state):
    rds = rds.asking(options={"onFailure": "keep"}).now(cloud)
    match = {"account": rds.target.account, "region": FAR}
    if kind == "db-instance":
        # And none that another test has left at work.
        match["identifier"] = rds.request["target"]["rds"]["dbInstanceIdentifier"]
    cloud.fail_next(kind, state, "", **match)
    ended = expect.run(cloud, rds)
    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed"), ended.cause

    expect.restored(cloud, rds)

    expect.ends_as_asked(cloud, rds)


CLIENT_ERROR = "Client.InternalError: A client error caused the instance to terminate during launch"


@pytest.mark.parametrize(
    ("kind", "state", "error", "action", "things"),
    [
        ("volume", "deleted", "Restore.KeyNotUsable", "CreateVolume", 3),
        ("volume", "error", "Restore.ResourceFailed", "CreateVolume", 3),
        ("instance", "terminated", "Restore.KeyNotUsable", "RunInstances", 1),
    ],
)
def test_an_ec2_restore_that_failed_makes_anew_what_had_failed_by_another_token(
    cloud, ec2, kind, state, error, action, things
):
    ec2 = ec2.asking(options={"onFailure": "keep"}).now(cloud)
    since = cloud.last_call()
    why = CLIENT_ERROR if kind == "instance" else ""
    cloud.fail_next(kind, state, why, account=ec2.target.account, region=FAR)
    ended = expect.run(cloud, ec2)
    assert (ended.status, ended.error) == ("FAILED", error), ended.cause

    expect.restored(cloud, ec2)

    expect.ends_as_asked(cloud, ec2)
    made = [it["params"] for it in cloud.calls(since, action) if not is_dry(it)]
    assert len({it["ClientToken"] for it in made}) == things + 1


def test_an_instance_that_fails_late_is_removed_with_all_its_volumes(cloud, ec2):
    before = Inventory.taken(cloud)
    cloud.fail_next("volume", "error", "", account=ec2.target.account, region=FAR)
    ended = expect.run(cloud, ec2.asking(options={"onFailure": "cleanUp"}))

    assert ended.status == "FAILED", ended.output
    expect.unchanged_since(cloud, before)


def failing(cloud, scene, on_failure):
    """Runs the scene while one of its copies fails."""
    cloud.fail_next("snapshot-copy", "error", COPY_FAILS, account=scene.target.account, region=FAR)
    ended = expect.run(cloud, scene.asking(options={"onFailure": on_failure}))
    assert ended.status == "FAILED", ended.output
    return ended


# timeoutHours


def test_a_restore_past_its_deadline_ends_as_timed_out_and_leaves_nothing(cloud, ec2):
    before = Inventory.taken(cloud)
    # A copy can be deleted only once it is complete: clean-up waits for that.
    with cloud.lasting(snapshot_copy=COPY_SECONDS):
        ended = expect.run(cloud, ec2.asking(options={"timeoutHours": DEADLINE_SECONDS / 3600}))

    assert (ended.status, ended.error) == ("FAILED", "Restore.TimedOut"), ended.cause
    expect.unchanged_since(cloud, before)


# restoreId


def test_a_restore_without_an_id_takes_its_executions_name(cloud, ec2):
    restore = expect.restored(cloud, ec2.asking(restoreId=...))

    name = restore.ended.arn.rsplit(":", 1)[-1]
    assert restore.ended.output["restoreId"] == name
    [instance] = [
        thing for thing in Inventory.taken(cloud).new_since(ec2.before) if thing.kind == "instance"
    ]
    assert isinstance(instance, Thing) and instance.place == ec2.target


def test_a_restore_may_have_an_id_of_one_letter(cloud, ec2):
    scene = ec2.asking(restoreId="o").now(cloud)

    expect.as_asked(cloud, expect.restored(cloud, scene))
