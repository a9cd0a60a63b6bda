"""Sharing snapshots: who sees, uses and shares which."""

import pytest
from aws import FAR, HOME, SOURCE, TARGET, key, refused
from compute import (
    at_once,  # noqa: F401
    copied,
    ec2,
    share,
    shared_snapshot,
    snapshot,
    snapshot_now,
    under,
    volume,
)

pytestmark = pytest.mark.usefixtures("at_once")

NOT_FOUND = "InvalidSnapshot.NotFound"


def permissions(snapshot_id, caller=SOURCE):
    told = ec2(caller).describe_snapshot_attribute(
        SnapshotId=snapshot_id, Attribute="createVolumePermission"
    )
    return told["CreateVolumePermissions"]


def listed(caller, **scope):
    pages = ec2(caller).get_paginator("describe_snapshots").paginate(**scope)
    return {it["SnapshotId"] for page in pages for it in page["Snapshots"]}


def test_a_shared_snapshot_is_seen_by_the_account_it_is_shared_with_and_no_other():
    shared = shared_snapshot()

    assert snapshot_now(shared, TARGET)["OwnerId"] == SOURCE
    assert snapshot_now(shared, HOME) is None


def test_a_withdrawn_share_leaves_the_copy_and_takes_the_snapshot():
    shared = shared_snapshot()
    made = copied(shared, TARGET)["SnapshotId"]

    share(shared, TARGET, operation="remove")

    assert snapshot_now(shared, TARGET) is None
    assert snapshot_now(made, TARGET)["State"] == "completed"
    refused(lambda: volume(TARGET, SnapshotId=shared), NOT_FOUND)
    refused(lambda: copied(shared, TARGET), NOT_FOUND)


def test_sharing_again_changes_nothing_and_taking_back_what_was_not_shared_neither():
    shared = shared_snapshot()

    share(shared, TARGET)
    share(shared, HOME, operation="remove")

    assert permissions(shared) == [{"UserId": TARGET}]


def test_permissions_are_given_and_taken_in_the_structured_form_but_not_both_at_once():
    shared = shared_snapshot()
    given, taken = {"Add": [{"UserId": HOME}]}, {"Remove": [{"UserId": TARGET}]}

    def change(permission):
        ec2().modify_snapshot_attribute(SnapshotId=shared, CreateVolumePermission=permission)

    refused(lambda: change(given | taken), "InvalidParameterCombination")
    assert permissions(shared) == [{"UserId": TARGET}]
    change(given)
    change(taken)

    assert permissions(shared) == [{"UserId": HOME}]


def test_a_reset_takes_all_permissions():
    shared = shared_snapshot(TARGET, HOME)

    ec2().reset_snapshot_attribute(SnapshotId=shared, Attribute="createVolumePermission")

    assert permissions(shared) == []


def test_a_snapshot_shared_with_all_is_everybodys_and_listed_as_public():
    public = snapshot()
    ec2().modify_snapshot_attribute(
        SnapshotId=public,
        Attribute="createVolumePermission",
        OperationType="add",
        GroupNames=["all"],
    )

    assert permissions(public) == [{"Group": "all"}]
    assert public in listed(HOME, RestorableByUserIds=["all"])
    assert public not in listed(HOME, RestorableByUserIds=["self"])
    assert volume(HOME, SnapshotId=public)


def test_the_account_it_is_shared_with_can_neither_share_nor_delete_nor_see_the_permissions():
    shared = shared_snapshot()

    refused(lambda: share(shared, HOME, caller=TARGET), "AuthFailure")
    refused(lambda: ec2(TARGET).delete_snapshot(SnapshotId=shared), "AuthFailure")
    refused(lambda: permissions(shared, TARGET), "AuthFailure")
    assert permissions(shared) == [{"UserId": TARGET}]


def test_what_is_not_shared_does_not_exist_for_others():
    private = snapshot()

    refused(lambda: share(private, HOME, caller=TARGET), NOT_FOUND)
    refused(lambda: ec2(TARGET).delete_snapshot(SnapshotId=private), NOT_FOUND)


def test_an_id_that_no_snapshot_has_is_refused_where_one_out_of_reach_is_left_out():
    assert ec2(TARGET).describe_snapshots(SnapshotIds=[snapshot()])["Snapshots"] == []
    missing = "snap-0123456789abcdef0"
    refused(lambda: ec2(TARGET).describe_snapshots(SnapshotIds=[missing]), NOT_FOUND, missing)
    refused(
        lambda: ec2(TARGET).describe_snapshots(SnapshotIds=["snap-x"]),
        "InvalidSnapshotID.Malformed",
    )


def test_a_share_counts_in_its_own_region_alone():
    shared = shared_snapshot()

    refused(lambda: ec2(TARGET, FAR).describe_snapshots(SnapshotIds=[shared]), NOT_FOUND)


def test_owners_and_restorers_narrow_what_is_listed():
    shared, private, own = shared_snapshot(), snapshot(), snapshot(TARGET)

    assert {shared, own} <= listed(TARGET)
    assert private not in listed(TARGET)
    assert shared not in listed(TARGET, OwnerIds=["self"])
    assert own in listed(TARGET, OwnerIds=[TARGET])
    assert listed(TARGET, OwnerIds=[SOURCE]) >= {shared}
    assert shared in listed(SOURCE, RestorableByUserIds=[TARGET])
    assert own not in listed(SOURCE, RestorableByUserIds=[TARGET])


def test_a_snapshot_under_the_default_key_is_shared_with_nobody():
    default = snapshot(Encrypted=True)

    refused(
        lambda: share(default, TARGET),
        "OperationNotPermitted",
        "Encrypted snapshots with EBS default key cannot be shared",
    )
    assert permissions(default) == []


def test_an_encrypted_snapshot_is_not_shared_with_all():
    encrypted = snapshot(**under(key(SOURCE)))

    refused(
        lambda: ec2().modify_snapshot_attribute(
            SnapshotId=encrypted,
            Attribute="createVolumePermission",
            OperationType="add",
            GroupNames=["all"],
        ),
        "OperationNotPermitted",
    )


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"UserIds": ["me"], "OperationType": "add"}, "InvalidUserID.Malformed"),
        ({"GroupNames": ["some"], "OperationType": "add"}, "InvalidAMIAttributeItemValue"),
        ({"UserIds": [TARGET]}, "InvalidParameterValue"),
        ({}, "InvalidParameterCombination"),
        (
            {"UserIds": [TARGET], "OperationType": "add", "Attribute": "productCodes"},
            "InvalidParameterValue",
        ),
    ],
    ids=["no account id", "no such group", "neither add nor remove", "nobody", "no permissions"],
)
def test_permissions_that_make_no_sense_are_refused(asked, code):
    made = snapshot()

    refused(lambda: ec2().modify_snapshot_attribute(SnapshotId=made, **asked), code)

    assert permissions(made) == []


def test_the_tags_of_a_shared_snapshot_are_each_accounts_own():
    shared = shared_snapshot()
    ec2().create_tags(Resources=[shared], Tags=[{"Key": "of", "Value": "owner"}])
    ec2(TARGET).create_tags(Resources=[shared], Tags=[{"Key": "of", "Value": "borrower"}])

    assert snapshot_now(shared)["Tags"] == [{"Key": "of", "Value": "owner"}]
    assert snapshot_now(shared, TARGET)["Tags"] == [{"Key": "of", "Value": "borrower"}]
    mine = [{"Name": "tag:of", "Values": ["owner"]}]
    assert shared not in listed(TARGET, Filters=mine)
    assert shared in listed(SOURCE, Filters=mine)
