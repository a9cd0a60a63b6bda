"""Changing volumes while they are used."""

import pytest
from aws import refused
from compute import (
    ENDLESS,
    at_once,  # noqa: F401
    ec2,
    fails,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


def modify(volume_id, **settings):
    return ec2().modify_volume(VolumeId=volume_id, **settings)["VolumeModification"]


def modification(volume_id):
    told = ec2().describe_volumes_modifications(VolumeIds=[volume_id])
    return told["VolumesModifications"][0]


def test_a_volume_becomes_larger_and_faster():
    made = volume(Size=10)

    answer = modify(made, Size=20, VolumeType="gp3", Iops=4000, Throughput=200)

    assert (answer["ModificationState"], answer["OriginalSize"]) == ("modifying", 10)
    now = volume_now(made)
    assert (now["Size"], now["VolumeType"], now["Iops"], now["Throughput"]) == (
        20,
        "gp3",
        4000,
        200,
    )
    assert modification(made)["ModificationState"] == "completed"


def test_a_volume_keeps_its_settings_until_the_change_is_made(settings):
    made = volume(Size=10)
    assert volume_now(made)["State"] == "available"
    settings(durations={"volume-modification": ENDLESS})

    modify(made, Size=20)

    assert volume_now(made)["Size"] == 10
    assert modification(made)["Progress"] == 0
    refused(lambda: modify(made, Size=30), "IncorrectModificationState")


def test_what_is_not_named_stays():
    made = volume(VolumeType="gp3", Size=10, Iops=4000, Throughput=200)

    modify(made, Size=11)

    now = volume_now(made)
    assert (now["Size"], now["Iops"], now["Throughput"]) == (11, 4000, 200)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"Size": 9}, "InvalidParameterValue"),
        ({"Size": 20000}, "InvalidParameterValue"),
        ({"Iops": 3000}, "InvalidParameterCombination"),
        ({"VolumeType": "io1"}, "MissingParameter"),
        ({}, "InvalidParameterCombination"),
    ],
)
def test_a_change_that_cannot_be_is_refused(asked, code):
    made = volume(Size=10)

    refused(lambda: modify(made, **asked), code)


def test_a_change_can_be_told_to_fail():
    made = volume(Size=10)
    fails("volume-modification", "failed", "No room", volume=made)

    modify(made, Size=20)

    assert volume_now(made)["Size"] == 10
    told = modification(made)
    assert (told["ModificationState"], told["StatusMessage"]) == ("failed", "No room")
