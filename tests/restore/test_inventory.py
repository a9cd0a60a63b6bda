"""An inventory sees whom a snapshot is shared with, whoever that is."""

import pytest

from restore.arrange.database import source_database
from restore.inventory import Inventory, Thing
from restore.place import NEAR, SOURCE, Place

PLACE = Place(SOURCE, NEAR)
STRANGER = "777788889999"
"""None of the three accounts."""


@pytest.fixture(scope="module")
def snapshot(cloud):
    """An EBS snapshot that may be shared with anybody: it is not encrypted."""
    ec2 = cloud.client("ec2", PLACE)
    volume = ec2.create_volume(AvailabilityZone=PLACE.zone(), Size=8)["VolumeId"]
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume], WaiterConfig={"Delay": 1})
    made = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[made], WaiterConfig={"Delay": 1})
    return made


@pytest.fixture(scope="module")
def db_snapshot(cloud):
    """A DB snapshot that may be shared with anybody: it is not encrypted."""
    [made] = source_database(cloud, PLACE, key=None).snapshots
    return made


def shares(cloud, kind, snapshot):
    """Whom an inventory says that the snapshot is shared with."""
    taken = Inventory.taken(cloud, [PLACE], [kind])
    return taken.things[Thing(kind, PLACE, snapshot)]["shared with"]


@pytest.mark.parametrize("others", [{"UserIds": [STRANGER]}, {"GroupNames": ["all"]}], ids=str)
def test_a_share_of_a_snapshot_is_seen_whomever_it_is_with(cloud, snapshot, others):
    ec2 = cloud.client("ec2", PLACE)
    share = {"SnapshotId": snapshot, "Attribute": "createVolumePermission", **others}

    ec2.modify_snapshot_attribute(**share, OperationType="add")
    shared = shares(cloud, "snapshot", snapshot)
    ec2.modify_snapshot_attribute(**share, OperationType="remove")

    assert [shared] == list(others.values())
    assert shares(cloud, "snapshot", snapshot) == []


@pytest.mark.parametrize("whom", [STRANGER, "all"])
@pytest.mark.parametrize("named_by", ["identifier", "arn"])
def test_a_share_of_a_db_snapshot_is_seen_whomever_it_is_with(cloud, db_snapshot, whom, named_by):
    rds = cloud.client("rds", PLACE)
    share = {
        "DBSnapshotIdentifier": getattr(db_snapshot, named_by),
        "AttributeName": "restore",
    }

    rds.modify_db_snapshot_attribute(**share, ValuesToAdd=[whom])
    shared = shares(cloud, "DB snapshot", db_snapshot.identifier)
    rds.modify_db_snapshot_attribute(**share, ValuesToRemove=[whom])

    assert shared == [whom]
    assert shares(cloud, "DB snapshot", db_snapshot.identifier) == []
