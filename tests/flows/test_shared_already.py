"""A plan tells whom its snapshots are shared with already, as the source role may ask."""

import expect
from restore.arrange import arrange
from restore.example import example

OTHER = "999988887777"
NOBODY = {"accounts": 0, "target": False, "everybody": False}


def told(cloud, scene):
    """Whom each snapshot of the plan is shared with."""
    since = cloud.last_call()
    restore = expect.restored(cloud, scene.asking(options={"dryRun": True}))
    expect.only_read(cloud, since)
    return [it.get("sharedWith") for it in restore.ended.output["plan"]["snapshots"]]


def test_of_each_snapshot_of_an_instance(cloud):
    scene = arrange(cloud, example("ec2-cross-account-cross-region"))
    first, second, _ = scene.snapshots.values()
    ec2 = cloud.client("ec2", scene.source)
    for snapshot, accounts in ((first, [OTHER, scene.target.account]), (second, [OTHER])):
        ec2.modify_snapshot_attribute(
            SnapshotId=snapshot,
            Attribute="createVolumePermission",
            OperationType="add",
            UserIds=accounts,
        )

    assert told(cloud, scene) == [
        {"accounts": 2, "target": True, "everybody": False},
        {"accounts": 1, "target": False, "everybody": False},
        NOBODY,
    ]


def test_of_a_db_snapshot(cloud):
    scene = arrange(cloud, example("rds-cross-account"))
    assert told(cloud, scene) == [NOBODY]

    [snapshot] = scene.database.snapshots
    cloud.client("rds", scene.source).modify_db_snapshot_attribute(
        DBSnapshotIdentifier=snapshot.identifier,
        AttributeName="restore",
        ValuesToAdd=[OTHER, scene.target.account],
    )

    assert told(cloud, scene) == [{"accounts": 2, "target": True, "everybody": False}]


def test_within_one_account_nobody_is_asked_about(cloud):
    scene = arrange(cloud, example("rds-same-location"))

    assert told(cloud, scene) == [None]
