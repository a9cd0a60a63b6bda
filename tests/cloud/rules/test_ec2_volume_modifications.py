"""Changing volumes while they are used."""

import pytest
from aws import WHILE, elapse, refused
from compute import (
    ENDLESS,
    at_once,  # noqa: F401
    attach,
    ec2,
    fails,
    launch,
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


def test_a_volume_being_modified_is_not_attached_nor_modified_again_until_it_is_optimized(settings):
    made, instance = volume(Size=10), launch()
    settings(durations={"volume-modification": WHILE, "volume-optimization": WHILE})

    modify(made, Size=20)
    refused(
        lambda: modify(made, Size=30),
        "IncorrectModificationState",
        f"Volume {made} cannot be modified in modification state MODIFYING",
    )
    refused(
        lambda: attach(made, instance), "OperationNotPermitted", "modification state: MODIFYING"
    )

    elapse(1.5 * WHILE)
    now = modification(made)
    assert now["ModificationState"] == "optimizing"
    assert 50 <= now["Progress"] < 100
    assert volume_now(made)["Size"] == 20
    assert "EndTime" not in now
    refused(lambda: modify(made, Size=30), "IncorrectModificationState", "OPTIMIZING")
    attach(made, instance)

    elapse(WHILE)
    now = modification(made)
    assert (now["ModificationState"], now["Progress"]) == ("completed", 100)
    assert modify(made, Size=30)["OriginalSize"] == 20


def test_a_volume_is_modified_four_times_within_a_day():
    made, other = volume(Size=10), volume(Size=10)
    modify(made, Size=11)
    elapse(12 * 3600)
    for size in (12, 13, 14):
        modify(made, Size=size)
    refused(
        lambda: modify(made, Size=15),
        "VolumeModificationRateExceeded",
        "You've reached the maximum modification rate per volume limit.",
    )
    modify(other, Size=11)

    elapse(12 * 3600)
    modify(made, Size=15)
    refused(lambda: modify(made, Size=16), "VolumeModificationRateExceeded")
    assert volume_now(made)["Size"] == 15


@pytest.mark.parametrize(("kind", "iops"), [("io1", 3000), ("io2", 3000), ("gp3", 3000)])
def test_a_volume_of_another_type_has_3000_iops_unless_told_otherwise(kind, iops):
    made = volume(Size=100)

    modify(made, VolumeType=kind)

    assert (volume_now(made)["VolumeType"], volume_now(made)["Iops"]) == (kind, iops)


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
        ({"VolumeType": "io1"}, "InvalidParameterValue"),
        ({"VolumeType": "io1", "Size": 3}, "InvalidParameterValue"),
        ({"VolumeType": "io2", "Iops": 99}, "InvalidParameterValue"),
        ({"VolumeType": "io2", "Iops": 10_001}, "InvalidParameterValue"),
        ({"VolumeType": "io2", "Size": 1000, "Iops": 256_001}, "InvalidParameterValue"),
        ({"VolumeType": "gp3", "Iops": 2999}, "InvalidParameterValue"),
        ({"VolumeType": "gp3", "Iops": 5001}, "InvalidParameterValue"),
        ({"VolumeType": "gp3", "Throughput": 124}, "InvalidParameterValue"),
        ({"VolumeType": "gp3", "Throughput": 751}, "InvalidParameterValue"),
        ({"VolumeType": "st1"}, "InvalidParameterValue"),
        ({"VolumeType": "gp4"}, "UnknownVolumeType"),
        ({"Throughput": 125}, "InvalidParameterCombination"),
        ({"MultiAttachEnabled": True}, "InvalidParameterCombination"),
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
