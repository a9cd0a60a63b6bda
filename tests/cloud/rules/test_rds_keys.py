"""RDS refuses a key that cannot serve while the caller waits (rule 3)."""

import uuid

import pytest
from aws import (
    FAR,
    NEAR,
    SOURCE,
    TARGET,
    allow,
    caller,
    client,
    document,
    key,
    key_policy,
    refused,
    root,
    statement,
    unique,
)
from databases import (
    at_once,  # noqa: F401
    copied,
    copying,
    created,
    instance,
    open_key,
    rds,
    restored,
    restoring,
    share,
    snapshot,
    taken,
    under,
)

pytestmark = pytest.mark.usefixtures("at_once")

FAULT = "KMSKeyNotAccessibleFault"
COPYING = [
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]
RESTORING = ["kms:DescribeKey", "kms:CreateGrant"]


def bad_keys():
    """Keys that cannot serve the source account in the near Region, by what is wrong with them."""
    disabled, deleted = key(SOURCE), key(SOURCE)
    kms = client("kms", SOURCE)
    kms.disable_key(KeyId=disabled)
    kms.schedule_key_deletion(KeyId=deleted, PendingWindowInDays=7)
    return {
        "unknown": f"arn:aws:kms:{NEAR}:{SOURCE}:key/{uuid.uuid4()}",
        "unknown alias": f"alias/{unique('none')}",
        "disabled": disabled,
        "pending deletion": deleted,
        "asymmetric": key(SOURCE, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"),
        "for signatures": key(SOURCE, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC"),
        "of another Region": key(SOURCE, FAR),
        "of another account": key(TARGET),
    }


def test_no_bad_key_is_the_target_of_a_copy():
    source = taken()["DBSnapshotIdentifier"]
    for what, bad in bad_keys().items():
        name = unique("none")
        message = refused(
            lambda bad=bad, name=name: copying(
                source, KmsKeyId=bad, TargetDBSnapshotIdentifier=name
            ),
            FAULT,
        )
        assert message == (
            f"The target KMS key [{bad}] does not exist, is not enabled or you do not have "
            "permissions to access it."
        ), what
        assert snapshot(name) is None


def test_no_bad_key_is_that_of_a_new_instance():
    for bad in bad_keys().values():
        refused(lambda bad=bad: created(**under(bad)), FAULT, f"Specified KMS key [{bad}]")


def test_a_key_goes_with_encryption_only():
    refused(lambda: created(KmsKeyId=key(SOURCE)), "InvalidParameterCombination")


def test_the_key_of_the_source_must_be_enabled_to_copy_and_to_restore():
    first = key(SOURCE)
    source = taken(**under(first))
    kms = client("kms", SOURCE)
    kms.disable_key(KeyId=first)
    words = f"The source snapshot KMS key [{first}] does not exist, is not enabled or"
    refused(lambda: copying(source["DBSnapshotIdentifier"], KmsKeyId=key(SOURCE)), FAULT, words)
    far = {"region": FAR, "KmsKeyId": key(SOURCE, FAR)}
    refused(lambda: copying(source["DBSnapshotArn"], **far), FAULT, words)
    refused(lambda: restoring(source["DBSnapshotIdentifier"]), FAULT)
    kms.enable_key(KeyId=first)
    assert restored(source["DBSnapshotIdentifier"])["KmsKeyId"] == first
    assert copied(source["DBSnapshotArn"], **far)["Encrypted"]


def test_sharing_a_snapshot_does_not_share_its_key():
    closed = taken(**under(key(SOURCE)))
    share(closed, TARGET)
    refused(
        lambda: copying(closed["DBSnapshotArn"], TARGET, KmsKeyId=key(TARGET)),
        FAULT,
        f"The source snapshot KMS key [{closed['KmsKeyId']}]",
    )


def test_a_shared_encrypted_snapshot_is_copied_only_under_a_key_that_is_named():
    shared = taken(**under(open_key()))
    share(shared, TARGET)
    refused(lambda: copying(shared["DBSnapshotArn"], TARGET), FAULT, "The target KMS key [None]")


def test_a_key_that_is_closed_again_stops_further_copies():
    the_key = open_key()
    shared = taken(**under(the_key))
    share(shared, TARGET)
    own = key(TARGET)
    copied(shared["DBSnapshotArn"], TARGET, KmsKeyId=own)
    closed = key_policy(SOURCE)
    client("kms", SOURCE).put_key_policy(
        KeyId=the_key, PolicyName="default", Policy=str(closed).replace("'", '"')
    )
    refused(lambda: copying(shared["DBSnapshotArn"], TARGET, KmsKeyId=own), FAULT)


@pytest.mark.parametrize("missing", COPYING)
def test_every_permission_for_a_copy_is_needed_on_the_target_key(missing):
    source, target_key = taken()["DBSnapshotIdentifier"], key(SOURCE)
    granted = [action for action in COPYING if action != missing]
    clerk = caller(SOURCE, allow("rds:*", *granted))
    refused(lambda: copying(source, clerk, KmsKeyId=target_key), FAULT, "The target KMS key")
    clerk = caller(SOURCE, allow("rds:*", *COPYING))
    assert copied(source, clerk, KmsKeyId=target_key)["KmsKeyId"] == target_key


@pytest.mark.parametrize("missing", COPYING)
def test_every_permission_for_a_copy_is_needed_on_the_source_key(missing):
    source_key, target_key = key(SOURCE), key(SOURCE)
    source = taken(**under(source_key))["DBSnapshotIdentifier"]
    granted = [action for action in COPYING if action != missing]
    policy = document(
        statement("Allow", ["rds:*"]),
        statement("Allow", COPYING, target_key),
        statement("Allow", granted, source_key),
    )
    refused(
        lambda: copying(source, caller(SOURCE, policy), KmsKeyId=target_key),
        FAULT,
        f"The source snapshot KMS key [{source_key}]",
    )


@pytest.mark.parametrize("missing", RESTORING)
def test_a_restore_needs_to_describe_the_key_and_to_grant_its_use(missing):
    the_key = key(SOURCE)
    source = taken(**under(the_key))["DBSnapshotIdentifier"]
    name = unique("none")
    clerk = caller(SOURCE, allow("rds:*", *(one for one in RESTORING if one != missing)))
    refused(lambda: restoring(source, clerk, DBInstanceIdentifier=name), FAULT)
    assert instance(name) is None
    clerk = caller(SOURCE, allow("rds:*", *RESTORING))
    assert restored(source, clerk)["KmsKeyId"] == the_key


def test_permissions_through_rds_of_the_keys_own_region_suffice():
    source_key, far_key = key(SOURCE), key(SOURCE, FAR)
    source = taken(**under(source_key))["DBSnapshotArn"]

    def clerk(near, far):
        through = [
            statement(
                "Allow",
                COPYING,
                arn,
                Condition={"StringEquals": {"kms:ViaService": f"rds.{region}.amazonaws.com"}},
            )
            for arn, region in ((source_key, near), (far_key, far))
        ]
        return caller(SOURCE, document(statement("Allow", ["rds:*"]), *through))

    refused(lambda: copying(source, clerk(FAR, FAR), FAR, KmsKeyId=far_key), FAULT)
    refused(lambda: copying(source, clerk(NEAR, NEAR), FAR, KmsKeyId=far_key), FAULT)
    assert copied(source, clerk(NEAR, FAR), FAR, KmsKeyId=far_key)["KmsKeyId"] == far_key


def test_the_standard_statements_for_another_account_suffice():
    use = [
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
    ]
    grant = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
    for_resources = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    principal = {"AWS": root(TARGET)}
    whole = [
        statement("Allow", use, Principal=principal),
        statement("Allow", grant, Principal=principal, Condition=for_resources),
    ]
    own = key(TARGET)
    for policy, enough in ((whole, True), (whole[:1], False)):
        shared = taken(**under(key(SOURCE, policy=key_policy(SOURCE, *policy))))
        share(shared, TARGET)
        arn = shared["DBSnapshotArn"]
        if enough:
            assert copied(arn, TARGET, KmsKeyId=own)["KmsKeyId"] == own
        else:
            refused(lambda arn=arn: copying(arn, TARGET, KmsKeyId=own), FAULT)


def test_the_default_key_needs_no_permissions_of_the_callers_own():
    clerk = caller(SOURCE, allow("rds:*"))
    source = taken(StorageEncrypted=True)["DBSnapshotIdentifier"]
    assert restored(source, clerk)["StorageEncrypted"]
    assert copied(source, clerk)["Encrypted"]


def test_storage_is_encrypted_under_the_default_key_where_none_is_named():
    made = created(StorageEncrypted=True)
    default = client("kms", SOURCE).describe_key(KeyId=made["KmsKeyId"])["KeyMetadata"]
    assert default["KeyManager"] == "AWS"
    assert made["StorageEncryptionType"] == "sse-kms"
    assert created()["StorageEncrypted"] is False


def test_a_final_snapshot_needs_the_key_too():
    the_key = key(SOURCE)
    made = created(**under(the_key))["DBInstanceIdentifier"]
    client("kms", SOURCE).disable_key(KeyId=the_key)
    final = {"DBInstanceIdentifier": made, "FinalDBSnapshotIdentifier": unique("final")}
    refused(lambda: rds().delete_db_instance(**final), FAULT)
    rds().delete_db_instance(DBInstanceIdentifier=made, SkipFinalSnapshot=True)
    assert instance(made) is None
