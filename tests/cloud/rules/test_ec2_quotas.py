"""How much of EC2 an account may have, or have under way, in a Region."""

import pytest
from aws import FAR, NEAR, SOURCE, WHILE, client, elapse, refused
from aws import rules as steer
from compute import (
    ENDLESS,
    at_once,  # noqa: F401
    copy,
    ec2,
    image,
    instance_now,
    launch,
    launched,
    shared_snapshot,
    snapshot,
    snapshot_now,
    state,
    subnet,
    volume,
)

pytestmark = pytest.mark.usefixtures("at_once")

QUOTAS = "111100002222"
"""An account of these tests' own, where no other has left anything."""


@pytest.fixture
def limits(settings):
    """Sets limits."""
    yield lambda **wanted: settings(limits=wanted)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("snapshotCopies", 20),
        ("pendingSnapshots", 100),
        ("snapshots", 100_000),
        ("tebibytes/gp3", 50),
        ("tebibytes/io2", 20),
        ("vcpus", None),
    ],
)
def test_the_limits_are_those_of_aws_unless_a_test_says_otherwise(name, most):
    assert steer("GET", "settings")["limits"][name] == most


def test_so_many_copies_to_a_region_are_under_way_at_most(limits, settings):
    source, far = shared_snapshot(QUOTAS), snapshot(QUOTAS, FAR)
    settings(durations={"snapshot-copy": ENDLESS})
    limits(snapshotCopies=2)
    for _ in range(2):
        copy(source, QUOTAS)
    refused(
        lambda: copy(source, QUOTAS),
        "ResourceLimitExceeded",
        "Too many snapshot copies in progress. The limit is 2 for this destination region.",
    )
    # To another Region, and in another account, others may be.
    copy(far, QUOTAS, FAR, FAR)
    copy(source, SOURCE)


def test_a_copy_that_has_ended_makes_room_for_the_next(limits, settings):
    where = "eu-west-2"
    source = snapshot(QUOTAS, where)
    settings(durations={"snapshot-copy": WHILE})
    limits(snapshotCopies=1)
    first = copy(source, QUOTAS, where, where)
    refused(lambda: copy(source, QUOTAS, where, where), "ResourceLimitExceeded")
    elapse(WHILE)
    assert snapshot_now(first, QUOTAS, where)["State"] == "completed"
    copy(source, QUOTAS, where, where)


def test_the_copies_of_an_ami_count_too_and_none_is_begun_without_all(limits, settings):
    data = {"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": snapshot(QUOTAS)}}
    source = image(QUOTAS, devices=[data])
    settings(durations={"snapshot-copy": ENDLESS})
    limits(snapshotCopies=1)
    before = owned(QUOTAS)
    asked = {"Name": "copy", "SourceImageId": source, "SourceRegion": NEAR}
    refused(lambda: ec2(QUOTAS).copy_image(**asked), "ResourceLimitExceeded", "The limit is 1")
    assert owned(QUOTAS) == before


def test_so_many_snapshots_of_one_volume_are_pending_at_most(limits, settings):
    of = volume(QUOTAS)
    settings(durations={"snapshot": ENDLESS})
    limits(pendingSnapshotsOfOneVolume=1)
    ec2(QUOTAS).create_snapshot(VolumeId=of)
    refused(
        lambda: ec2(QUOTAS).create_snapshot(VolumeId=of),
        "ConcurrentSnapshotLimitExceeded",
        "Maximum allowed in-progress snapshots for a single volume exceeded.",
    )


def test_so_many_snapshots_are_pending_at_most(limits, settings):
    one, other = volume(QUOTAS, FAR), volume(QUOTAS, FAR)
    settings(durations={"snapshot": ENDLESS})
    limits(pendingSnapshots=1)
    ec2(QUOTAS, FAR).create_snapshot(VolumeId=one)
    refused(
        lambda: ec2(QUOTAS, FAR).create_snapshot(VolumeId=other), "PendingSnapshotLimitExceeded"
    )


def test_so_many_snapshots_are_there_at_most(limits):
    source = snapshot(QUOTAS)
    limits(snapshots=len(owned(QUOTAS)))
    refused(lambda: copy(source, QUOTAS), "SnapshotLimitExceeded")
    refused(lambda: snapshot(QUOTAS), "SnapshotLimitExceeded")


def test_volumes_of_a_type_have_so_much_storage_at_most(settings):
    settings(limits={"tebibytes/sc1": 1})
    volume(QUOTAS, Size=1000, VolumeType="sc1")
    refused(
        lambda: volume(QUOTAS, Size=125, VolumeType="sc1"),
        "VolumeLimitExceeded",
        "You have exceeded your maximum sc1 storage limit of 1 TiB in this region.",
    )
    volume(QUOTAS, Size=125, VolumeType="st1")


def test_volumes_of_provisioned_iops_have_so_many_at_most(settings):
    settings(limits={"iops/io1": 1000})
    volume(QUOTAS, Size=100, VolumeType="io1", Iops=900)
    asked = {"Size": 100, "VolumeType": "io1", "Iops": 200}
    refused(lambda: volume(QUOTAS, **asked), "MaxIOPSLimitExceeded", "IOPS limit of 1000")


def test_a_launch_whose_volumes_are_too_many_ends_terminated(settings):
    source, place = image(QUOTAS), subnet(QUOTAS)
    settings(limits={"tebibytes/gp2": 0})
    made = launch(QUOTAS, ImageId=source, SubnetId=place)
    ended = instance_now(made, QUOTAS)
    assert ended["State"]["Name"] == "terminated"
    assert ended["StateReason"]["Code"] == "Client.VolumeLimitExceeded"


def test_so_many_vcpus_run_at_most(limits):
    source, place = image(QUOTAS, FAR), subnet(QUOTAS, FAR)
    asked = {"ImageId": source, "SubnetId": place, "InstanceType": "t3.micro"}
    limits(vcpus=5)
    first = launched(QUOTAS, FAR, **asked, MaxCount=9)["InstanceId"]
    there = ec2(QUOTAS, FAR).describe_instances()["Reservations"]
    assert [len(one["Instances"]) for one in there] == [2], "each t3.micro has two"
    refused(
        lambda: launch(QUOTAS, FAR, **asked),
        "VcpuLimitExceeded",
        "your current vCPU limit of 5 allows for the instance bucket",
    )
    ec2(QUOTAS, FAR).stop_instances(InstanceIds=[first])
    assert state(first, QUOTAS, FAR) == "stopped"
    launch(QUOTAS, FAR, **asked)
    refused(
        lambda: ec2(QUOTAS, FAR).start_instances(InstanceIds=[first]),
        "VcpuLimitExceeded",
        "limit of 5",
    )


def owned(account):
    """The ids of an account's snapshots in the near Region."""
    found = client("ec2", account).describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return {one["SnapshotId"] for one in found}
