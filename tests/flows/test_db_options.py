"""Options that stay with a DB snapshot: a copy needs a group with them, and few can be shared."""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import KEY, automated_snapshot, source_database
from restore.arrange.db_groups import option_group
from restore.arrange.instance import key_arn
from restore.arrange.keys import allow_staging, staging_key
from restore.check.database import restored_database
from restore.example import example
from restore.place import Place

ORACLE = {
    "Engine": "oracle-ee",
    "EngineVersion": "19.0.0.0.ru-2024-07.rur-2024-07.r1",
    "DBInstanceClass": "db.m5.large",
    "DBParameterGroupName": "default.oracle-ee-19",
}
NOT_OF_ORACLE = (
    "dbParameterGroupName",
    "enableCloudwatchLogsExports",
    "enableIamDatabaseAuthentication",
    "engineLifecycleSupport",
)
"""What the examples ask of PostgreSQL."""

INVALID = "Restore.InvalidInput"


def oracle_group(cloud, place, *options):
    return option_group(cloud, place, "oracle-ee", "19", *options)


def oracle(cloud, flow, *options, automated=False):
    """The scene of a flow whose source is an Oracle DB instance with these options."""
    request = example(flow)
    place = Place.of(request["source"])
    group = oracle_group(cloud, place, *options)
    settings = ORACLE | {"OptionGroupName": group}
    if automated:
        settings |= {"BackupRetentionPeriod": 1}
    database = source_database(cloud, place, snapshots=0 if automated else 1, **settings)
    if automated:
        database = database.with_snapshot(automated_snapshot(cloud, database))
        request["source"]["rds"] = {"dbSnapshotIdentifier": "rds:orders-2026-11-23-03-10"}
    scene = arrange(cloud, request, database=database)
    left_out = {f"target__rds__{field}": ... for field in NOT_OF_ORACLE}
    return scene.asking(target__rds__dbInstanceClass="db.m5.large", **left_out)


def naming(scene, group):
    return scene.asking(target__rds__optionGroupName=group)


def restored_into(cloud, scene, group):
    """The scene ends with a DB instance under the target key and in the option group."""
    expect.restored(cloud, scene)
    made = restored_database(cloud, scene)
    assert made["OptionGroupMemberships"][0]["OptionGroupName"] == group
    assert made["KmsKeyId"] == scene.request["target"]["kmsKeyId"]


def test_a_copy_to_another_region_needs_a_group_with_the_options_that_stay(cloud):
    scene = oracle(cloud, "rds-cross-region", "TDE", "Timezone")
    expect.refused(cloud, scene, INVALID, "target.rds.optionGroupName: required", "TDE, Timezone")

    half = oracle_group(cloud, scene.target, "Timezone")
    words = ("target.rds.optionGroupName", half, "lacks TDE")
    expect.refused(cloud, naming(scene, half), INVALID, *words)

    whole = oracle_group(cloud, scene.target, "TDE", "Timezone")
    restored_into(cloud, naming(scene, whole).now(cloud), whole)


@pytest.mark.parametrize("automated", [False, True], ids=["manual", "automated"])
def test_between_accounts_no_key_helps_a_snapshot_that_no_copy_could_be_shared_of(cloud, automated):
    scene = oracle(cloud, "rds-cross-account", "TDE", automated=automated)
    words = ("source.rds.dbSnapshotIdentifier", "option TDE", "neither it nor a copy of it")
    expect.refused(cloud, scene, INVALID, *words)

    key = staging_key(cloud, scene.source)
    allow_staging(cloud, key_arn(cloud, scene.source, KEY))
    expect.refused(cloud, scene.asking(source__stagingKmsKeyId=key), INVALID, *words)


def test_an_option_that_can_be_shared_needs_a_group_in_the_other_account(cloud):
    scene = oracle(cloud, "rds-cross-account", "Timezone")
    words = ("target.rds.optionGroupName: required", "Timezone", scene.target.account)
    expect.refused(cloud, scene, INVALID, *words)

    group = oracle_group(cloud, scene.target, "Timezone")
    restored_into(cloud, naming(scene, group).now(cloud), group)


def test_the_first_of_two_copies_can_name_no_group_and_the_other_way_is_told(cloud):
    scene = oracle(cloud, "rds-cross-account-cross-region", "OLS")

    words = ("source.rds.dbInstanceIdentifier", "OLS", "copy it to Region eu-central-1")
    expect.refused(cloud, scene, INVALID, *words)
