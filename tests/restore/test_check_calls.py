"""A call made by a role that is not given it, or made in vain, is seen."""

import dataclasses
from datetime import UTC, datetime

import pytest

from restore.arrange import Scene
from restore.arrange.database import DbSnapshot, SourceDatabase
from restore.arrange.instance import SourceInstance
from restore.check.calls import call_findings
from restore.cloud import Cloud, Role
from restore.example import example
from restore.inventory import Inventory, Thing
from restore.place import FAR, HOME, NEAR, SOURCE, TARGET, Place

RESTORE = Role(f"arn:aws:iam::{TARGET}:role/restore-target", "")
SHARE = Role(f"arn:aws:iam::{SOURCE}:role/restore-source", "")
FUNCTION = Role(f"arn:aws:iam::{HOME}:role/restore-CopySnapshotRole", "")
CLOUD = Cloud("", "", "", "", SHARE, RESTORE, lambda *_, **__: None)
KEY = {"KmsKeyId": "arn:aws:kms:eu-central-1:444455556666:key/1"}


def call(role, operation, outcome="ok", region=FAR, **params):
    service, action = operation.split(":")
    account = role.arn.split(":")[4]
    return {
        "account": account,
        "callerArn": f"arn:aws:sts::{account}:assumed-role/x/y",
        "roleArn": role.arn,
        "region": region,
        "service": service,
        "action": action,
        "outcome": outcome,
        "params": params,
    }


def scene(flow="ec2-cross-account-cross-region"):
    instance = SourceInstance(Place(SOURCE, NEAR), "i-1", "ami-1", (), {})
    return Scene(example(flow), instance, None, Inventory({}), 0)


SHARED = {"OperationType": "add", "UserIds": [TARGET]}
RIGHT = [
    call(FUNCTION, "sts:AssumeRole"),
    call(SHARE, "ec2:DescribeSnapshots", region=NEAR),
    call(SHARE, "ec2:ModifySnapshotAttribute", region=NEAR, **SHARED),
    *[call(RESTORE, "ec2:CopySnapshot", **KEY) for _ in range(3)],
    *[call(RESTORE, "ec2:CreateVolume", **KEY) for _ in range(3)],
    call(RESTORE, "ec2:RunInstances"),
]


def off(calls, of=None):
    return {it.what for it in call_findings(CLOUD, of or scene(), calls) if not it.ok}


def test_the_calls_of_the_flow_are_right():
    assert off(RIGHT) == set()


@pytest.mark.parametrize(
    ("amiss", "expected"),
    [
        (call(FUNCTION, "ec2:DescribeSnapshots"), {"calls of functions"}),
        (call(SHARE, "ec2:RunInstances"), {"calls of source role"}),
        (call(SHARE, "ec2:DescribeSubnets"), {"calls of source role"}),
        (call(SHARE, "ec2:CopySnapshot", **KEY), {"calls of source role"}),
        (
            call(SHARE, "ec2:CreateVolume", outcome="UnauthorizedOperation", **KEY),
            {"calls of source role"},
        ),
        (call(RESTORE, "ec2:ModifySnapshotAttribute"), {"calls of restore role"}),
        (call(RESTORE, "ec2:RegisterImage"), {"calls of restore role"}),
        (call(RESTORE, "kms:CreateGrant"), {"calls of restore role"}),
        (call(RESTORE, "rds:DescribeDBInstances"), {"calls of restore role"}),
        (call(RESTORE, "ec2:DescribeRegions"), {"calls of restore role"}),
        (call(RESTORE, "sts:AssumeRole"), {"calls of restore role"}),
        (
            call(Role(f"arn:aws:iam::{TARGET}:role/admin", ""), "ec2:DescribeImages"),
            {"calls of others"},
        ),
        (call(RESTORE, "ec2:CopySnapshot", **KEY), {"copies made"}),
        (call(RESTORE, "ec2:CreateVolume"), {"keys named"}),
        (
            call(SHARE, "ec2:ModifySnapshotAttribute", OperationType="add", UserIds=[HOME]),
            {"shared with"},
        ),
        (
            call(SHARE, "ec2:ModifySnapshotAttribute", OperationType="add", GroupNames=["all"]),
            {"shared with"},
        ),
        (
            call(
                SHARE,
                "ec2:ModifySnapshotAttribute",
                CreateVolumePermission={"Add": [{"UserId": HOME}]},
            ),
            {"shared with"},
        ),
    ],
    ids=lambda it: (
        f"{it['service']}:{it['action']}" if isinstance(it, dict) and "action" in it else None
    ),
)
def test_a_call_that_is_not_the_roles_to_make_is_seen(amiss, expected):
    assert off([*RIGHT, amiss]) == expected


def database_scene(key):
    """An RDS restore by two copies, of a DB snapshot under `key`."""
    place, name = Place(SOURCE, NEAR), "orders-1"
    arn = f"arn:aws:rds:{NEAR}:{SOURCE}:snapshot:{name}"
    taken = DbSnapshot(name, arn, datetime(2026, 11, 1, tzinfo=UTC))
    before = Inventory({Thing("DB snapshot", place, name): {"key": key, "shared with": []}})
    database = SourceDatabase(place, "orders", (taken,))
    return Scene(example("rds-cross-account-cross-region"), None, database, before, 0)


def test_only_the_first_copy_of_an_unencrypted_db_snapshot_may_do_without_a_key():
    share = call(SHARE, "rds:ModifyDBSnapshotAttribute", region=NEAR, ValuesToAdd=[TARGET])
    first = call(RESTORE, "rds:CopyDBSnapshot", region=NEAR)
    second = call(RESTORE, "rds:CopyDBSnapshot", **KEY)
    plain, encrypted = database_scene(None), database_scene("arn:aws:kms:eu-west-1:1:key/1")
    no_key_asked = {"target__intermediateKmsKeyId": ...}

    assert off([share, first, second], plain.asking(**no_key_asked)) == set()
    for of, second_copy in (
        (plain, second),
        (encrypted.asking(**no_key_asked), second),
        (plain.asking(**no_key_asked), call(RESTORE, "rds:CopyDBSnapshot")),
    ):
        assert off([share, first, second_copy], of) == {"keys named"}


def test_a_share_that_is_there_already_is_not_given_again():
    of = scene()
    shared = {
        Thing("snapshot", of.source, snapshot): {"shared with": [TARGET]}
        for snapshot in of.snapshots.values()
    }
    of = dataclasses.replace(of, before=Inventory(shared))

    assert off(RIGHT, of) == {"shared with"}
    assert off([it for it in RIGHT if it["action"] != "ModifySnapshotAttribute"], of) == set()


def test_a_missing_copy_is_seen():
    assert "copies made" in off([it for it in RIGHT if it["action"] != "CopySnapshot"])


def test_within_one_account_nothing_is_shared_and_no_source_role_changes_anything():
    calls = [call(SHARE, "ec2:ModifySnapshotAttribute", region=NEAR, **SHARED)]

    seen = off(calls, scene("ec2-same-location"))

    assert {"calls of source role", "shared with"} <= seen


def test_a_flow_without_a_copy_gives_the_restore_role_none():
    of = scene("ec2-cross-account")
    of = dataclasses.replace(of, instance=of.instance).asking(source__ec2={"volumes": []})

    assert "calls of restore role" in off([call(RESTORE, "ec2:CopySnapshot", **KEY)], of)


def test_the_administrators_own_calls_are_not_the_restores():
    own = call(RESTORE, "ec2:DeleteVpc") | {
        "roleArn": None,
        "callerArn": f"arn:aws:iam::{TARGET}:root",
    }

    assert off([*RIGHT, own]) == set()


def test_a_grant_is_the_source_roles_to_give_where_the_request_asks_for_it():
    give = call(SHARE, "kms:CreateGrant", region=NEAR)
    asked = scene().asking(source__grantKeyAccess=True)

    assert off([*RIGHT, give]) == {"calls of source role"}
    assert off([*RIGHT, give], of=asked) == set()
    assert off([*RIGHT, call(RESTORE, "kms:CreateGrant")], of=asked) == {"calls of restore role"}
