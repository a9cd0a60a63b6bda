"""A share that is taken away before the restore which gave it has used it.

Another restore that ends looks whose tags are on the snapshot before it withdraws the permission,
and AWS shows tags late: it may take the permission from one that has just come. A person may, too.
"""

import secrets

import expect
import pytest
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.place import TARGET
from sharing import NEAR_SOURCE, shared_with, tag_of
from stopped import disturbed, execution_arn, until


@pytest.mark.parametrize("flow", ["ec2-cross-account-cross-region", "rds-cross-account"])
def test_a_share_that_is_withdrawn_before_it_is_seen_is_given_once_more(
    cloud, instance, database, flow
):
    source = {"instance": instance} if flow.startswith("ec2") else {"database": database}
    scene = arrange(cloud, example(flow), **source)
    looking = "Look at shared snapshots"
    other = f"{scene.restore_id}-{secrets.token_hex(4)}"
    begun = disturbed(
        cloud,
        scene,
        f"wait in {looking} until {execution_arn(cloud.state_machine, other)} is in Plan restore",
    )
    until(cloud, begun, looking)
    for snapshot in scene.snapshots.values():
        accounts, tags = shared_with(cloud, snapshot)
        assert (accounts, tags) == ((TARGET,), (tag_of(scene.restore_id, TARGET),))
        withdraw(cloud, snapshot)
        assert shared_with(cloud, snapshot) == ((), tags)

    disturbed(cloud, scene.asking(options={"dryRun": True}), "", other)
    ended = follow(cloud, begun)

    ended.raise_unless_succeeded()
    states = [chapter.state for chapter in ended.narrative.chapters]
    assert states.count("Share snapshots") == 2
    expect.ends_as_asked(cloud, scene)
    assert {shared_with(cloud, it) for it in scene.snapshots.values()} == {((), ())}


def withdraw(cloud, snapshot):
    """Takes the permission of the target account on a snapshot away, as its owner may."""
    if snapshot.startswith("arn:aws:rds:"):
        cloud.client("rds", NEAR_SOURCE).modify_db_snapshot_attribute(
            DBSnapshotIdentifier=snapshot.rpartition(":")[2],
            AttributeName="restore",
            ValuesToRemove=[TARGET],
        )
    else:
        cloud.client("ec2", NEAR_SOURCE).modify_snapshot_attribute(
            SnapshotId=snapshot,
            Attribute="createVolumePermission",
            OperationType="remove",
            UserIds=[TARGET],
        )
