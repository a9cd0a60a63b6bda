"""What EC2 takes for tags, given to what there is and to what a call makes."""

import pytest
from aws import refused
from compute import (
    at_once,  # noqa: F401
    ec2,
    snapshot,
    snapshot_now,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


def tags(**given):
    return [{"Key": key, "Value": value} for key, value in given.items()]


def specified(given):
    return {"ResourceType": "volume", "Tags": given}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (tags(**{"k" * 129: "x"}), "Tag key exceeds the maximum length of 128 characters"),
        (tags(k="x" * 257), "Tag value exceeds the maximum length of 256 characters"),
        (tags(**{"": "x"}), "Tag key"),
        (tags(k="1") + tags(k="2"), "'k'"),
        (tags(**{"aws:k": "x"}), "reserved"),
    ],
    ids=["a long key", "a long value", "no key", "a key twice", "AWS's own"],
)
def test_tags_that_ec2_does_not_take_are_given_to_nothing(given, words):
    made, before = snapshot(), len(ec2().describe_volumes()["Volumes"])

    refused(lambda: ec2().create_tags(Resources=[made], Tags=given), "InvalidParameterValue", words)
    refused(lambda: volume(TagSpecifications=[specified(given)]), "InvalidParameterValue", words)

    assert not snapshot_now(made).get("Tags")
    assert len(ec2().describe_volumes()["Volumes"]) == before


def test_the_longest_tag_there_may_be_is_taken():
    longest = tags(**{"k" * 128: "x" * 256})

    made = volume(TagSpecifications=[specified(longest)])

    assert volume_now(made)["Tags"] == longest


def test_a_kind_of_resource_is_specified_once():
    twice = [specified(tags(a="1")), specified(tags(b="2"))]

    refused(lambda: volume(TagSpecifications=twice), "InvalidParameterValue")
