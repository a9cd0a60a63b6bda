"""The settings of tagged instances are written down where they change, and what is not is told."""

from datetime import UTC, datetime, timedelta

import pytest
from delivering import due
from news import eventually, received, unrecorded_settings
from recording import read, record, records, tag_database, tag_instance
from restore.arrange.database import source_database
from restore.arrange.instance import INSTANCE_TYPE, source_instance
from restore.place import NEAR, SOURCE, Place
from test_db_options import ORACLE, oracle_group

HOME_OF_SOURCE = Place(SOURCE, NEAR)
START = "#!/bin/sh\nsystemctl start orders\n"
"""The user data of what is recorded."""

SCHEDULE = "RecordSettingsDue"
"""The rule, by its name in the deployed template."""

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def tagged(cloud):
    """An instance that is to be recorded."""
    instance = source_instance(cloud, HOME_OF_SOURCE, user_data=START)
    tag_instance(cloud, instance)
    return instance


def of(cloud, instance):
    """The keys of what was recorded of the instance."""
    return records(cloud, HOME_OF_SOURCE, "ec2", instance.instance_id)


def test_an_instance_is_recorded_with_all_that_it_is_launched_with(cloud, tagged):
    other = source_instance(cloud, HOME_OF_SOURCE, sets=0)
    report, failure = record(cloud, HOME_OF_SOURCE, at=NOW)

    assert failure is None, report
    recorded = read(cloud, of(cloud, tagged)[-1])["ec2"]
    launched = cloud.client("ec2", HOME_OF_SOURCE).describe_instances(
        InstanceIds=[tagged.instance_id]
    )["Reservations"][0]["Instances"][0]
    assert recorded["userData"] == START
    assert recorded["subnetId"] == launched["SubnetId"]
    assert recorded["keyName"] == launched["KeyName"] == "ops"
    assert recorded["iamInstanceProfile"] == launched["IamInstanceProfile"]["Arn"]
    assert recorded["boot"] == {
        "architecture": "arm64",
        "virtualizationType": "hvm",
        "bootMode": "uefi",
        "platformDetails": "Linux/UNIX",
        "enaSupport": True,
    }
    assert recorded["cpuOptions"] == {"coreCount": 2, "threadsPerCore": 1}
    [imds] = recorded["notRestored"]
    assert imds.startswith("IMDSv1 (httpTokens `optional`): ")
    [taken] = tagged.sets
    volumes = {it["deviceName"]: it for it in recorded["volumes"]}
    for volume in tagged.volumes:
        found = volumes[volume.device]
        assert (found["volumeType"], found["size"]) == (volume.volume_type, volume.size)
        assert found["deleteOnTermination"] == volume.delete_on_termination
        [snapshot] = found["snapshots"]
        assert snapshot["snapshotId"] == taken.by_device[volume.device]
    assert of(cloud, other) == []


def test_what_has_not_changed_is_recorded_again_only_when_its_record_is_old(cloud, tagged):
    begun = NOW + timedelta(days=10)
    for after, changed in (
        (timedelta(0), True),
        (timedelta(0), False),
        (timedelta(hours=1), False),
        (timedelta(hours=25), True),
    ):
        before = len(of(cloud, tagged))
        report, failure = record(cloud, HOME_OF_SOURCE, at=begun + after)
        assert failure is None, report
        assert len(of(cloud, tagged)) - before == int(changed), after

    ec2 = cloud.client("ec2", HOME_OF_SOURCE)
    ec2.create_tags(
        Resources=[tagged.instance_id], Tags=[{"Key": "owner", "Value": "somebody else"}]
    )
    record(cloud, HOME_OF_SOURCE, at=begun + timedelta(hours=26))
    assert read(cloud, of(cloud, tagged)[-1])["ec2"]["tags"]["owner"] == "somebody else"


def test_what_cannot_be_read_is_named_and_all_else_is_recorded(cloud, tagged):
    database = source_database(cloud, HOME_OF_SOURCE, snapshots=0)
    tag_database(cloud, database)
    denied = {
        "kind": "error",
        "match": {
            "action": "ec2:DescribeInstanceAttribute",
            "params": {"InstanceId": tagged.instance_id},
        },
        "error": {"code": "UnauthorizedOperation", "message": "You are not.", "status": 403},
        "times": None,
    }
    with cloud.disturbed(denied):
        report, failure = record(cloud, HOME_OF_SOURCE, at=NOW + timedelta(days=20))

    assert failure is not None
    assert report["errorType"] == "Restore.AccessDenied"
    for words in (tagged.instance_id, "ec2:DescribeInstanceAttribute", SOURCE, NEAR):
        assert words in report["errorMessage"]
    [key] = records(cloud, HOME_OF_SOURCE, "rds", database.identifier)
    settings = read(cloud, key)["rds"]["settings"]
    assert (settings["dbInstanceClass"], settings["port"]) == ("db.m7g.large", 5432)
    assert settings["dbParameterGroupName"] == "orders-postgres16"
    assert "optionGroupName" not in settings


def test_an_option_group_of_its_own_is_recorded_with_a_db_instance(cloud):
    group = oracle_group(cloud, HOME_OF_SOURCE, "Timezone")
    settings = ORACLE | {"OptionGroupName": group}
    database = source_database(cloud, HOME_OF_SOURCE, snapshots=0, **settings)
    tag_database(cloud, database)

    record(cloud, HOME_OF_SOURCE, at=NOW + timedelta(days=25))

    [key] = records(cloud, HOME_OF_SOURCE, "rds", database.identifier)
    settings = read(cloud, key)["rds"]["settings"]
    assert settings["optionGroupName"] == group
    # A default group comes with the engine, wherever that is restored.
    assert "dbParameterGroupName" not in settings


def test_settings_are_recorded_whenever_the_schedule_is_due(cloud):
    instance = source_instance(cloud, HOME_OF_SOURCE, sets=0)
    tag_instance(cloud, instance)
    assert of(cloud, instance) == []

    sent = due(cloud, SCHEDULE)

    [key] = eventually(lambda: of(cloud, instance), "record")
    assert read(cloud, key)["recordedAt"] == sent["time"]
    assert read(cloud, key)["ec2"]["instanceType"] == INSTANCE_TYPE


def test_what_the_schedule_could_not_have_recorded_is_kept_with_the_reason(cloud, tagged):
    denied = {
        "kind": "error",
        "match": {"action": "ec2:DescribeInstances"},
        "error": {"code": "UnauthorizedOperation", "message": "You are not.", "status": 403},
        "times": None,
    }
    url = unrecorded_settings(cloud)
    with cloud.disturbed(denied):
        sent = due(cloud, SCHEDULE)
        [kept] = eventually(lambda: received(cloud, url), "message in the queue")

    assert kept["requestPayload"] == sent
    assert kept["responsePayload"]["errorType"] == "Restore.AccessDenied"
    assert "ec2:DescribeInstances" in kept["responsePayload"]["errorMessage"]


def test_a_place_that_cannot_be_reached_holds_up_no_other(cloud, tagged):
    unheard = {"kind": "never-arrives", "match": {"region": "eu-north-1"}, "times": None}
    before = len(of(cloud, tagged))
    with cloud.disturbed(unheard):
        report, failure = record(
            cloud, Place(SOURCE, "eu-north-1"), HOME_OF_SOURCE, at=NOW + timedelta(days=30)
        )

    assert failure is not None
    assert "eu-north-1" in report["errorMessage"] and "sts:AssumeRole" in report["errorMessage"]
    assert len(of(cloud, tagged)) == before + 1
