"""A restored DB instance is up once all is there that RDS was asked to modify.

RDS answers `ModifyDBInstance` before it begins, and takes none while it makes a backup.
"""

import expect
import pytest
from restore.arrange import arrange
from restore.check.calls import by_roles, operation
from restore.check.database import restored_database
from restore.example import example

pytestmark = pytest.mark.usefixtures("db_instances_go")

LATE = 6
"""Seconds until a modification begins: longer than all that a restore does after it."""

BUSY = "InvalidDBInstanceState"
TIMES = 12
"""More often than a call is tried again that AWS refuses for the moment."""


@pytest.fixture
def scene(cloud, database):
    return arrange(cloud, example("rds-cross-account-cross-region"), database=database)


def test_a_restore_ends_once_all_is_there_that_rds_begins_late(cloud, scene):
    assert scene.request["target"]["rds"]["enablePerformanceInsights"] is True

    with cloud.lasting(db_instance_modification_beginning=LATE):
        restore = expect.restored(cloud, scene)
        seen = restored_database(cloud, scene)

    assert seen["DBInstanceStatus"] == "available"
    assert seen["PerformanceInsightsEnabled"] is True
    assert modifications(cloud, scene) == ["ok"]
    expect.as_asked(cloud, restore)


def test_a_backup_that_begins_once_it_is_available_is_waited_for(cloud, scene):
    refused = {
        "kind": "error",
        "match": {"function": "restore-create-instance", "action": "rds:ModifyDBInstance"},
        "error": {
            "code": BUSY,
            "message": "Database instance is not in available state.",
            "status": 400,
        },
        "times": TIMES,
    }

    with cloud.disturbed(refused):
        restore = expect.restored(cloud, scene)

    assert modifications(cloud, scene) == [*[BUSY] * TIMES, "ok"]
    expect.as_asked(cloud, restore)


def modifications(cloud, scene):
    """What became of the calls by which the restore asked RDS to modify its DB instance."""
    calls = by_roles(cloud.calls(scene.calls_before))
    return [it["outcome"] for it in calls if operation(it) == "rds:ModifyDBInstance"]
