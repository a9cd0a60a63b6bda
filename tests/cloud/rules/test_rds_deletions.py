"""DB instances and DB snapshots are deleted (rules 4 and 5)."""

import pytest
from aws import TARGET, WHILE, refused, unique
from databases import (
    ENDLESS,
    at_once,  # noqa: F401
    available,
    created,
    database,
    instance,
    passed_through,
    rds,
    restored,
    snapshot,
    snapshots,
    status,
    taken,
    taken_of,
)

pytestmark = pytest.mark.usefixtures("at_once")


def delete(name, **settings):
    settings = settings or {"SkipFinalSnapshot": True}
    return rds().delete_db_instance(DBInstanceIdentifier=name, **settings)["DBInstance"]


def test_an_instance_is_deleting_until_it_is_gone_and_keeps_its_name_until_then(settings):
    name = database()["DBInstanceIdentifier"]
    settings(durations={"db-instance-deletion": ENDLESS})
    assert status(delete(name)) == "deleting"
    assert status(instance(name)) == "deleting"
    refused(lambda: delete(name), "InvalidDBInstanceState", "already being deleted")
    refused(lambda: created(DBInstanceIdentifier=name), "DBInstanceAlreadyExists")


def test_a_deleted_instance_is_gone_and_its_name_is_free():
    name = database()["DBInstanceIdentifier"]
    delete(name.upper())
    assert instance(name) is None
    refused(lambda: delete(name), "DBInstanceNotFound")
    assert database(DBInstanceIdentifier=name)["DBInstanceIdentifier"] == name


def test_a_protected_instance_stays_until_its_protection_is_lifted():
    name = database(DeletionProtection=True)["DBInstanceIdentifier"]
    refused(lambda: delete(name), "InvalidParameterCombination", "disable deletion protection")
    assert status(instance(name)) == "available"
    rds().modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False)
    delete(name)
    assert instance(name) is None


def test_a_final_snapshot_is_either_named_or_skipped():
    name = database()["DBInstanceIdentifier"]
    final = unique("final")
    refused(
        lambda: delete(name, SkipFinalSnapshot=False), "InvalidParameterCombination", "is required"
    )
    refused(
        lambda: delete(name, SkipFinalSnapshot=True, FinalDBSnapshotIdentifier=final),
        "InvalidParameterCombination",
    )
    refused(lambda: delete(name, FinalDBSnapshotIdentifier="not--valid"), "InvalidParameterValue")
    used = taken()["DBSnapshotIdentifier"]
    refused(lambda: delete(name, FinalDBSnapshotIdentifier=used), "DBSnapshotAlreadyExists")
    assert status(instance(name)) == "available"
    delete(name, FinalDBSnapshotIdentifier=final)
    assert instance(name) is None
    assert snapshot(final)["SnapshotType"] == "manual"
    assert restored(final)["MasterUsername"] == "owner"


def test_the_instance_is_there_until_its_final_snapshot_is(settings):
    name, final = database()["DBInstanceIdentifier"], unique("final")
    settings(durations={"db-snapshot": WHILE, "db-instance-deletion": WHILE / 2})
    delete(name, FinalDBSnapshotIdentifier=final)
    assert (status(instance(name)), status(snapshot(final))) == ("deleting", "creating")
    assert passed_through(lambda: snapshot(final)) == ["creating", "available"]


def test_an_instance_that_is_being_created_is_deleted_without_a_final_snapshot(settings):
    settings(durations={"db-instance": ENDLESS})
    name = created()["DBInstanceIdentifier"]
    refused(
        lambda: delete(name, FinalDBSnapshotIdentifier=unique("final")), "InvalidDBInstanceState"
    )
    delete(name)
    assert instance(name) is None


def test_automated_snapshots_go_with_their_instance_unless_they_are_kept():
    gone, kept = (database(BackupRetentionPeriod=1) for _ in range(2))
    manual = taken_of(gone)
    delete(gone["DBInstanceIdentifier"])
    delete(kept["DBInstanceIdentifier"], SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    left = " ".join(snapshots(SnapshotType="automated"))
    assert gone["DBInstanceIdentifier"] not in left
    assert kept["DBInstanceIdentifier"] in left
    assert snapshot(manual["DBSnapshotIdentifier"]) == manual


def test_a_deleted_snapshot_is_gone_and_its_name_is_free():
    source = database()
    name = taken_of(source)["DBSnapshotIdentifier"]
    answer = rds().delete_db_snapshot(DBSnapshotIdentifier=name.upper())["DBSnapshot"]
    assert (answer["DBSnapshotIdentifier"], answer["Status"]) == (name, "deleted")
    refused(lambda: rds().delete_db_snapshot(DBSnapshotIdentifier=name), "DBSnapshotNotFound")
    assert taken_of(source, DBSnapshotIdentifier=name)["DBSnapshotIdentifier"] == name


def test_an_automated_snapshot_is_not_deleted_by_hand():
    source = database(BackupRetentionPeriod=1)["DBInstanceIdentifier"]
    look = {"DBInstanceIdentifier": source, "SnapshotType": "automated"}
    (automated,) = rds().describe_db_snapshots(**look)["DBSnapshots"]
    refused(
        lambda: rds().delete_db_snapshot(DBSnapshotIdentifier=automated["DBSnapshotIdentifier"]),
        "InvalidDBSnapshotState",
        "automated snapshots cannot be deleted",
    )
    assert available(lambda: rds().describe_db_snapshots(**look)["DBSnapshots"][0])


def test_a_snapshot_that_is_not_available_is_not_deleted(settings):
    source = database()["DBInstanceIdentifier"]
    settings(durations={"db-snapshot": ENDLESS})
    name = unique("pending")
    rds().create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=source)
    refused(lambda: rds().delete_db_snapshot(DBSnapshotIdentifier=name), "InvalidDBSnapshotState")


def test_another_accounts_instance_is_not_deleted():
    made = database()
    for name in (made["DBInstanceIdentifier"], made["DBInstanceArn"]):
        refused(
            lambda name=name: rds(TARGET).delete_db_instance(
                DBInstanceIdentifier=name, SkipFinalSnapshot=True
            ),
            "DBInstanceNotFound",
        )
    assert instance(made["DBInstanceIdentifier"])
