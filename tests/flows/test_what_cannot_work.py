"""Snapshots with which AWS lets nothing be done: said so before anything is touched."""

from contextlib import suppress

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import KEY, source_database
from restore.arrange.instance import copied_snapshot, key_arn
from restore.arrange.keys import allow_staging, staging_key
from restore.example import example
from restore.place import Place
from restore.waiting import eventually

pytestmark = pytest.mark.usefixtures("db_instances_go")

CLASS = "db.m5.large"
TDE = {
    "oracle-ee": {
        "EngineVersion": "19.0.0.0.ru-2025-01.rur-2025-01.r1",
        "DBParameterGroupName": "default.oracle-ee-19",
        "Port": 1521,
    },
    "sqlserver-ee": {
        "EngineVersion": "15.00.4415.2.v1",
        "DBParameterGroupName": "default.sqlserver-ee-15.0",
        "Port": 1433,
    },
}
"""The engines that know Transparent Data Encryption: a permanent option, and a persistent one."""
MAJOR = {"oracle-ee": "19", "sqlserver-ee": "15.00"}


# The archive tier


def test_an_archived_snapshot_is_refused_until_it_is_brought_back(cloud, instance):
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)
    archived = archived_copy(cloud, instance, "/dev/sdf")
    scene = scene.asking(source__ec2__volumes__1__snapshotId=archived)

    words = ("source.ec2.volumes[1].snapshotId", archived, "ec2:RestoreSnapshotTier")
    expect.refused(cloud, scene, "Restore.InvalidInput", *words)

    ec2 = cloud.client("ec2", scene.source)
    ec2.restore_snapshot_tier(SnapshotId=archived, PermanentRestore=True)
    eventually("the snapshot", lambda: in_tier(ec2, archived, "standard"))
    expect.restored(cloud, scene.asking(options={"dryRun": True}))


def archived_copy(cloud, instance, device):
    """The id of a copy of the device's snapshot, which is in the archive."""
    ec2, copy = cloud.client("ec2", instance.place), copied_snapshot(cloud, instance, device)
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[copy], WaiterConfig={"Delay": 1})
    ec2.modify_snapshot_tier(SnapshotId=copy, StorageTier="archive")
    eventually("the archive", lambda: in_tier(ec2, copy, "archive"))
    return copy


def in_tier(ec2, snapshot, tier):
    [seen] = ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    return seen["StorageTier"] == tier


# Options that stay with a DB snapshot


@pytest.mark.parametrize("engine", TDE)
def test_a_db_snapshot_with_transparent_data_encryption_cannot_go_to_another_account(cloud, engine):
    scene = encrypted_by_its_engine(cloud, engine)

    words = (scene.snapshots["db"], "permanent or persistent option TDE", "be shared")
    expect.refused(cloud, scene, "Restore.InvalidInput", *words)


def test_no_staging_key_helps_a_db_snapshot_with_transparent_data_encryption(cloud):
    scene = encrypted_by_its_engine(cloud, "oracle-ee")
    key = staging_key(cloud, scene.source)
    # So that nothing else stands in the way.
    allow_staging(cloud, key_arn(cloud, scene.source, KEY))

    # A copy in the same account has the same options.
    words = (scene.snapshots["db"], "permanent or persistent option TDE")
    scene = scene.asking(source__stagingKmsKeyId=key)
    expect.refused(cloud, scene, "Restore.InvalidInput", *words)


def encrypted_by_its_engine(cloud, engine):
    """The scene of a DB snapshot whose option group has TDE, to another account."""
    request = example("rds-cross-account")
    place = Place.of(request["source"])
    database = source_database(
        cloud,
        place,
        Engine=engine,
        DBInstanceClass=CLASS,
        OptionGroupName=group_with_tde(cloud, place, engine),
        **TDE[engine],
    )
    return arrange(cloud, request, database=database).asking(
        target__rds__dbInstanceClass=CLASS,
        target__rds__enableIamDatabaseAuthentication=...,
        target__rds__engineLifecycleSupport=...,
    )


def group_with_tde(cloud, place, engine):
    rds, name = cloud.client("rds", place), f"tde-{engine}"
    with suppress(rds.exceptions.OptionGroupAlreadyExistsFault):
        rds.create_option_group(
            OptionGroupName=name,
            EngineName=engine,
            MajorEngineVersion=MAJOR[engine],
            OptionGroupDescription="TDE",
        )
    rds.modify_option_group(
        OptionGroupName=name, OptionsToInclude=[{"OptionName": "TDE"}], ApplyImmediately=True
    )
    return name
