"""DB instances and DB snapshots pass through their states over time (rule 5)."""

import pytest
from aws import HOME, NEAR, SOURCE, TARGET, WHILE, elapse, refused, rules, unique
from databases import (
    ENDLESS,
    KINDS,
    at_once,  # noqa: F401
    available,
    copying,
    created,
    database,
    fails,
    instance,
    modified,
    passed_through,
    rds,
    restored,
    restoring,
    share,
    snapshot,
    status,
    taken,
    taken_of,
)

pytestmark = pytest.mark.usefixtures("at_once")

SLOW = dict.fromkeys(KINDS, WHILE)


def test_a_new_instance_is_created_then_available_and_has_an_endpoint_from_then_on(settings):
    settings(durations=SLOW)
    made = created()
    name = made["DBInstanceIdentifier"]
    assert made["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in made
    assert passed_through(lambda: instance(name)) == ["creating", "available"]
    assert instance(name)["Endpoint"]["Port"] == 5432


def test_an_instance_with_backups_is_backed_up_before_it_is_available(settings):
    settings(durations=SLOW)
    name = created(BackupRetentionPeriod=3)["DBInstanceIdentifier"]
    look = {"DBInstanceIdentifier": name, "SnapshotType": "automated"}
    assert passed_through(lambda: instance(name)) == ["creating", "backing-up", "available"]
    (automated,) = rds().describe_db_snapshots(**look)["DBSnapshots"]
    assert automated["DBSnapshotIdentifier"].startswith(f"rds:{name}-")
    assert (automated["Status"], automated["SnapshotType"]) == ("available", "automated")


def test_an_instance_without_backups_has_no_automated_snapshot():
    name = database()["DBInstanceIdentifier"]
    assert rds().describe_db_snapshots(DBInstanceIdentifier=name)["DBSnapshots"] == []


def test_a_restored_instance_is_configured_and_backed_up_as_it_was_asked_for(settings):
    source = taken(BackupRetentionPeriod=1)["DBSnapshotIdentifier"]
    settings(durations=SLOW)
    name = restoring(
        source, EnableIAMDatabaseAuthentication=True, EnableCloudwatchLogsExports=["postgresql"]
    )["DBInstanceIdentifier"]
    assert passed_through(lambda: instance(name)) == [
        "creating",
        "configuring-iam-database-auth",
        "configuring-log-exports",
        "backing-up",
        "available",
    ]


def test_an_instance_is_backing_up_while_a_snapshot_is_taken(settings):
    name = database()["DBInstanceIdentifier"]
    settings(durations={"db-snapshot": ENDLESS})
    rds().create_db_snapshot(DBSnapshotIdentifier=unique("slow"), DBInstanceIdentifier=name)
    assert status(instance(name)) == "backing-up"
    refused(
        lambda: rds().create_db_snapshot(
            DBSnapshotIdentifier=unique("next"), DBInstanceIdentifier=name
        ),
        "InvalidDBInstanceState",
    )
    refused(
        lambda: modified(name, DBInstanceClass="db.m6g.xlarge", ApplyImmediately=True),
        "InvalidDBInstanceState",
    )


def test_the_progress_of_a_snapshot_grows_to_100(settings):
    source = database()
    settings(durations=SLOW)
    name = unique("progress")
    rds().create_db_snapshot(
        DBSnapshotIdentifier=name, DBInstanceIdentifier=source["DBInstanceIdentifier"]
    )
    seen = []
    for _ in range(5):
        seen.append(snapshot(name)["PercentProgress"])
        elapse(WHILE / 4)
    assert seen == sorted(set(seen))
    assert (seen[0] < 25, seen[-1]) == (True, 100)
    copy = copying(name)
    assert copy["PercentProgress"] < 50
    elapse(WHILE)
    assert available(lambda: snapshot(copy["DBSnapshotIdentifier"]))["PercentProgress"] == 100


def test_stages_that_nobody_looked_at_took_their_time_all_the_same(settings):
    settings(durations=SLOW)
    name = created(BackupRetentionPeriod=1)["DBInstanceIdentifier"]
    elapse(3 * WHILE)
    assert status(instance(name)) == "available"


@pytest.mark.parametrize(
    "state",
    [
        "failed",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "insufficient-capacity",
        "restore-error",
        "storage-full",
    ],
)
def test_a_restore_ends_in_any_state_of_failure_that_is_ordered(state):
    source = taken()["DBSnapshotIdentifier"]
    name = unique("doomed")
    fails("db-instance", state, account=SOURCE, region=NEAR, identifier=name)
    assert restoring(source, DBInstanceIdentifier=name)["DBInstanceStatus"] == "creating"
    assert status(instance(name)) == state
    assert "Endpoint" not in instance(name)
    made = restored(source)
    assert status(made) == "available"
    assert "Endpoint" in made


def test_a_failure_is_ordered_for_one_account_only():
    fails("db-instance", "incompatible-restore", account=HOME)
    source = taken(TARGET)["DBSnapshotIdentifier"]
    assert status(restored(source, TARGET)) == "available"
    assert status(instance(created(HOME)["DBInstanceIdentifier"], HOME)) == "incompatible-restore"


def test_work_under_way_fails_too_when_it_is_named_by_its_arn(settings):
    source = taken()["DBSnapshotIdentifier"]
    settings(durations={"db-snapshot-copy": WHILE})
    copy = copying(source)
    fails("db-snapshot-copy", "failed", id=copy["DBSnapshotArn"])
    name = copy["DBSnapshotIdentifier"]
    assert passed_through(lambda: snapshot(name), "failed") == ["creating", "failed"]
    assert snapshot(name)["PercentProgress"] < 100


def test_a_failed_backup_leaves_its_instance_available():
    source = database()
    name = unique("failing")
    fails("db-snapshot", "failed", identifier=name)
    rds().create_db_snapshot(
        DBSnapshotIdentifier=name, DBInstanceIdentifier=source["DBInstanceIdentifier"]
    )
    assert status(snapshot(name)) == "failed"
    assert status(instance(source["DBInstanceIdentifier"])) == "available"
    assert status(taken_of(source)) == "available"


@pytest.mark.parametrize("state", ["failed", "incompatible-restore", "incompatible-network"])
def test_a_failed_instance_is_deleted_only_without_a_final_snapshot(state):
    source = taken()["DBSnapshotIdentifier"]
    fails("db-instance", state)
    name = restoring(source)["DBInstanceIdentifier"]
    refused(
        lambda: rds().delete_db_instance(
            DBInstanceIdentifier=name, FinalDBSnapshotIdentifier=unique("final")
        ),
        "InvalidDBInstanceState",
    )
    rds().delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    assert instance(name) is None


def test_a_failed_instance_is_neither_modified_nor_snapshotted():
    source = taken()["DBSnapshotIdentifier"]
    fails("db-instance", "incompatible-restore")
    name = restoring(source)["DBInstanceIdentifier"]
    refused(lambda: modified(name, DeletionProtection=True), "InvalidDBInstanceState")
    refused(
        lambda: rds().create_db_snapshot(
            DBSnapshotIdentifier=unique("no"), DBInstanceIdentifier=name
        ),
        "InvalidDBInstanceState",
    )


def test_a_modification_can_fail():
    name = database()["DBInstanceIdentifier"]
    fails("db-instance-modification", "incompatible-parameters", identifier=name)
    modified(name, DBInstanceClass="db.m6g.xlarge", ApplyImmediately=True)
    seen = instance(name)
    assert (status(seen), seen["DBInstanceClass"]) == ("incompatible-parameters", "db.m6g.large")
    modified(name, DBInstanceClass="db.m6g.2xlarge", ApplyImmediately=True)
    assert instance(name)["DBInstanceClass"] == "db.m6g.2xlarge"


def test_a_source_is_not_deleted_while_it_is_restored(settings):
    shared = taken()
    share(shared, TARGET)
    source = shared["DBSnapshotIdentifier"]
    settings(durations={"db-instance": WHILE})
    name = restoring(shared["DBSnapshotArn"], TARGET)["DBInstanceIdentifier"]
    refused(lambda: rds().delete_db_snapshot(DBSnapshotIdentifier=source), "InvalidDBSnapshotState")
    elapse(WHILE)
    available(lambda: instance(name, TARGET))
    gone = rds().delete_db_snapshot(DBSnapshotIdentifier=source)["DBSnapshot"]
    assert gone["Status"] == "deleted"
    assert snapshot(source) is None
    assert status(instance(name, TARGET)) == "available"


def test_durations_are_known_by_name():
    known = rules("GET", "settings")["durations"]
    assert set(KINDS) <= set(known)
