"""Shares: given to the target account alone, and taken back, but only where they were given."""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import source_database
from restore.arrange.instance import source_instance
from restore.example import example
from restore.place import HOME, TARGET
from sharing import NEAR_SOURCE, shared_with, tag_of


@pytest.mark.parametrize("others", [[TARGET], [HOME, TARGET]], ids=["alone", "among others"])
def test_a_share_of_a_snapshot_that_existed_before_is_not_withdrawn(cloud, others):
    instance = source_instance(cloud, NEAR_SOURCE, sets=2)
    ec2 = cloud.client("ec2", NEAR_SOURCE)
    shared = instance.sets[0].by_device["/dev/sdf"]
    ec2.modify_snapshot_attribute(
        SnapshotId=shared,
        Attribute="createVolumePermission",
        OperationType="add",
        UserIds=others,
    )
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)

    expect.as_asked(cloud, expect.restored(cloud, scene))

    assert shared_with(cloud, shared) == (tuple(others), ())


def test_a_share_of_a_db_snapshot_that_existed_before_is_not_withdrawn(cloud):
    database = source_database(cloud, NEAR_SOURCE)
    rds, shared = cloud.client("rds", NEAR_SOURCE), database.snapshots[0].identifier
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier=shared, AttributeName="restore", ValuesToAdd=[TARGET]
    )
    scene = arrange(cloud, example("rds-cross-account"), database=database)

    expect.as_asked(cloud, expect.restored(cloud, scene))

    assert shared_with(cloud, database.snapshots[0].arn) == ((TARGET,), ())


def given_by_another_restore(cloud, snapshot, account=TARGET):
    """Shares the snapshot as another restore does that is still under way; its tag's key."""
    ec2, key = cloud.client("ec2", NEAR_SOURCE), tag_of("another", account)
    ec2.create_tags(Resources=[snapshot], Tags=[{"Key": key, "Value": "given"}])
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot,
        Attribute="createVolumePermission",
        OperationType="add",
        UserIds=[account],
    )
    return key


def test_a_share_that_another_restore_relies_on_stays_and_is_told(cloud):
    instance = source_instance(cloud, NEAR_SOURCE, sets=2)
    shared = instance.sets[0].by_device["/dev/sdf"]
    theirs = given_by_another_restore(cloud, shared)
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)

    ended = expect.restored(cloud, scene).ended

    assert shared_with(cloud, shared) == ((TARGET,), (theirs,))
    [left] = ended.output["left"]
    assert shared in left["resource"]
    assert left["why"] == "used by restore another"
    expect.ends_as_asked(cloud, scene)


def test_a_share_with_another_account_by_another_restore_is_neither_used_nor_withdrawn(cloud):
    instance = source_instance(cloud, NEAR_SOURCE, sets=2)
    shared = instance.sets[0].by_device["/dev/sdf"]
    theirs = given_by_another_restore(cloud, shared, account=HOME)
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)

    expect.as_asked(cloud, expect.restored(cloud, scene))

    assert shared_with(cloud, shared) == ((HOME,), (theirs,))
