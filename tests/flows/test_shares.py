"""Shares: given to the target account alone, and taken back, but only where they were given."""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import source_database
from restore.arrange.instance import source_instance
from restore.example import example
from restore.place import HOME, NEAR, SOURCE, TARGET, Place

NEAR_SOURCE = Place(SOURCE, NEAR)


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

    left = ec2.describe_snapshot_attribute(SnapshotId=shared, Attribute="createVolumePermission")
    assert sorted(it["UserId"] for it in left["CreateVolumePermissions"]) == others


def test_a_share_of_a_db_snapshot_that_existed_before_is_not_withdrawn(cloud):
    database = source_database(cloud, NEAR_SOURCE)
    rds, shared = cloud.client("rds", NEAR_SOURCE), database.snapshots[0].identifier
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier=shared, AttributeName="restore", ValuesToAdd=[TARGET]
    )
    scene = arrange(cloud, example("rds-cross-account"), database=database)

    expect.as_asked(cloud, expect.restored(cloud, scene))

    attributes = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=shared)
    [values] = [
        it["AttributeValues"]
        for it in attributes["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
        if it["AttributeName"] == "restore"
    ]
    assert values == [TARGET]
