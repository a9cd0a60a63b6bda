"""RDS resources are tagged and untagged."""

import pytest
from aws import FAR, TARGET, refused, unique
from databases import (
    at_once,  # noqa: F401
    database,
    instance,
    rds,
    restored,
    restoring,
    snapshot,
    tag_list,
    tags_of,
    taken,
    taken_of,
)

pytestmark = pytest.mark.usefixtures("at_once")


def add(arn, caller=None, **tags):
    return (caller or rds()).add_tags_to_resource(ResourceName=arn, Tags=tag_list(**tags))


def test_tags_are_added_replaced_and_removed():
    arn = taken()["DBSnapshotArn"]
    add(arn, team="blue", tier="one")
    add(arn, tier="two")
    assert tags_of(arn) == {"team": "blue", "tier": "two"}
    rds().remove_tags_from_resource(ResourceName=arn, TagKeys=["team", "nothing"])
    assert tags_of(arn) == {"tier": "two"}
    assert snapshot(arn)["TagList"] == tag_list(tier="two")


def test_tags_given_at_creation_are_there_at_once():
    source = database(Tags=tag_list(team="blue"))
    assert source["TagList"] == tag_list(team="blue")
    assert tags_of(source["DBInstanceArn"]) == {"team": "blue"}
    assert taken_of(source, Tags=tag_list(kept="long"))["TagList"] == tag_list(kept="long")


def test_a_snapshot_has_the_tags_of_its_instance_only_where_that_copies_them():
    assert taken(Tags=tag_list(team="blue"))["TagList"] == []
    copies = database(Tags=tag_list(team="blue"), CopyTagsToSnapshot=True)
    first = taken_of(copies)
    assert first["TagList"] == tag_list(team="blue")
    assert taken_of(copies, Tags=tag_list(own="yes"))["TagList"] == tag_list(own="yes")
    add(copies["DBInstanceArn"], late="yes")
    assert snapshot(first["DBSnapshotIdentifier"])["TagList"] == tag_list(team="blue")


@pytest.mark.parametrize("key", ["aws:name", "AWS:name", "aws:"])
def test_a_reserved_key_is_refused(key):
    arn = taken()["DBSnapshotArn"]
    refused(lambda: add(arn, **{key: "x"}), "InvalidParameterValue", "reserved prefix")
    assert tags_of(arn) == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rds:name", "x"),
        ("name", "aws:x"),
        ("k" * 129, "x"),
        ("k", "x" * 257),
        ("k*", "x"),
        ("k", "a,b"),
    ],
    ids=["of RDS", "of AWS", "long key", "long value", "key", "value"],
)
def test_a_tag_has_so_many_characters_of_a_few_kinds(key, value):
    arn = taken()["DBSnapshotArn"]
    refused(lambda: add(arn, **{key: value}), "InvalidParameterValue", "Tag ")
    assert tags_of(arn) == {}
    most = {"k" * 128: "x" * 256, "a _.:/=+-@é1": "", "v": "a _.:/=+-@é1"}
    add(arn, **most)
    assert tags_of(arn) == most


def test_a_resource_has_at_most_fifty_tags():
    arn = database()["DBInstanceArn"]
    add(arn, **{f"key-{number}": "x" for number in range(50)})
    refused(lambda: add(arn, another="x"), "InvalidParameterValue")
    add(arn, **{"key-0": "y"})
    assert tags_of(arn)["key-0"] == "y"
    assert len(instance(arn)["TagList"]) == 50


def test_nothing_is_made_with_more_than_fifty_tags():
    source, name = taken()["DBSnapshotIdentifier"], unique("full")
    full = {f"key-{number}": "x" for number in range(50)}
    too_many = {"DBInstanceIdentifier": name, "Tags": tag_list(**full, another="x")}
    refused(lambda: restoring(source, **too_many), "InvalidParameterValue", "50")
    assert instance(name) is None
    made = restored(source, DBInstanceIdentifier=name, Tags=tag_list(**full))
    assert tags_of(made["DBInstanceArn"]) == full


def test_tags_belong_to_an_account_and_region():
    arn = taken()["DBSnapshotArn"]
    refused(lambda: add(arn, rds(TARGET), team="blue"), "DBSnapshotNotFound")
    refused(lambda: add(arn.replace("eu-west-1", FAR), team="blue"), "DBSnapshotNotFound")
    refused(lambda: tags_of(arn, region=FAR), "DBSnapshotNotFound")
    assert tags_of(arn) == {}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("arn:aws:rds:eu-west-1:111122223333:snapshot:none", "DBSnapshotNotFound"),
        ("arn:aws:rds:eu-west-1:111122223333:db:none", "DBInstanceNotFound"),
        ("arn:aws:rds:eu-west-1:111122223333:og:none", "OptionGroupNotFoundFault"),
        ("arn:aws:rds:eu-west-1:111122223333:thing:none", "InvalidParameterValue"),
        ("none", "InvalidParameterValue"),
    ],
)
def test_a_resource_that_there_is_not_has_no_tags(name, code):
    refused(lambda: tags_of(name), code)
    refused(lambda: add(name, team="blue"), code)
    refused(lambda: rds().remove_tags_from_resource(ResourceName=name, TagKeys=["team"]), code)
