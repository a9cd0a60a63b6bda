"""Copies of snapshots: what they keep, under which key they are, and how they end."""

import uuid

import pytest
from aws import (
    FAR,
    NEAR,
    SOURCE,
    TARGET,
    allow,
    assumed,
    caller,
    client,
    key,
    key_policy,
    refused,
    role,
    statement,
)
from compute import (
    ENDLESS,
    at_once,  # noqa: F401
    copied,
    copy,
    ec2,
    fails,
    shared_key,
    shared_snapshot,
    snapshot,
    snapshot_now,
    under,
    volume,
)

pytestmark = pytest.mark.usefixtures("at_once")

INACCESSIBLE = "Given key ID is not accessible"
COMPLETED, ERROR = ("completed", None), ("error", INACCESSIBLE)


def end(snapshot):
    return snapshot["State"], snapshot.get("StateMessage")


def manager(account, key_arn, region=NEAR):
    found = client("kms", account, region).describe_key(KeyId=key_arn)["KeyMetadata"]
    return found["KeyManager"], found["AWSAccountId"]


def missing_key():
    return f"arn:aws:kms:{NEAR}:{SOURCE}:key/{uuid.uuid4()}"


def disabled_key():
    made = key(SOURCE)
    client("kms", SOURCE).disable_key(KeyId=made)
    return made


# What a copy is


def test_a_copy_keeps_the_size_and_none_of_the_tags_nor_the_volume_of_its_source():
    source = snapshot(Size=7)
    ec2().create_tags(Resources=[source], Tags=[{"Key": "of", "Value": "source"}])

    made = copied(source, SOURCE, Description="a copy")

    assert (made["VolumeSize"], made["VolumeId"]) == (7, "vol-ffffffff")
    assert (made["Description"], made["OwnerId"], made.get("Tags")) == ("a copy", SOURCE, None)


def test_a_copy_has_the_tags_it_is_given_from_the_first():
    tags = [{"Key": "restore:id", "Value": "one"}]

    answer = ec2().copy_snapshot(
        SourceSnapshotId=snapshot(),
        SourceRegion=NEAR,
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}],
    )

    assert answer["Tags"] == tags
    assert snapshot_now(answer["SnapshotId"])["Tags"] == tags


def test_a_copy_of_a_shared_snapshot_belongs_to_who_makes_it_and_is_shared_with_nobody():
    made = copied(shared_snapshot(), TARGET)

    assert made["OwnerId"] == TARGET
    assert snapshot_now(made["SnapshotId"], SOURCE) is None


def test_copying_twice_makes_two():
    source = snapshot()

    assert copy(source, SOURCE) != copy(source, SOURCE)


# States


def test_a_copy_is_pending_with_progress_until_it_is_completed(settings):
    source = snapshot()
    settings(durations={"snapshot-copy": ENDLESS})
    made = copy(source, SOURCE)

    seen = snapshot_now(made)
    assert (seen["State"], seen["Progress"]) == ("pending", "0%")
    assert "CompletionTime" not in seen

    settings(durations={"snapshot-copy": 0})
    done = copied(source, SOURCE)
    assert (done["State"], done["Progress"]) == ("completed", "100%")
    assert done["CompletionTime"] >= done["StartTime"]


def test_a_copy_under_way_can_neither_be_copied_nor_made_a_volume(settings):
    source = snapshot()
    settings(durations={"snapshot-copy": ENDLESS})
    made = copy(source, SOURCE)

    for use in (lambda: copy(made, SOURCE), lambda: volume(SnapshotId=made)):
        refused(use, "IncorrectState", "Snapshot is in invalid state - pending")


def test_a_copy_can_be_told_to_end_in_error():
    source = snapshot()
    fails("snapshot-copy", "error", "The disk is on fire", source=source)

    made = copied(source, SOURCE)

    assert end(made) == ("error", "The disk is on fire")
    assert end(copied(source, SOURCE)) == COMPLETED
    refused(lambda: volume(SnapshotId=made["SnapshotId"]), "IncorrectState", "error")


# Keys


def test_a_copy_in_the_clear_stays_so_unless_it_is_to_be_encrypted():
    source = snapshot()

    assert "KmsKeyId" not in copied(source, SOURCE)
    assert manager(SOURCE, copied(source, SOURCE, Encrypted=True)["KmsKeyId"]) == ("AWS", SOURCE)


def test_a_copy_of_an_encrypted_snapshot_is_under_the_default_key_unless_another_is_named():
    source = shared_snapshot(**under(shared_key()))

    made = copied(source, TARGET)

    assert (made["State"], made["Encrypted"]) == ("completed", True)
    assert manager(TARGET, made["KmsKeyId"]) == ("AWS", TARGET)


def test_the_key_that_an_account_chose_for_ebs_counts_only_with_encryption_by_default():
    chosen, there = key(SOURCE, FAR), ec2(SOURCE, FAR)
    source = snapshot(Encrypted=True)
    there.modify_ebs_default_kms_key_id(KmsKeyId=chosen)
    try:
        without = copied(source, SOURCE, FAR)["KmsKeyId"]
        there.enable_ebs_encryption_by_default()
        with_it = copied(source, SOURCE, FAR)["KmsKeyId"]
        clear = copied(snapshot(), SOURCE, FAR)
    finally:
        there.disable_ebs_encryption_by_default()
        there.reset_ebs_default_kms_key_id()

    assert manager(SOURCE, without, FAR) == ("AWS", SOURCE)
    assert with_it == chosen
    assert (clear["Encrypted"], clear["KmsKeyId"]) == (True, chosen)


def test_a_key_may_be_named_by_its_id_or_an_alias_and_is_told_by_its_arn():
    own, source = key(SOURCE), snapshot()
    client("kms", SOURCE).create_alias(AliasName="alias/of-copies", TargetKeyId=own)

    for name in (own.rpartition("/")[2], "alias/of-copies", own):
        assert copied(source, SOURCE, **under(name))["KmsKeyId"] == own


def test_encryption_cannot_be_taken_away():
    for source in (snapshot(Encrypted=True), snapshot()):
        refused(lambda it=source: copy(it, SOURCE, Encrypted=False), "InvalidParameterValue")


def test_a_key_for_a_copy_in_the_clear_is_refused():
    refused(lambda: copy(snapshot(), SOURCE, KmsKeyId=key(SOURCE)), "InvalidParameterDependency")


@pytest.mark.parametrize(
    "unusable",
    [
        missing_key,
        disabled_key,
        lambda: key(SOURCE, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"),
        lambda: key(SOURCE, FAR),
        lambda: key(TARGET),
        lambda: "alias/of-nothing",
    ],
    ids=["missing", "disabled", "asymmetric", "other Region", "other account", "no alias"],
)
def test_a_copy_under_a_key_that_cannot_be_used_is_accepted_and_ends_in_error(unusable):
    assert end(copied(snapshot(), SOURCE, **under(unusable()))) == ERROR


def test_a_copy_of_a_snapshot_whose_key_has_been_disabled_ends_in_error():
    own = key(SOURCE)
    source = snapshot(**under(own))
    client("kms", SOURCE).disable_key(KeyId=own)

    assert end(copied(source, SOURCE, **under(key(SOURCE)))) == ERROR


def test_a_shared_snapshot_is_copied_only_with_the_permission_of_its_key():
    closed, opened = shared_snapshot(**under(key(SOURCE))), shared_snapshot(**under(shared_key()))
    own = under(key(TARGET))

    assert end(copied(closed, TARGET, **own)) == ERROR
    assert end(copied(opened, TARGET, **own)) == COMPLETED


@pytest.mark.parametrize(
    ("actions", "grants"),
    [
        (["kms:DescribeKey", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"], False),
        (["kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"], True),
        (["kms:DescribeKey", "kms:ReEncrypt*", "kms:GenerateDataKey*"], True),
        (["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey*"], True),
    ],
    ids=["CreateGrant", "DescribeKey", "Decrypt", "ReEncrypt"],
)
def test_a_key_policy_that_leaves_out_one_operation_is_not_enough(actions, grants):
    source = shared_snapshot(**under(shared_key(actions=actions, grants=grants)))

    assert end(copied(source, TARGET, **under(key(TARGET)))) == ERROR


def test_a_role_that_the_key_policy_names_may_copy_and_another_may_not():
    named, other = role(TARGET), role(TARGET)
    source = shared_snapshot(**under(shared_key(users=named)))
    own = under(key(TARGET))

    assert end(copied(source, assumed(named), **own)) == COMPLETED
    assert end(copied(source, assumed(other), **own)) == ERROR


def test_the_callers_own_policy_must_allow_the_keys_too():
    only_ec2 = caller(SOURCE, allow("ec2:*"))

    assert end(copied(snapshot(), only_ec2, **under(key(SOURCE)))) == ERROR
    assert end(copied(snapshot(), only_ec2)) == COMPLETED


def test_the_default_key_needs_no_policy_of_the_callers():
    only_ec2 = caller(SOURCE, allow("ec2:*"))

    assert end(copied(snapshot(), only_ec2, Encrypted=True)) == COMPLETED


def test_a_key_for_use_through_ec2_alone_serves_a_copy():
    through_ec2 = allow(
        "kms:*", Condition={"StringLike": {"kms:ViaService": "ec2.*.amazonaws.com"}}
    )
    policy = {
        **through_ec2,
        "Statement": [*through_ec2["Statement"], statement("Allow", "ec2:*")],
    }

    assert end(copied(snapshot(), caller(SOURCE, policy), **under(key(SOURCE)))) == COMPLETED


def test_a_key_policy_pinned_to_the_source_volume_does_not_allow_a_copy():
    """KMS/services-ebs: the encryption context of a copy is the copy's own id."""
    of = volume()
    source = ec2().create_snapshot(VolumeId=of)["SnapshotId"]

    pinned = statement(
        "Deny",
        ["kms:GenerateDataKeyWithoutPlaintext"],
        Principal="*",
        Condition={"StringNotEquals": {"kms:EncryptionContext:aws:ebs:id": of}},
    )
    own = key(SOURCE, policy=key_policy(SOURCE, pinned))

    assert end(copied(source, SOURCE, **under(own))) == ERROR


# Between Regions


def test_a_shared_encrypted_snapshot_is_copied_to_another_region_under_the_targets_key():
    source, own = shared_snapshot(**under(shared_key())), key(TARGET, FAR)

    made = copied(source, TARGET, FAR, **under(own))

    assert end(made) == COMPLETED
    assert (made["KmsKeyId"], made["OwnerId"]) == (own, TARGET)
    assert snapshot_now(made["SnapshotId"], TARGET, NEAR) is None


def test_a_key_of_the_source_region_does_not_serve_a_copy_in_another():
    source = snapshot(**under(key(SOURCE)))

    assert end(copied(source, SOURCE, FAR, **under(key(SOURCE)))) == ERROR


def test_the_source_is_looked_for_in_the_region_named():
    refused(lambda: copy(snapshot(), SOURCE, NEAR, FAR), "InvalidSnapshot.NotFound")
    refused(lambda: copy(snapshot(), SOURCE, NEAR, "mars-north-1"), "InvalidRegion")


# Time-based copies


def test_a_completion_duration_is_of_quarters_of_an_hour():
    source = snapshot()

    made = copied(source, SOURCE, CompletionDurationMinutes=30)

    assert (made["CompletionDurationMinutes"], made["TransferType"]) == (30, "time-based")
    for minutes in (10, 20, 2895):
        refused(
            lambda it=minutes: copy(source, SOURCE, CompletionDurationMinutes=it),
            "InvalidParameterValue",
        )
