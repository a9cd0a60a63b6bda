"""Sources named by their instance, and sources that are not ready or not there any more."""

import dataclasses

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import copied_db_snapshot, db_snapshot, source_database
from restore.arrange.instance import copied_snapshot, image_set, snapshot_set, source_instance
from restore.arrange.scene import instant
from restore.example import example
from restore.inventory import Inventory
from restore.place import NEAR, SOURCE, Place

NEAR_SOURCE = Place(SOURCE, NEAR)
SNAPSHOT_SECONDS = 20
DEADLINE_SECONDS = 5


@pytest.mark.parametrize(("at", "expected"), [("latest", 1), ("between", 0)])
def test_an_instance_is_restored_from_its_newest_set_at_or_before_an_instant(cloud, at, expected):
    instance = source_instance(cloud, NEAR_SOURCE, sets=2)
    request = example("ec2-cross-account")
    scene = arrange(cloud, request, instance=instance)
    wanted = "latest" if at == "latest" else instant(instance.sets[0].taken_at)
    scene = scene.asking(source__ec2__at=wanted)

    expect.as_asked(cloud, expect.restored(cloud, scene))
    assert scene.snapshots == instance.sets[expected].by_device


@pytest.mark.parametrize(("at", "expected"), [("latest", 1), ("between", 0)])
def test_a_db_instance_is_restored_from_its_newest_snapshot_at_or_before_an_instant(
    cloud, at, expected
):
    database = source_database(cloud, NEAR_SOURCE, snapshots=2)
    scene = arrange(cloud, example("rds-cross-account-cross-region"), database=database)
    wanted = "latest" if at == "latest" else instant(database.snapshots[0].taken_at)
    scene = scene.asking(source__rds__at=wanted)

    expect.as_asked(cloud, expect.restored(cloud, scene))
    assert scene.snapshots == {"db": database.snapshots[expected].arn}


def test_a_snapshot_still_pending_is_waited_for(cloud):
    instance = source_instance(cloud, NEAR_SOURCE)
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)
    with cloud.lasting(snapshot=SNAPSHOT_SECONDS):
        pending = snapshot_set(cloud, instance, wait=False)
        volumes = [
            volume | {"snapshotId": pending.by_device[volume["deviceName"]]}
            for volume in scene.request["source"]["ec2"]["volumes"]
        ]
        scene = scene.asking(source__ec2__volumes=volumes).now(cloud)
        restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)
    [planning] = [it for it in restore.ended.narrative.chapters if it.state == "Plan restore"]
    assert planning.turns > 1


def test_a_db_snapshot_still_being_made_is_waited_for(cloud):
    database = source_database(cloud, NEAR_SOURCE)
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    with cloud.lasting(db_snapshot=SNAPSHOT_SECONDS):
        pending = db_snapshot(cloud, database, wait=False)
        scene = dataclasses.replace(scene, database=database.with_snapshot(pending))
        scene = scene.asking(source__rds__dbSnapshotIdentifier=pending.arn).now(cloud)
        restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)
    [planning] = [it for it in restore.ended.narrative.chapters if it.state == "Plan restore"]
    assert planning.turns > 1


def test_a_snapshot_still_pending_at_the_deadline_ends_the_restore_with_nothing_changed(
    cloud, instance
):
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)
    with cloud.lasting(snapshot_copy=SNAPSHOT_SECONDS):
        pending = copied_snapshot(cloud, instance, "/dev/sdf")

    times_out(cloud, scene.asking(source__ec2__volumes__1__snapshotId=pending))


@pytest.mark.usefixtures("db_instances_go")
def test_a_db_snapshot_still_being_made_at_the_deadline_ends_the_restore_with_nothing_changed(
    cloud,
):
    database = source_database(cloud, NEAR_SOURCE)
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    with cloud.lasting(db_snapshot_copy=SNAPSHOT_SECONDS):
        pending = copied_db_snapshot(cloud, database)

    times_out(cloud, scene.asking(source__rds__dbSnapshotIdentifier=pending))


def times_out(cloud, scene):
    """The restore waits for its source until the deadline, and has only read then."""
    before = Inventory.taken(cloud)
    scene = scene.asking(options={"timeoutHours": DEADLINE_SECONDS / 3600})

    ended = expect.refused(cloud, scene, "Restore.TimedOut", "options.timeoutHours", "deadline")

    expect.unchanged_since(cloud, before)
    [planning] = [it for it in ended.narrative.chapters if it.state == "Plan restore"]
    assert planning.turns > 1


def test_a_set_that_is_not_complete_yet_does_not_count_as_the_newest(cloud):
    instance = source_instance(cloud, NEAR_SOURCE, sets=1)
    with cloud.lasting(snapshot=600):
        snapshot_set(cloud, instance, wait=False)
    request = example("ec2-cross-account")
    request["source"]["ec2"]["at"] = "latest"
    scene = arrange(cloud, request, instance=instance)

    expect.as_asked(cloud, expect.restored(cloud, scene))


def test_an_instance_that_is_gone_is_restored_from_its_snapshots(cloud):
    instance = source_instance(cloud, NEAR_SOURCE)
    terminated(cloud, instance)
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)
    # The settings of volumes that went with the instance are known to the request alone.
    scene = scene.asking(
        source__ec2__volumes__0__volumeType="gp3", source__ec2__volumes__2__volumeType="gp3"
    )

    expect.as_asked(cloud, expect.restored(cloud, scene))


def test_an_instance_that_is_gone_is_restored_from_the_newest_ami_made_of_it(cloud):
    instance = source_instance(cloud, NEAR_SOURCE, sets=0)
    instance = instance.with_set(image_set(cloud, instance))
    with cloud.lasting(image=600, snapshot=600):
        image_set(cloud, instance, wait=False)
        terminated(cloud, instance)
        request = example("ec2-cross-account")
        request["source"]["ec2"]["at"] = "latest"
        scene = arrange(cloud, request, instance=instance)

        expect.as_asked(cloud, expect.restored(cloud, scene))


def test_an_instance_that_is_gone_without_an_ami_is_refused(cloud):
    instance = source_instance(cloud, NEAR_SOURCE)
    terminated(cloud, instance)
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)

    words = (instance.instance_id, "not there any more", "source.ec2.volumes")
    expect.refused(cloud, scene, "Restore.InvalidInput", "source.ec2.instanceId", *words)


def terminated(cloud, instance):
    """Ends the instance, and with it the volumes that go with it."""
    ec2 = cloud.client("ec2", instance.place)
    ec2.terminate_instances(InstanceIds=[instance.instance_id])
    ec2.get_waiter("instance_terminated").wait(
        InstanceIds=[instance.instance_id], WaiterConfig={"Delay": 1}
    )
