"""An inventory sees whom a snapshot is shared with, whoever that is, and nothing that has gone."""

import pytest

from restore import inventory
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


def test_a_snapshot_that_goes_while_it_is_looked_at_is_not_there(cloud, snapshot, monkeypatch):
    ec2 = cloud.client("ec2", PLACE)
    copied = ec2.copy_snapshot(SourceRegion=PLACE.region, SourceSnapshotId=snapshot)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[copied], WaiterConfig={"Delay": 1})
    share = {"Attribute": "createVolumePermission", "UserIds": [STRANGER]}
    ec2.modify_snapshot_attribute(SnapshotId=copied, OperationType="add", **share)
    look = inventory._permitted

    def look_too_late(client, listed):
        if listed == copied:
            ec2.delete_snapshot(SnapshotId=copied)
        return look(client, listed)

    monkeypatch.setattr(inventory, "_permitted", look_too_late)
    taken = Inventory.taken(cloud, [PLACE], ["snapshot"])

    assert Thing("snapshot", PLACE, snapshot) in taken.things
    assert Thing("snapshot", PLACE, copied) not in taken.things


def test_a_db_snapshot_that_goes_while_it_is_looked_at_is_not_there(
    cloud, db_snapshot, monkeypatch
):
    rds = cloud.client("rds", PLACE)
    rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier=db_snapshot.identifier, TargetDBSnapshotIdentifier="too-late"
    )
    rds.get_waiter("db_snapshot_available").wait(
        DBSnapshotIdentifier="too-late", WaiterConfig={"Delay": 1}
    )
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="too-late", AttributeName="restore", ValuesToAdd=[STRANGER]
    )
    look = inventory._restorers

    def look_too_late(client, listed):
        if listed == "too-late":
            rds.delete_db_snapshot(DBSnapshotIdentifier="too-late")
        return look(client, listed)

    monkeypatch.setattr(inventory, "_restorers", look_too_late)
    taken = Inventory.taken(cloud, [PLACE], ["DB snapshot"])

    assert Thing("DB snapshot", PLACE, db_snapshot.identifier) in taken.things
    assert Thing("DB snapshot", PLACE, "too-late") not in taken.things
