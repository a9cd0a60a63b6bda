"""Each check of a restored DB instance fails when what it looks at is wrong."""

import pytest

from restore.arrange import arrange
from restore.by_hand import restore_database
from restore.check import check
from restore.check.database import LOOKED_AT, unchecked
from restore.example import FLOWS, example
from restore.place import FAR, NEAR, SOURCE, TARGET


@pytest.fixture(scope="module")
def done(cloud):
    """A right restore: its scene and outcome."""
    scene = arrange(cloud, example("rds-cross-account-cross-region"))
    return scene, restore_database(cloud, scene)


def off(cloud, scene, outcome):
    """The checks that fail."""
    return {it.what for it in check(cloud, scene, outcome) if not it.ok}


def test_nothing_is_off_where_all_is_right(cloud, done):
    assert off(cloud, *done) == set()


def test_every_field_of_every_example_is_looked_at():
    asked = [example(flow)["target"].get("rds", {}) for flow in FLOWS]

    assert {name for it in asked for name in unchecked(it)} == set()


def test_a_field_that_no_check_looks_at_is_itself_off(cloud, done):
    scene, outcome = done

    assert off(cloud, scene.asking(target__rds__colour="blue"), outcome) == {"place"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dbSubnetGroupName", "other"),
        ("vpcSecurityGroupIds", ["sg-0"]),
        ("availabilityZone", f"{FAR}z"),
        ("multiAz", False),
        ("port", 5999),
        ("publiclyAccessible", True),
        ("dbInstanceClass", "db.t4g.micro"),
        ("dbParameterGroupName", "other"),
        ("optionGroupName", "other"),
        ("caCertificateIdentifier", "rds-ca-2015"),
        ("enableIamDatabaseAuthentication", True),
        ("manageMasterUserPassword", True),
        ("storageType", "io1"),
        ("allocatedStorage", 401),
        ("iops", 12001),
        ("storageThroughput", 501),
        ("maxAllocatedStorage", 1001),
        ("backupRetentionPeriod", 1),
        ("deletionProtection", False),
        ("copyTagsToSnapshot", False),
        ("enableCloudwatchLogsExports", ["upgrade"]),
        ("preferredMaintenanceWindow", "mon:00:00-mon:01:00"),
        ("monitoringInterval", 60),
        ("enablePerformanceInsights", False),
        ("engineLifecycleSupport", "other"),
        ("licenseModel", "other"),
        ("networkType", "other"),
        ("monitoringRoleArn", "other"),
    ],
)
def test_a_setting_that_is_not_as_asked_is_seen(cloud, done, field, value):
    scene, outcome = done
    [group] = [what for what, fields in LOOKED_AT.items() if field in fields]

    assert off(cloud, scene.asking(**{f"target__rds__{field}": value}), outcome) == {group}


def test_another_key_is_seen(cloud, done):
    scene, outcome = done

    other = scene.asking(target__kmsKeyId=f"arn:aws:kms:{FAR}:{TARGET}:key/other")
    assert "encryption" in off(cloud, other, outcome)


def test_missing_tags_are_seen(cloud, done):
    scene, outcome = done

    assert off(cloud, scene.asking(target__rds__tags={"a": "b"}), outcome) == {"tags"}


@pytest.mark.parametrize("side", [{"target__region": NEAR}, {"target__accountId": SOURCE}], ids=str)
def test_a_db_instance_in_another_place_is_seen(cloud, done, side):
    scene, outcome = done

    assert {"DB instance", "nothing else made"} <= off(cloud, scene.asking(**side), outcome)


def test_another_snapshot_than_asked_for_is_seen(cloud, done):
    scene, outcome = done

    assert "place" in off(cloud, scene.asking(source__rds__at="latest"), outcome)


@pytest.mark.parametrize("region", [NEAR, FAR])
def test_a_copy_left_behind_is_seen(cloud, done, region):
    scene, outcome = done
    rds = cloud.client("rds", scene.target._replace(region=region))
    source = "place-holder"
    rds.create_db_instance(
        DBInstanceIdentifier=source,
        DBInstanceClass="db.m7g.large",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="orders",
        MasterUserPassword="correct-horse",
        BackupRetentionPeriod=0,
    )
    rds.get_waiter("db_instance_available").wait(
        DBInstanceIdentifier=source, WaiterConfig={"Delay": 1}
    )
    rds.create_db_snapshot(DBSnapshotIdentifier="left", DBInstanceIdentifier=source)
    seen = off(cloud, scene, outcome)
    rds.get_waiter("db_snapshot_available").wait(
        DBSnapshotIdentifier="left", WaiterConfig={"Delay": 1}
    )
    rds.delete_db_snapshot(DBSnapshotIdentifier="left")
    rds.delete_db_instance(DBInstanceIdentifier=source, SkipFinalSnapshot=True)
    rds.get_waiter("db_instance_deleted").wait(
        DBInstanceIdentifier=source, WaiterConfig={"Delay": 1}
    )

    assert seen == {"copies gone", "nothing else made"}


def test_a_share_left_behind_is_seen(cloud, done):
    scene, outcome = done
    rds = cloud.client("rds", scene.source)
    share = {
        "DBSnapshotIdentifier": scene.snapshots["db"].split(":snapshot:")[-1],
        "AttributeName": "restore",
    }
    rds.modify_db_snapshot_attribute(**share, ValuesToAdd=[TARGET])
    seen = off(cloud, scene, outcome)
    rds.modify_db_snapshot_attribute(**share, ValuesToRemove=[TARGET])

    assert seen == {"source as it was"}


def test_an_outcome_that_does_not_agree_is_seen(cloud, done):
    scene, outcome = done
    place = {"accountId": scene.target.account, "region": scene.target.region}
    other = place | {"dbInstanceIdentifier": "other"}

    assert off(cloud, scene, outcome | {"target": other}) == {"outcome"}


def test_something_said_to_be_cleaned_up_that_is_still_there_is_seen(cloud, done):
    scene, outcome = done
    share = f"{scene.snapshots['db']} (permission of {TARGET})"
    assert off(cloud, scene, outcome | {"cleanedUp": [share]}) == set()

    assert off(cloud, scene, outcome | {"cleanedUp": [scene.snapshots["db"]]}) == {"cleaned up"}
