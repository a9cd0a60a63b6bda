"""A run under the id of a restore that is finished: what it brought back is somebody's by now."""

import expect
import pytest
from news import eventually, subscribed
from restore.arrange import arrange
from restore.arrange.instance import snapshot_set, source_instance
from restore.check.remains import kept_copies
from restore.example import example
from restore.place import Place

AT_ONCE = 1e-6
"""Hours after which the first step behind the plan refuses to begin."""


@pytest.fixture(
    scope="module", params=["ec2-cross-region", "ec2-cross-account", "rds-cross-account"]
)
def restored(cloud, request):
    return expect.restored_example(cloud, request.param)


@pytest.mark.parametrize("on_failure", ["cleanUp", "keep"])
def test_a_second_run_that_fails_takes_nothing_of_a_finished_restore_away(
    cloud, restored, on_failure
):
    options = {"timeoutHours": AT_ONCE, "onFailure": on_failure}
    before = expect.Inventory.taken(cloud)

    ended = expect.run(cloud, restored.scene.asking(options=options))

    assert (ended.status, ended.error) == ("FAILED", "Restore.TimedOut"), ended.cause
    expect.unchanged_since(cloud, before)
    expect.ends_as_asked(cloud, restored.scene)


def test_a_second_run_is_told_as_one_that_has_restored_nothing(cloud, restored):
    with subscribed(cloud) as notifications:
        second = expect.restored(cloud, restored.scene)
        arn = second.ended.arn
        told = eventually(
            lambda: len(got := [it for it in notifications() if arn in it["Message"]]) == 2 and got,
            "notification of the end",
        )

    restore_id = restored.scene.restore_id
    by_subject = {it["Subject"]: it["Message"] for it in told}
    assert by_subject.keys() == {
        f"Restore started: {restore_id}",
        f"Restore restored nothing: {restore_id}",
    }
    message = by_subject[f"Restore restored nothing: {restore_id}"]
    target = second.ended.output["target"]
    made = target.get("instanceId") or target["dbInstanceIdentifier"]
    for words in ("an earlier run under this id", made, "another restoreId"):
        assert words in message
    assert ("another dbInstanceIdentifier" in message) == ("dbInstanceIdentifier" in target)
    for words in ("is up", "is there", "is done"):
        assert words not in message


def test_a_second_run_after_newer_snapshots_copies_none_of_them(cloud):
    asked = example("ec2-cross-region")
    instance = source_instance(cloud, Place.of(asked["source"]))
    scene = arrange(cloud, asked, instance=instance)
    scene = scene.asking(source__ec2={"instanceId": instance.instance_id, "at": "latest"})
    first = expect.restored(cloud, scene.now(cloud))
    measured = ("upAt", "recoveryPoint")
    assert all(first.ended.output[it] is not None for it in measured)
    snapshot_set(cloud, instance)
    before = expect.Inventory.taken(cloud)

    second = expect.restored(cloud, scene)

    expect.unchanged_since(cloud, before)
    assert second.ended.output["target"] == first.ended.output["target"]
    assert all(second.ended.output[it] is None for it in measured)
    assert "Copy snapshots" not in second.tasks


def test_the_volumes_of_a_finished_restore_outlive_its_instance_and_are_not_used_again(cloud):
    scene = arrange(cloud, example("ec2-cross-region")).asking(options={"keepCopies": False})
    first = expect.restored(cloud, scene.now(cloud))
    ended(cloud, first)
    before = expect.Inventory.taken(cloud)
    loose = {it for it in before.things if it.kind == "volume" and is_loose(before, it, first)}
    assert len(loose) == 2

    failed = expect.run(cloud, scene.asking(options={"timeoutHours": AT_ONCE}))

    assert (failed.status, failed.error) == ("FAILED", "Restore.TimedOut"), failed.cause
    expect.unchanged_since(cloud, before)

    again = expect.restored(cloud, scene.now(cloud))

    expect.as_asked(cloud, again)
    after = expect.Inventory.taken(cloud)
    assert (after.gone_since(before), after.changed_since(before)) == (set(), {})
    assert again.ended.output["target"]["instanceId"] != first.ended.output["target"]["instanceId"]
    assert {it for it in loose if is_loose(after, it, first)} == loose


@pytest.mark.parametrize("flow", ["ec2-cross-region", "rds-cross-account"])
def test_copies_that_were_kept_outlive_what_was_brought_back_and_later_runs(cloud, flow):
    scene = arrange(cloud, example(flow)).asking(options={"keepCopies": True})
    first = expect.restored(cloud, scene.now(cloud))
    kept = kept_copies(first.scene, expect.Inventory.taken(cloud))
    assert kept
    ended(cloud, first)
    before = expect.Inventory.taken(cloud)

    for options in ({"timeoutHours": AT_ONCE}, {"keepCopies": True, "timeoutHours": AT_ONCE}):
        failed = expect.run(cloud, scene.asking(options=options))
        assert (failed.status, failed.error) == ("FAILED", "Restore.TimedOut"), failed.cause
        expect.unchanged_since(cloud, before)

    again = expect.restored(cloud, scene.asking(options={"keepCopies": False}).now(cloud))

    assert again.ended.output["left"] == []
    after = expect.Inventory.taken(cloud)
    # It was made from them, and not from others.
    new = {it.kind for it in after.new_since(before)}
    assert new == ({"DB instance"} if flow.startswith("rds") else {"instance", "volume"})
    assert not after.gone_since(before)
    assert kept <= after.things.keys()


def ended(cloud, restored):
    """Its owner ends what was restored: an instance, and with it the root volume."""
    made = restored.ended.output["target"]
    if "dbInstanceIdentifier" in made:
        rds = cloud.client("rds", restored.scene.target)
        identifier = made["dbInstanceIdentifier"]
        rds.delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True)
        waiter = rds.get_waiter("db_instance_deleted")
        waiter.wait(DBInstanceIdentifier=identifier, WaiterConfig={"Delay": 1})
        return
    ec2 = cloud.client("ec2", restored.scene.target)
    instances = [restored.ended.output["target"]["instanceId"]]
    ec2.terminate_instances(InstanceIds=instances)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=instances, WaiterConfig={"Delay": 1})


def is_loose(inventory, volume, restored):
    """Whether it is a volume of the restore that is attached to nothing."""
    facts = inventory.things[volume]
    return facts["state"] == "available" and (
        facts["tags"].get("restore:id") == restored.scene.restore_id
    )
