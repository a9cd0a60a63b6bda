"""Snapshots that RDS or AWS Backup takes: they can be restored and copied, but not shared."""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import (
    KEY,
    automated_snapshot,
    aws_backup_snapshot,
    source_database,
)
from restore.arrange.instance import key_arn
from restore.arrange.keys import allow_staging, staging_key
from restore.example import example
from restore.place import Place

pytestmark = pytest.mark.usefixtures("db_instances_go")


def automated(cloud, flow, take):
    """The scene of a flow whose source is a snapshot that `take` waits for."""
    request = example(flow)
    place = Place.of(request["source"])
    database = source_database(cloud, place, snapshots=0, BackupRetentionPeriod=1)
    database = database.with_snapshot(take(cloud, database))
    request["source"]["rds"] = {"dbSnapshotIdentifier": "rds:orders-2026-11-23-03-10"}
    return arrange(cloud, request, database=database)


@pytest.mark.parametrize(
    ("flow", "take"),
    [
        ("rds-same-location", automated_snapshot),
        ("rds-cross-region", automated_snapshot),
        ("rds-cross-region", aws_backup_snapshot),
    ],
)
def test_within_its_account_an_automated_snapshot_is_as_good_as_any(cloud, flow, take):
    expect.as_asked(cloud, expect.restored(cloud, automated(cloud, flow, take)))


@pytest.mark.parametrize("take", [automated_snapshot, aws_backup_snapshot])
def test_between_accounts_it_is_refused_where_no_staging_key_is_given(cloud, take):
    scene = automated(cloud, "rds-cross-account", take)

    words = ("source.stagingKmsKeyId", scene.snapshots["db"], "automated")
    expect.refused(cloud, scene, "Restore.InvalidInput", *words)


@pytest.mark.parametrize(
    ("flow", "take"),
    [
        ("rds-cross-account", automated_snapshot),
        ("rds-cross-account", aws_backup_snapshot),
        ("rds-cross-account-cross-region", automated_snapshot),
    ],
)
def test_between_accounts_it_is_staged_under_the_staging_key(cloud, flow, take):
    scene = automated(cloud, flow, take)
    key = staging_key(cloud, scene.source)
    # The source role copies the snapshot, and so uses the key that it is under.
    allow_staging(cloud, key_arn(cloud, scene.source, KEY))
    restore = expect.restored(cloud, scene.asking(source__stagingKmsKeyId=key).now(cloud))

    expect.as_asked(cloud, restore)
    assert restore.tasks[:3] == ["Plan restore", "Stage snapshots", "Share snapshots"]
