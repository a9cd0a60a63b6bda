"""Archived snapshots: of no use until they are restored (rule 7)."""

import pytest
from aws import NEAR, SOURCE, TARGET, WHILE, elapse, refused
from compute import (
    ENDLESS,
    at_once,  # noqa: F401
    copied,
    copy,
    ec2,
    fails,
    image,
    share,
    shared_snapshot,
    snapshot,
    snapshot_now,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


def archive(snapshot_id, caller=SOURCE):
    return ec2(caller).modify_snapshot_tier(SnapshotId=snapshot_id, StorageTier="archive")


def archived(**settings):
    made = snapshot(**settings)
    archive(made)
    return made


def tiering(snapshot_id):
    filters = [{"Name": "snapshot-id", "Values": [snapshot_id]}]
    return ec2().describe_snapshot_tier_status(Filters=filters)["SnapshotTierStatuses"][0]


def restore(snapshot_id, **how):
    return ec2().restore_snapshot_tier(SnapshotId=snapshot_id, **how)


def test_a_snapshot_is_archived_after_a_while(settings):
    made = snapshot()
    assert snapshot_now(made)["StorageTier"] == "standard"
    settings(durations={"snapshot-tier": ENDLESS})
    archive(made)

    under_way = tiering(made)
    assert under_way["LastTieringOperationStatus"] == "archival-in-progress"
    assert under_way["LastTieringProgress"] == 0
    assert snapshot_now(made)["StorageTier"] == "standard"
    refused(lambda: archive(made), "IncorrectState")


@pytest.mark.parametrize(
    "use",
    [
        lambda it: share(it, TARGET),
        lambda it: copy(it, SOURCE),
        lambda it: volume(SnapshotId=it),
        lambda it: image(root_snapshot=it),
    ],
    ids=["shared", "copied", "made a volume", "made an image"],
)
def test_an_archived_snapshot_cannot_be_used(use):
    old = archived()

    assert snapshot_now(old)["StorageTier"] == "archive"
    refused(lambda: use(old), "UnsupportedOperation", old)


def test_who_it_was_shared_with_can_use_it_until_it_is_archived_and_no_more(settings):
    shared = shared_snapshot()
    settings(durations={"snapshot-tier": WHILE})
    archive(shared)
    assert copied(shared, TARGET)["State"] == "completed"

    elapse(WHILE)
    assert tiering(shared)["LastTieringOperationStatus"] == "archival-completed"
    refused(lambda: copy(shared, TARGET), "InvalidSnapshot.NotFound")

    restore(shared, PermanentRestore=True)
    elapse(WHILE)
    assert snapshot_now(shared)["StorageTier"] == "standard"
    told = ec2().describe_snapshot_attribute(SnapshotId=shared, Attribute="createVolumePermission")
    assert told["CreateVolumePermissions"] == []


def test_a_snapshot_of_an_image_is_archived_once_the_image_is_disabled():
    made = snapshot(Size=8)
    of = image(root_snapshot=made)

    refused(lambda: archive(made), "InvalidSnapshot.InUse", of)
    ec2().disable_image(ImageId=of)
    archive(made)

    assert tiering(made)["StorageTier"] == "archive"


def test_only_a_completed_snapshot_is_archived(settings):
    settings(durations={"snapshot": ENDLESS})
    pending = snapshot()
    refused(lambda: archive(pending), "IncorrectState", "pending")


def test_a_snapshot_restored_for_good_is_as_before():
    old = archived()
    assert tiering(old)["StorageTier"] == "archive"

    restore(old, PermanentRestore=True)

    assert tiering(old)["LastTieringOperationStatus"] == "permanent-restore-completed"
    assert snapshot_now(old)["StorageTier"] == "standard"
    assert "RestoreExpiryTime" not in snapshot_now(old)
    assert copied(old, SOURCE, NEAR)["State"] == "completed"


def test_a_snapshot_restored_for_days_can_be_used_and_says_until_when():
    old = archived()
    assert tiering(old)["StorageTier"] == "archive"

    assert restore(old, TemporaryRestoreDays=3)["RestoreDuration"] == 3

    assert snapshot_now(old)["RestoreExpiryTime"] > snapshot_now(old)["StartTime"]
    assert volume_now(volume(SnapshotId=old))["State"] == "available"


def test_only_what_is_archived_is_restored_and_in_one_way():
    made = snapshot()

    refused(lambda: restore(made, PermanentRestore=True), "IncorrectState")
    refused(lambda: restore(made), "InvalidParameterCombination")
    refused(
        lambda: restore(made, PermanentRestore=True, TemporaryRestoreDays=1),
        "InvalidParameterCombination",
    )
    for days in (-1, 0, 181):
        asked = {"TemporaryRestoreDays": days}
        refused(lambda asked=asked: restore(archived(), **asked), "InvalidParameterValue")
    assert restore(archived(), TemporaryRestoreDays=180)["RestoreDuration"] == 180


def test_archiving_can_be_told_to_fail():
    made = snapshot()
    fails("snapshot-tier", "failed", "No room", snapshot=made)

    archive(made)

    told = tiering(made)
    assert told["LastTieringOperationStatus"] == "archival-failed"
    assert told["LastTieringOperationStatusDetail"] == "No room"
    assert snapshot_now(made)["StorageTier"] == "standard"


def test_only_the_owner_archives():
    refused(lambda: archive(shared_snapshot(), TARGET), "AuthFailure")
