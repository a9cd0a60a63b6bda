"""What a restore will need is proven before its first change, and told all at once."""

import json
from contextlib import contextmanager

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.instance import key_arn
from restore.arrange.launching import instance_profile
from restore.arrange.network import network
from restore.example import example
from restore.place import NEAR, TARGET, Place

FLOWS = [
    f"{service}-{placement}"
    for service in ("ec2", "rds")
    for placement in (
        "same-location",
        "cross-region",
        "cross-account",
        "cross-account-cross-region",
    )
]
SHARED = ["ec2-cross-account-cross-region", "rds-cross-account-cross-region"]


@pytest.fixture(scope="module")
def scenes(cloud):
    """The scene of each flow, made when it is first asked for."""
    made = {}

    def scene(flow):
        if flow not in made:
            made[flow] = arrange(cloud, example(flow)).asking(options={"dryRun": True})
        return made[flow]

    return scene


def planned(cloud, scene):
    """The table of a dry run that ends well."""
    since = cloud.last_call()
    ended = expect.run(cloud, scene)
    ended.raise_unless_succeeded()
    expect.only_read(cloud, since)
    return ended.output["plan"]["preflight"]


@contextmanager
def key_policy(cloud, place, key, change):
    """Within the block the statements of the key's policy are what `change` makes of them."""
    kms = cloud.client("kms", place)
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    document = json.loads(before)
    document["Statement"] = change(document["Statement"])
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    try:
        yield
    finally:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=before)


def source_key(cloud, scene):
    """The key that the source's first snapshot is under."""
    name = "orders-system" if scene.service == "ec2" else "orders-db"
    return key_arn(cloud, scene.source, name)


# The table


@pytest.mark.parametrize("flow", FLOWS)
def test_where_nothing_is_missing_every_permission_is_proven(cloud, scenes, flow):
    scene = scenes(flow)
    table = planned(cloud, scene)

    assert [row for row in table if row["proof"] != "allowed"] == []
    services = {row["action"].split(":")[0] for row in table}
    assert services - {"iam"} == {"kms", "sts", scene.service}
    assumed = {row["resource"] for row in table if row["action"] == "sts:AssumeRole"}
    roles = {row["role"] for row in table if row["action"] != "sts:AssumeRole"}
    assert roles == assumed
    both = {cloud.restore_role.arn, cloud.source_role.arn}
    assert roles == (both if "account" in flow else {cloud.restore_role.arn})


@pytest.mark.parametrize("flow", SHARED)
def test_what_the_key_policy_lacks_is_given_as_a_statement_for_it(cloud, scenes, flow):
    scene = scenes(flow)
    key = source_key(cloud, scene)

    def without_use(statements):
        return [it for it in statements if it["Sid"] != "Use"]

    with key_policy(cloud, scene.source, key, without_use):
        ended = expect.refused(
            cloud, scene, "Restore.AccessDenied", "kms:Decrypt", key, "add to the key policy"
        )

    statement = statement_in(ended.cause, "RestoreUsesKey")
    assert statement["Principal"] == {"AWS": cloud.restore_role.arn}
    assert {"kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"} <= set(statement["Action"])

    # It is what was missing: pasted into the policy, it lets the restore through.
    def pasted(statements):
        return [*without_use(statements), statement]

    with key_policy(cloud, scene.source, key, pasted):
        assert {row["proof"] for row in planned(cloud, scene)} <= {"allowed", "cannotBeProven"}


def test_a_grant_that_the_key_policy_lacks_is_told_with_its_condition(cloud, scenes):
    scene = scenes(SHARED[0])
    key = source_key(cloud, scene)

    def without_grant(statements):
        return [it for it in statements if it["Sid"] != "Grant"]

    with key_policy(cloud, scene.source, key, without_grant):
        ended = expect.refused(cloud, scene, "Restore.AccessDenied", "kms:CreateGrant", key)

    statement = statement_in(ended.cause, "RestoreLetsServicesUseKey")
    assert statement["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_what_the_role_lacks_is_given_as_a_statement_for_it(cloud, scenes):
    scene = scenes(SHARED[0])
    unlisted = cloud.client("kms", scene.target).create_key()["KeyMetadata"]["Arn"]

    ended = expect.refused(
        cloud,
        scene.asking(target__kmsKeyId=unlisted),
        "Restore.AccessDenied",
        "add to a policy of the role",
        unlisted,
    )

    statement = statement_in(ended.cause, "RestoreUsesKey")
    assert statement["Resource"] == [unlisted]
    assert "Principal" not in statement


def test_a_condition_that_only_the_service_meets_is_named(cloud, scenes):
    scene = scenes(SHARED[0])
    key = source_key(cloud, scene)
    via = {"StringEquals": {"kms:ViaService": f"ec2.{scene.source.region}.amazonaws.com"}}

    def through_ec2(statements):
        return [it | {"Condition": via} if it["Sid"] == "Use" else it for it in statements]

    with key_policy(cloud, scene.source, key, through_ec2):
        table = planned(cloud, scene)

    of_key = {row["action"]: row for row in table if row["resource"] == key}
    assert of_key["kms:Decrypt"]["proof"] == "allowed"
    assert "kms:ViaService" in of_key["kms:Decrypt"]["why"]


# Everything at once


def test_all_that_stands_in_the_way_of_an_instance_is_told_at_once(cloud, scenes):
    scene = scenes(SHARED[0])
    key = source_key(cloud, scene)
    elsewhere = network(cloud, Place(TARGET, NEAR)).groups[0]
    asking = {
        "target__ec2__keyName": "nobodys",
        "target__ec2__instanceType": "t3.large",
        "target__ec2__securityGroupIds": [elsewhere],
        "source__ec2__volumes__1__size": 50,
    }

    with key_policy(cloud, scene.source, key, lambda statements: statements[:1]):
        ended = expect.refused(cloud, scene.asking(**asking), "Restore.InvalidInput")

    for told in (
        "target.ec2.keyName: key pair `nobodys` is not found",
        "target.ec2.instanceType: t3.large cannot run",
        "target.ec2.securityGroupIds[0]",
        "source.ec2.volumes[1].size",
        "may not kms:DescribeKey, kms:Decrypt",
        "may not kms:CreateGrant",
        f"add to the key policy of {key}",
    ):
        assert told in ended.cause


def test_all_that_stands_in_the_way_of_a_db_instance_is_told_at_once(cloud, scenes):
    scene = scenes(SHARED[1])
    key = source_key(cloud, scene)
    asking = {
        "target__rds__dbInstanceClass": "db.z9.large",
        "target__rds__dbSubnetGroupName": "nobodys-subnets",
        "target__rds__dbParameterGroupName": "nobodys-parameters",
        "target__rds__optionGroupName": "nobodys-options",
    }

    with key_policy(cloud, scene.source, key, lambda statements: statements[:1]):
        ended = expect.refused(cloud, scene.asking(**asking), "Restore.InvalidInput")

    for told in (
        "target.rds.dbInstanceClass: db.z9.large cannot be ordered for postgres",
        "target.rds.dbSubnetGroupName: `nobodys-subnets` is not found",
        "target.rds.dbParameterGroupName: `nobodys-parameters` is not found",
        "target.rds.optionGroupName: `nobodys-options` is not found",
        f"add to the key policy of {key}",
    ):
        assert told in ended.cause


def test_a_role_that_cannot_be_assumed_hides_nothing_of_the_other(cloud, scenes):
    scene = scenes(SHARED[0]).asking(
        source__externalId="not-the-one", target__ec2__imageId="ami-00000000000000000"
    )

    expect.refused(
        cloud, scene, "Restore.InvalidInput", "sts:AssumeRole", "restore-source", "imageId"
    )


def statement_in(cause, sid):
    """The statement that the cause gives to paste."""
    begin = cause.replace('\\"', '"').index(f'{{"Sid":"{sid}"')
    found, _ = json.JSONDecoder().raw_decode(cause.replace('\\"', '"')[begin:])
    return found


# Instance profiles


def test_an_instance_profile_that_is_not_there_is_named(cloud, scenes):
    scene = scenes("ec2-cross-account-cross-region").asking(
        target__ec2__iamInstanceProfile="no-such-profile"
    )

    words = ("target.ec2.iamInstanceProfile", "no-such-profile", TARGET)
    expect.refused(cloud, scene, "Restore.InvalidInput", *words)


def test_an_instance_profile_whose_role_may_not_be_passed_on_is_refused_by_name(cloud, scenes):
    name = "unpassable"
    instance_profile(cloud, Place(TARGET, NEAR), name, passable=False)
    scene = scenes("ec2-cross-account-cross-region").asking(target__ec2__iamInstanceProfile=name)

    role = f"arn:aws:iam::{TARGET}:role/{name}"
    words = ("iam:PassRole", role, '"iam:PassedToService":"ec2.amazonaws.com"')
    expect.refused(cloud, scene, "Restore.AccessDenied", *words)


# Quotas


@contextmanager
def others_copy(cloud, scene, count):
    """Within the block so many copies of another's are under way to where the scene's go."""
    there = cloud.client("ec2", scene.target)
    with cloud.lasting(snapshot_copy=3600):
        begun = [
            there.copy_snapshot(
                SourceRegion=scene.source.region,
                SourceSnapshotId=next(iter(scene.snapshots.values())),
                Encrypted=True,
                KmsKeyId=scene.request["target"]["kmsKeyId"],
            )["SnapshotId"]
            for _ in range(count)
        ]
    try:
        yield
    finally:
        for snapshot in begun:
            there.delete_snapshot(SnapshotId=snapshot)


def test_copies_that_find_no_room_beside_those_of_others_are_told_and_refuse_nothing(cloud, scenes):
    scene = scenes("ec2-cross-region")

    with others_copy(cloud, scene, 17):
        assert [row for row in planned(cloud, scene) if row["proof"] != "allowed"] == []
    with others_copy(cloud, scene, 18):
        table = planned(cloud, scene)

    [row] = [row for row in table if row["proof"] != "allowed"]
    assert (row["action"], row["neededFor"]) == ("ec2:CopySnapshot", ["copy-snapshot"])
    place = f"account {scene.target.account} in Region {scene.target.region}"
    for words in (f"18 copies of snapshots are under way already to {place}", "wait their turn"):
        assert words in row["why"]


def test_quotas_without_room_are_told_all_at_once(cloud, scenes):
    scene = scenes("rds-cross-account-cross-region")
    before = cloud.steer("GET", "/rules/settings")["limits"]
    full = {"dbInstances": 0, "manualDbSnapshots": 0}
    cloud.steer("PUT", "/rules/settings", {"limits": full})
    try:
        words = ("DB instances", "manual DB snapshots", scene.source.region, scene.target.region)
        expect.refused(cloud, scene, "Restore.LimitReached", *words)
    finally:
        cloud.steer("PUT", "/rules/settings", {"limits": {it: before[it] for it in full}})
