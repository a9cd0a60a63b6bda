"""Volumes: what they may be, under which key, how they are made, told of and deleted."""

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
    refused,
    role,
    statement,
)
from compute import (
    ENDLESS,
    OTHER_ZONE,
    ZONE,
    at_once,  # noqa: F401
    ec2,
    fails,
    shared_key,
    shared_snapshot,
    snapshot,
    under,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


def manager(account, key_arn):
    found = client("kms", account).describe_key(KeyId=key_arn)["KeyMetadata"]
    return found["KeyManager"], found["AWSAccountId"]


# What a volume may be


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ({"Size": 1}, ("gp2", 100, None)),
        ({"Size": 1000}, ("gp2", 3000, None)),
        ({"VolumeType": "gp3", "Size": 1}, ("gp3", 3000, 125)),
        ({"VolumeType": "gp3", "Size": 100, "Iops": 6000, "Throughput": 500}, ("gp3", 6000, 500)),
        ({"VolumeType": "io1", "Size": 4, "Iops": 200}, ("io1", 200, None)),
        ({"VolumeType": "io2", "Size": 4, "Iops": 4000}, ("io2", 4000, None)),
        ({"VolumeType": "st1", "Size": 125}, ("st1", None, None)),
        ({"VolumeType": "standard", "Size": 1024}, ("standard", None, None)),
    ],
)
def test_a_volume_has_the_type_and_speed_asked_for_or_its_types_own(asked, made):
    found = volume_now(volume(**asked))

    assert (found["VolumeType"], found.get("Iops"), found.get("Throughput")) == made
    assert found["Size"] == asked["Size"]


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({"VolumeType": "gp9"}, "UnknownVolumeType", "gp9"),
        ({"Size": 16385}, "InvalidParameterValue", "too large for volume type gp2"),
        ({"VolumeType": "io1", "Size": 3, "Iops": 100}, "InvalidParameterValue", "too small"),
        ({"VolumeType": "st1", "Size": 124}, "InvalidParameterValue", "minimum is 125GiB"),
        ({"VolumeType": "io1", "Size": 4}, "MissingParameter", "iops"),
        ({"VolumeType": "io2", "Size": 4}, "MissingParameter", "iops"),
        ({"Iops": 3000}, "InvalidParameterCombination", "not supported for gp2"),
        ({"VolumeType": "gp3", "Iops": 2999}, "InvalidParameterValue", "minimum is 3000"),
        ({"VolumeType": "gp3", "Size": 7, "Iops": 3600}, "InvalidParameterValue", "ratio"),
        ({"VolumeType": "io1", "Size": 4, "Iops": 201}, "InvalidParameterValue", "ratio"),
        ({"Throughput": 125}, "InvalidParameterCombination", "not supported for gp2"),
        ({"VolumeType": "gp3", "Throughput": 124}, "InvalidParameterValue", "minimum is 125"),
        ({"VolumeType": "gp3", "Throughput": 751}, "InvalidParameterValue", "per iops"),
        ({"MultiAttachEnabled": True}, "InvalidParameterCombination", "io1 and io2"),
        ({"KmsKeyId": "alias/aws/ebs"}, "InvalidParameterDependency", "Encrypted"),
        ({"VolumeInitializationRate": 200}, "InvalidParameterCombination", "snapshot"),
        ({"AvailabilityZone": "eu-west-1z"}, "InvalidZone.NotFound", "eu-west-1z"),
        ({"AvailabilityZoneId": "euw1-az1"}, "InvalidParameterCombination", ""),
        ({"ClientToken": "x" * 65}, "InvalidParameterValue", "64"),
    ],
)
def test_a_volume_that_cannot_be_is_refused(asked, code, words):
    refused(lambda: volume(**asked), code, words)


def test_a_volume_needs_a_size_or_a_snapshot_and_a_zone():
    refused(lambda: ec2().create_volume(AvailabilityZone=ZONE), "MissingParameter")
    refused(lambda: ec2().create_volume(Size=1), "MissingParameter")


def test_a_zone_may_be_named_by_its_id():
    made = ec2().create_volume(AvailabilityZoneId="euw1-az1", Size=1)

    assert made["AvailabilityZone"] == OTHER_ZONE


def test_a_volume_is_as_large_as_its_snapshot_or_larger():
    of = snapshot(Size=8)

    assert volume_now(volume(SnapshotId=of))["Size"] == 8
    assert volume_now(volume(SnapshotId=of, Size=9))["Size"] == 9
    refused(lambda: volume(SnapshotId=of, Size=7), "InvalidParameterValue", "expect size >= 8")


def test_a_snapshot_out_of_reach_makes_no_volume():
    refused(lambda: volume(TARGET, SnapshotId=snapshot()), "InvalidSnapshot.NotFound")
    refused(lambda: volume(SOURCE, FAR, SnapshotId=snapshot()), "InvalidSnapshot.NotFound")


# Keys


def test_a_volume_is_under_the_key_named_or_of_its_snapshot_or_the_accounts_default():
    own, other = key(SOURCE), key(SOURCE)
    of_own, in_the_clear = snapshot(**under(own)), snapshot()

    def key_of(**settings):
        return volume_now(volume(**settings)).get("KmsKeyId")

    assert key_of() is None
    assert manager(SOURCE, key_of(Encrypted=True)) == ("AWS", SOURCE)
    assert key_of(SnapshotId=of_own) == own
    assert key_of(SnapshotId=of_own, Encrypted=True) == own
    assert key_of(SnapshotId=of_own, **under(other)) == other
    assert key_of(SnapshotId=in_the_clear) is None
    assert key_of(SnapshotId=in_the_clear, **under(other)) == other


def test_a_volume_of_a_shared_snapshot_is_under_the_accounts_own_default_key():
    shared = shared_snapshot(**under(shared_key()))

    made = volume_now(volume(TARGET, SnapshotId=shared), TARGET)

    assert manager(TARGET, made["KmsKeyId"]) == ("AWS", TARGET)


def missing_key():
    return f"arn:aws:kms:{NEAR}:{SOURCE}:key/{uuid.uuid4()}"


def disabled_key():
    made = key(SOURCE)
    client("kms", SOURCE).disable_key(KeyId=made)
    return made


@pytest.mark.parametrize(
    "unusable",
    [
        missing_key,
        disabled_key,
        lambda: key(SOURCE, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"),
        lambda: key(SOURCE, FAR),
        lambda: key(TARGET),
    ],
    ids=["missing", "disabled", "asymmetric", "other Region", "other account"],
)
def test_a_volume_under_a_key_that_cannot_be_used_is_accepted_and_then_gone(unusable):
    answer = ec2().create_volume(AvailabilityZone=ZONE, Size=1, **under(unusable()))

    assert answer["State"] == "creating"
    refused(
        lambda: ec2().describe_volumes(VolumeIds=[answer["VolumeId"]]), "InvalidVolume.NotFound"
    )


def test_such_a_volume_is_seen_being_created_until_then(settings):
    settings(durations={"volume": ENDLESS})

    assert volume_now(volume(**under(missing_key())))["State"] == "creating"


def test_a_volume_of_a_shared_snapshot_needs_the_snapshots_key():
    closed, opened = shared_snapshot(**under(key(SOURCE))), shared_snapshot(**under(shared_key()))
    without_grant = shared_snapshot(**under(shared_key(grants=False)))
    own = under(key(TARGET))

    assert volume_now(volume(TARGET, SnapshotId=closed, **own), TARGET) is None
    assert volume_now(volume(TARGET, SnapshotId=without_grant, **own), TARGET) is None
    assert volume_now(volume(TARGET, SnapshotId=opened, **own), TARGET)["State"] == "available"


def test_a_volume_needs_less_than_a_copy_and_no_grant_until_it_is_attached():
    """EBS/ebs-encryption-requirements: GenerateDataKey is for copies."""
    enough = ["kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]
    may = caller(SOURCE, allow("ec2:*", *enough, "kms:Decrypt"))
    too_little = caller(SOURCE, allow("ec2:*", "kms:DescribeKey", "kms:Decrypt"))

    assert volume_now(volume(may, **under(key(SOURCE))))["State"] == "available"
    assert volume_now(volume(too_little, **under(key(SOURCE)))) is None


def test_a_volume_of_a_snapshot_in_the_clear_needs_the_grant_at_once():
    """EBS/how-ebs-encryption-works, "when the snapshot is unencrypted"."""
    uses = ["kms:DescribeKey", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
    without, with_it = allow("ec2:*", *uses), allow("ec2:*", *uses, "kms:CreateGrant")
    clear, own = snapshot(), under(key(SOURCE))

    assert volume_now(volume(caller(SOURCE, without), SnapshotId=clear, **own)) is None
    assert volume_now(volume(caller(SOURCE, with_it), SnapshotId=clear, **own))


def test_a_role_of_the_target_uses_a_key_of_the_source_that_names_it():
    named = role(TARGET)
    shared = shared_snapshot(**under(shared_key(users=named)))

    made = volume(assumed(named), SnapshotId=shared, **under(key(TARGET)))

    assert volume_now(made, TARGET)["State"] == "available"


def test_encryption_by_default_encrypts_what_says_nothing():
    with_default = ec2(TARGET)
    chosen = key(TARGET)
    with_default.enable_ebs_encryption_by_default()
    with_default.modify_ebs_default_kms_key_id(KmsKeyId=chosen)
    try:
        made = volume_now(volume(TARGET), TARGET)
    finally:
        with_default.disable_ebs_encryption_by_default()
        with_default.reset_ebs_default_kms_key_id()

    assert (made["Encrypted"], made["KmsKeyId"]) == (True, chosen)
    assert volume_now(volume(TARGET), TARGET)["Encrypted"] is False


# Made once


def test_a_client_token_makes_one_volume_and_serves_no_other_request():
    token = uuid.uuid4().hex
    first = volume(ClientToken=token)

    assert volume(ClientToken=token) == first
    refused(lambda: volume(ClientToken=token, Size=2), "IdempotentParameterMismatch")
    assert volume(ClientToken=uuid.uuid4().hex) != first


def test_the_answer_to_a_token_used_again_tells_the_state_of_now():
    token = uuid.uuid4().hex
    asked = {"AvailabilityZone": ZONE, "Size": 1, "ClientToken": token}

    assert ec2().create_volume(**asked)["State"] == "creating"
    assert ec2().create_volume(**asked)["State"] == "available"


def test_a_token_is_of_one_account_and_region():
    token = uuid.uuid4().hex
    asked = {"Size": 1, "ClientToken": token}

    made = {volume(SOURCE, **asked), volume(TARGET, **asked), volume(SOURCE, FAR, **asked)}

    assert len(made) == 3


def test_a_token_whose_volume_failed_is_spent():
    """GH:kubernetes-sigs/aws-ebs-csi-driver#1036."""
    asked = {"ClientToken": uuid.uuid4().hex} | under(missing_key())
    assert volume_now(volume(**asked)) is None

    refused(lambda: volume(**asked), "IdempotentParameterMismatch", "inconsistent")


def test_a_refused_request_has_not_used_its_token():
    token = uuid.uuid4().hex
    refused(lambda: volume(ClientToken=token, Size=20000), "InvalidParameterValue")

    assert volume(ClientToken=token, Size=2)


# States and status


def test_a_volume_can_be_told_to_end_in_error():
    fails("volume", "error", "", account=SOURCE, region=NEAR)

    made = volume()

    assert volume_now(made)["State"] == "error"
    ec2().delete_volume(VolumeId=made)
    assert volume_now(made) is None


def test_a_volume_is_deleted_after_a_while(settings):
    made = volume()
    assert volume_now(made)["State"] == "available"
    settings(durations={"volume-deletion": ENDLESS})

    ec2().delete_volume(VolumeId=made)

    assert volume_now(made)["State"] == "deleting"
    refused(lambda: ec2().delete_volume(VolumeId=made), "IncorrectState")


def test_a_volume_that_is_being_created_is_not_deleted(settings):
    settings(durations={"volume": ENDLESS})
    made = volume()

    refused(lambda: ec2().delete_volume(VolumeId=made), "IncorrectState", "creating")


def status(volume_id):
    return ec2().describe_volume_status(VolumeIds=[volume_id])["VolumeStatuses"][0]


def test_the_status_of_a_volume_tells_how_much_of_its_snapshot_it_has(settings):
    of = snapshot()
    settings(durations={"volume-initialization": ENDLESS})
    made = volume(SnapshotId=of)
    assert volume_now(made)["State"] == "available"

    loading = status(made)
    assert loading["VolumeStatus"]["Status"] == "ok"
    assert {"Name": "initialization-state", "Status": "initializing"} in loading["VolumeStatus"][
        "Details"
    ]
    assert loading["InitializationStatusDetails"] == {
        "InitializationType": "default",
        "Progress": 0,
    }

    settings(durations={"volume-initialization": 0})
    loaded = status(volume(SnapshotId=of, VolumeInitializationRate=300))
    assert loaded["InitializationStatusDetails"] == {
        "InitializationType": "provisioned-rate",
        "Progress": 100,
    }
    assert "InitializationStatusDetails" not in status(volume())


def test_a_volume_that_is_being_created_has_no_status_yet(settings):
    settings(durations={"volume": ENDLESS})

    assert status(volume())["VolumeStatus"]["Status"] == "insufficient-data"


def test_status_is_filtered_and_paged():
    first = [volume() for _ in range(6)]
    pages = (
        ec2()
        .get_paginator("describe_volume_status")
        .paginate(VolumeIds=first, PaginationConfig={"PageSize": 5})
    )
    wrong = [{"Name": "volume-status.status", "Values": ["impaired"]}]

    assert [it["VolumeId"] for page in pages for it in page["VolumeStatuses"]] == first
    told = ec2().describe_volume_status(VolumeIds=first, Filters=wrong)
    assert told["VolumeStatuses"] == []


# Described


def test_volumes_are_found_by_filters_in_pages():
    of = snapshot()
    made = [volume(SnapshotId=of) for _ in range(6)]
    filters = [
        {"Name": "snapshot-id", "Values": [of]},
        {"Name": "availability-zone", "Values": [ZONE]},
        {"Name": "status", "Values": ["available"]},
    ]

    pages = (
        ec2()
        .get_paginator("describe_volumes")
        .paginate(Filters=filters, PaginationConfig={"PageSize": 5})
    )

    assert [it["VolumeId"] for page in pages for it in page["Volumes"]] == made


def test_another_accounts_volume_is_not_found():
    refused(lambda: ec2(TARGET).describe_volumes(VolumeIds=[volume()]), "InvalidVolume.NotFound")


def test_tags_on_create_are_there_at_once_and_gone_with_the_volume():
    tags = [{"Key": "restore:id", "Value": "one"}]

    made = ec2().create_volume(
        AvailabilityZone=ZONE,
        Size=1,
        TagSpecifications=[{"ResourceType": "volume", "Tags": tags}],
    )

    assert made["Tags"] == tags
    ec2().delete_volume(VolumeId=made["VolumeId"])
    assert volume_now(made["VolumeId"]) is None
    found = ec2().describe_tags(Filters=[{"Name": "resource-id", "Values": [made["VolumeId"]]}])
    assert found["Tags"] == []


def test_tags_for_what_is_not_made_and_tags_of_awss_own_are_refused():
    def tagged(kind, name):
        return [{"ResourceType": kind, "Tags": [{"Key": name, "Value": "x"}]}]

    refused(lambda: volume(TagSpecifications=tagged("snapshot", "a")), "InvalidParameterValue")
    refused(
        lambda: volume(TagSpecifications=tagged("volume", "aws:x")),
        "InvalidParameterValue",
        "reserved",
    )


def test_policies_may_ask_what_a_volume_is_like():
    only_encrypted = allow("ec2:*", "kms:*")
    in_the_clear = statement(
        "Deny", "ec2:CreateVolume", Condition={"Bool": {"ec2:Encrypted": "false"}}
    )
    only_encrypted["Statement"].append(in_the_clear)
    bound = caller(SOURCE, only_encrypted)

    refused(lambda: volume(bound), "UnauthorizedOperation")
    assert volume(bound, Encrypted=True)
