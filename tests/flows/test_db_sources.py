"""Sources named by their DB instance: of when the data is, and of which of several of one name."""

import dataclasses
import secrets

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import (
    KEY,
    automated_snapshot,
    aws_backup_snapshot,
    copied_to,
    db_snapshot,
    remove,
    source_database,
)
from restore.arrange.instance import key_arn
from restore.arrange.keys import allow_staging, staging_key
from restore.arrange.scene import instant
from restore.example import example
from restore.place import FAR, NEAR, SOURCE, TARGET, Place

pytestmark = pytest.mark.usefixtures("db_instances_go")

OWN, ELSEWHERE = Place(TARGET, NEAR), Place(TARGET, FAR)
"""Where the target account has DB instances itself: the sources of flows within it."""
BY_INSTANCE = "source.rds.dbInstanceIdentifier"


def of_instance(cloud, flow, database, at="latest"):
    """The scene of a flow whose source is the DB instance."""
    request = example(flow)
    request["source"]["rds"] = {"dbInstanceIdentifier": database.identifier, "at": "latest"}
    scene = arrange(cloud, request, database=database)
    return scene.asking(source__rds__at=at)


def planned(cloud, scene):
    """The snapshot that the scene's restore would be of."""
    restore = expect.restored(cloud, scene.asking(options={"dryRun": True}))
    [snapshot] = restore.ended.output["plan"]["snapshots"]
    return snapshot["source"]


# Of when


def test_a_copy_of_an_old_snapshot_is_not_the_newest_however_late_it_was_made(cloud):
    database = source_database(cloud, OWN, snapshots=2)
    copied_to(cloud, OWN, database.snapshots[0])
    scene = of_instance(cloud, "rds-cross-region", database)
    restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)
    assert scene.snapshots == {"db": database.snapshots[1].arn}


def test_a_copy_made_after_an_instant_counts_at_it_where_its_data_is_old_enough(cloud):
    database = source_database(cloud, OWN)
    [original] = database.snapshots
    copy = copied_to(cloud, OWN, original)
    later = db_snapshot(cloud, database)
    cloud.client("rds", OWN).delete_db_snapshot(DBSnapshotIdentifier=original.identifier)
    database = dataclasses.replace(database, snapshots=(copy, later))
    scene = of_instance(cloud, "rds-cross-region", database, at=instant(original.taken_at))

    restore = expect.restored(cloud, scene.now(cloud))

    expect.as_asked(cloud, restore)
    assert scene.snapshots == {"db": copy.arn}


def test_a_restore_that_had_staged_the_newest_snapshot_goes_on_with_it(cloud):
    database = source_database(cloud, Place(SOURCE, NEAR), snapshots=0, BackupRetentionPeriod=1)
    database = database.with_snapshot(automated_snapshot(cloud, database))
    scene = of_instance(cloud, "rds-cross-account", database)
    key = staging_key(cloud, scene.source)
    allow_staging(cloud, key_arn(cloud, scene.source, KEY))
    scene = scene.asking(source__stagingKmsKeyId=key, options={"onFailure": "keep"}).now(cloud)
    name = scene.request["target"]["rds"]["dbInstanceIdentifier"]
    cloud.fail_next("db-instance", "restore-error", "", identifier=name)
    ended = expect.run(cloud, scene)
    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed"), ended.cause

    expect.restored(cloud, scene)

    expect.ends_as_asked(cloud, scene)


def test_between_accounts_a_copy_of_an_automated_snapshot_is_taken_where_nothing_is_staged(cloud):
    place = Place(SOURCE, NEAR)
    database = source_database(cloud, place, snapshots=0, BackupRetentionPeriod=1)
    copy = copied_to(cloud, place, automated_snapshot(cloud, database))
    scene = of_instance(cloud, "rds-cross-account", database.with_snapshot(copy))

    expect.as_asked(cloud, expect.restored(cloud, scene))


def test_what_aws_backup_has_taken_last_is_the_newest(cloud):
    database = source_database(cloud, OWN)
    database = database.with_snapshot(aws_backup_snapshot(cloud, database))
    scene = of_instance(cloud, "rds-cross-region", database)

    expect.as_asked(cloud, expect.restored(cloud, scene))
    assert ":snapshot:awsbackup:" in scene.snapshots["db"]


# Of which


def test_the_copies_of_another_regions_db_instance_of_that_name_are_not_its_own(cloud):
    database = source_database(cloud, OWN)
    other = source_database(cloud, ELSEWHERE, name=database.identifier)
    copied_to(cloud, OWN, other.snapshots[0])
    scene = of_instance(cloud, "rds-same-location", database)

    expect.as_asked(cloud, expect.restored(cloud, scene))
    assert scene.snapshots == {"db": database.snapshots[0].arn}


def test_of_several_db_instances_that_had_one_name_none_is_taken_for_another(cloud):
    first = source_database(cloud, OWN)
    remove(cloud, first)
    second = source_database(cloud, OWN, name=first.identifier)
    old, new = first.snapshots[0], second.snapshots[0]
    scene = of_instance(cloud, "rds-cross-region", second)
    before_the_second = scene.asking(source__rds__at=instant(old.taken_at))
    words = (BY_INSTANCE, old.identifier, "source.rds.dbSnapshotIdentifier")

    assert planned(cloud, scene) == new.arn
    expect.refused(cloud, before_the_second, "Restore.InvalidInput", *words)

    remove(cloud, second)
    expect.refused(cloud, scene, "Restore.InvalidInput", *words, new.identifier)
    assert planned(cloud, before_the_second) == old.arn


def test_a_db_instance_that_is_gone_comes_back_under_its_own_name_once(cloud):
    database = source_database(cloud, OWN)
    remove(cloud, database)
    scene = of_instance(cloud, "rds-same-location", database)
    own_name = {
        "target__rds__dbInstanceIdentifier": database.identifier,
        # What is made is backed up at once: a snapshot of that name, and none of what was lost.
        "target__rds__backupRetentionPeriod": 1,
    }
    scene = scene.asking(**own_name).now(cloud)
    restore = expect.restored(cloud, scene)
    expect.as_asked(cloud, restore)
    automated_snapshot(cloud, database)

    expect.doubles_nothing(cloud, restore)


def test_a_member_of_a_db_cluster_is_refused_by_the_name_of_that(cloud):
    rds, cluster = cloud.client("rds", OWN), f"aurora-{secrets.token_hex(3)}"
    settings = {"DBClusterIdentifier": cluster, "Engine": "aurora-postgresql"}
    rds.create_db_cluster(**settings, MasterUsername="orders", MasterUserPassword="correct-horse")
    member = f"{cluster}-1"
    rds.create_db_instance(**settings, DBInstanceIdentifier=member, DBInstanceClass="db.r6g.large")
    database = source_database(cloud, OWN)
    scene = of_instance(cloud, "rds-cross-region", database)

    words = (BY_INSTANCE, member, f"DB cluster {cluster}", "not supported yet")
    scene = scene.asking(source__rds__dbInstanceIdentifier=member)
    expect.refused(cloud, scene, "Restore.InvalidInput", *words)
