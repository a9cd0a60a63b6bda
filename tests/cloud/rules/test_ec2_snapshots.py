"""Snapshots: made, described, paged, deleted."""

import pytest
from aws import SOURCE, TARGET, client, key, refused, unique
from compute import (
    ENDLESS,
    ROOT,
    at_once,  # noqa: F401
    attach,
    copied,
    devices,
    ec2,
    fails,
    image,
    launch,
    shared_snapshot,
    snapshot,
    snapshot_now,
    under,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


def tagged(count, **settings):
    """A tag value, and the ids of so many snapshots that carry it, oldest first."""
    mark, of = unique("mark"), volume(**settings)
    specified = [{"ResourceType": "snapshot", "Tags": [{"Key": "mark", "Value": mark}]}]
    taken = [
        ec2().create_snapshot(VolumeId=of, TagSpecifications=specified)["SnapshotId"]
        for _ in range(count)
    ]
    return mark, taken


def found(mark, *filters, caller=SOURCE):
    filters = [{"Name": "tag:mark", "Values": [mark]}, *filters]
    return [it["SnapshotId"] for it in ec2(caller).describe_snapshots(Filters=filters)["Snapshots"]]


def test_a_snapshot_has_the_size_the_encryption_and_the_key_of_its_volume():
    own = key(SOURCE)

    made = snapshot_now(snapshot(Size=5, **under(own)))

    assert (made["VolumeSize"], made["Encrypted"], made["KmsKeyId"]) == (5, True, own)
    assert (made["State"], made["Progress"], made["StorageTier"]) == (
        "completed",
        "100%",
        "standard",
    )


def test_a_snapshot_is_pending_first(settings):
    of = volume()
    assert volume_now(of)["State"] == "available"
    settings(durations={"snapshot": ENDLESS})

    made = ec2().create_snapshot(VolumeId=of, Description="nightly")

    assert (made["State"], made["Description"]) == ("pending", "nightly")
    assert snapshot_now(made["SnapshotId"])["Progress"] == "0%"


def test_a_snapshot_can_be_told_to_fail():
    of = volume()
    fails("snapshot", "error", "The volume cannot be read", volume=of)

    made = snapshot_now(ec2().create_snapshot(VolumeId=of)["SnapshotId"])

    assert (made["State"], made["StateMessage"]) == ("error", "The volume cannot be read")


def test_a_snapshot_outlives_its_volume_with_the_size_it_had():
    of = volume(Size=3)
    made = ec2().create_snapshot(VolumeId=of)["SnapshotId"]

    ec2().delete_volume(VolumeId=of)

    assert volume_now(of) is None
    assert snapshot_now(made)["VolumeSize"] == 3
    assert volume_now(volume(SnapshotId=made))["Size"] == 3


def test_a_volume_that_is_being_created_has_no_snapshot_yet(settings):
    settings(durations={"volume": ENDLESS})
    of = volume()

    refused(lambda: ec2().create_snapshot(VolumeId=of), "IncorrectState")


def test_a_snapshot_of_no_volume_is_refused():
    missing = "vol-0123456789abcdef0"
    refused(lambda: ec2().create_snapshot(VolumeId=missing), "InvalidVolume.NotFound", missing)
    refused(lambda: ec2().create_snapshot(VolumeId="vol-none"), "InvalidVolumeID.Malformed")
    refused(lambda: ec2(TARGET).create_snapshot(VolumeId=volume()), "InvalidVolume.NotFound")


# Of all volumes of an instance


def test_an_instances_volumes_are_snapshot_together_with_the_tags_of_each():
    instance, data = launch(), volume()
    attach(data, instance)
    ec2().create_tags(Resources=[data], Tags=[{"Key": "of", "Value": "data"}])
    specified = [{"ResourceType": "snapshot", "Tags": [{"Key": "set", "Value": "one"}]}]

    made = ec2().create_snapshots(
        InstanceSpecification={"InstanceId": instance},
        CopyTagsFromSource="volume",
        TagSpecifications=specified,
    )["Snapshots"]

    by_volume = {it["VolumeId"]: it for it in made}
    attached = devices(instance)
    assert by_volume.keys() == {attached[ROOT]["VolumeId"], data}
    assert {it["State"] for it in made} == {"pending"}
    tags = {it["Key"]: it["Value"] for it in by_volume[data]["Tags"]}
    assert tags == {"of": "data", "set": "one"}


def test_the_boot_volume_or_data_volumes_can_be_left_out():
    instance, data = launch(), volume()
    attach(data, instance)
    root = devices(instance)[ROOT]["VolumeId"]

    def taken(**specification):
        made = ec2().create_snapshots(
            InstanceSpecification={"InstanceId": instance} | specification
        )
        return [it["VolumeId"] for it in made["Snapshots"]]

    assert taken(ExcludeBootVolume=True) == [data]
    assert taken(ExcludeDataVolumeIds=[data]) == [root]
    refused(lambda: taken(ExcludeDataVolumeIds=[root]), "InvalidParameterValue")


# Described


def test_filters_are_alternatives_within_and_all_needed_between():
    mark, (first, second, third) = tagged(3, Size=2)
    by_id = {"Name": "snapshot-id", "Values": [first, third]}

    assert found(mark) == [first, second, third]
    assert found(mark, by_id) == [first, third]
    assert found(mark, by_id, {"Name": "status", "Values": ["pending"]}) == []
    assert found(mark, {"Name": "volume-size", "Values": ["2"]}, by_id) == [first, third]
    assert found(mark, {"Name": "encrypted", "Values": ["false"]}) == [first, second, third]


def test_filter_values_have_wildcards_that_a_backslash_takes_away():
    mark, (one,) = tagged(1)
    ec2().create_tags(Resources=[one], Tags=[{"Key": "name", "Value": "what? a*b"}])

    def matches(value):
        return found(mark, {"Name": "tag:name", "Values": [value]}) == [one]

    assert matches("what*") and matches("????? a?b") and matches(r"what\? a\*b")
    assert not matches("what") and not matches(r"wha\?\? a*b") and not matches("WHAT*")


def test_a_filter_has_two_hundred_values_at_most():
    ids = [snapshot(), *(f"snap-{number:017x}" for number in range(200))]
    looked = [{"Name": "snapshot-id", "Values": ids[:200]}]
    (found,) = ec2().describe_snapshots(Filters=looked)["Snapshots"]
    assert found["SnapshotId"] == ids[0]
    looked = [{"Name": "snapshot-id", "Values": ids}]
    refused(lambda: ec2().describe_snapshots(Filters=looked), "FilterLimitExceeded", "200")


def test_a_tag_key_is_a_filter_and_an_unknown_filter_is_refused():
    mark, (one,) = tagged(1)
    ec2().create_tags(Resources=[one], Tags=[{"Key": mark, "Value": ""}])

    assert found(mark, {"Name": "tag-key", "Values": [mark]}) == [one]
    refused(
        lambda: found(mark, {"Name": "colour", "Values": ["red"]}),
        "InvalidParameterValue",
        "The filter 'colour' is invalid",
    )


def test_pages_follow_each_other_to_the_end():
    mark, taken = tagged(12)
    filters = [{"Name": "tag:mark", "Values": [mark]}]

    pages = list(
        ec2()
        .get_paginator("describe_snapshots")
        .paginate(Filters=filters, PaginationConfig={"PageSize": 5})
    )

    assert [len(page["Snapshots"]) for page in pages] == [5, 5, 2]
    assert [it["SnapshotId"] for page in pages for it in page["Snapshots"]] == taken
    assert "NextToken" not in ec2().describe_snapshots(Filters=filters)


def test_pages_are_of_five_at_least_and_tokens_are_those_given_out():
    refused(lambda: ec2().describe_snapshots(MaxResults=4), "InvalidParameterValue")
    refused(lambda: ec2().describe_snapshots(NextToken="more"), "InvalidNextToken")


# Deleted


def test_a_deleted_snapshot_is_gone_for_all_and_its_volumes_and_copies_stay():
    shared = shared_snapshot()
    made, of = copied(shared, TARGET)["SnapshotId"], volume(SnapshotId=shared)

    ec2().delete_snapshot(SnapshotId=shared)

    assert snapshot_now(shared) is None
    assert snapshot_now(shared, TARGET) is None
    assert snapshot_now(made, TARGET)["State"] == "completed"
    assert volume_now(of)["SnapshotId"] == shared
    refused(lambda: ec2().delete_snapshot(SnapshotId=shared), "InvalidSnapshot.NotFound")


def test_a_snapshot_that_an_image_needs_is_not_deleted_before_the_image():
    needed = snapshot()
    ami = image(root_snapshot=needed)

    refused(lambda: ec2().delete_snapshot(SnapshotId=needed), "InvalidSnapshot.InUse", needed, ami)

    ec2().deregister_image(ImageId=ami)
    ec2().delete_snapshot(SnapshotId=needed)
    assert snapshot_now(needed) is None


def test_a_snapshot_under_way_can_be_deleted(settings):
    of = volume()
    settings(durations={"snapshot": ENDLESS})
    made = ec2().create_snapshot(VolumeId=of)["SnapshotId"]

    ec2().delete_snapshot(SnapshotId=made)

    assert snapshot_now(made) is None


def test_the_kms_key_of_a_default_snapshot_is_of_aws():
    made = snapshot_now(snapshot(Encrypted=True))

    told = client("kms", SOURCE).describe_key(KeyId=made["KmsKeyId"])["KeyMetadata"]
    assert told["KeyManager"] == "AWS"
