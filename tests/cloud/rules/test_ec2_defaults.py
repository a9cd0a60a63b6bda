"""The key that EBS uses by default, and encryption by default (rules 2 and 4)."""

import uuid

import pytest
from aws import FAR, NEAR, SOURCE, TARGET, client, key, refused
from compute import (
    at_once,  # noqa: F401
    ec2,
    snapshot,
    snapshot_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


def default(account, region=NEAR):
    return ec2(account, region).get_ebs_default_kms_key_id()["KmsKeyId"]


def test_the_default_key_is_awss_own_in_each_account_and_region():
    keys = {default(SOURCE), default(TARGET), default(SOURCE, FAR)}

    assert len(keys) == 3
    told = client("kms", SOURCE).describe_key(KeyId=default(SOURCE))["KeyMetadata"]
    assert told["KeyManager"] == "AWS"
    alias = client("kms", SOURCE).describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    assert alias["Arn"] == default(SOURCE)


def test_another_default_key_is_chosen_and_forgotten():
    chosen, there = key(TARGET, FAR), ec2(TARGET, FAR)
    own = default(TARGET, FAR)

    assert there.modify_ebs_default_kms_key_id(KmsKeyId=chosen)["KmsKeyId"] == chosen
    assert default(TARGET, FAR) == chosen
    made = snapshot_now(snapshot(TARGET, FAR, Encrypted=True), TARGET, FAR)
    assert made["KmsKeyId"] == chosen
    assert there.reset_ebs_default_kms_key_id()["KmsKeyId"] == own
    assert default(TARGET, FAR) == own


@pytest.mark.parametrize(
    ("unusable", "code"),
    [
        (lambda: str(uuid.uuid4()), "InvalidKmsKey.NotFound"),
        (lambda: key(TARGET, FAR), "InvalidKmsKey.NotFound"),
        (
            lambda: key(TARGET, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"),
            "InvalidKmsKey.InvalidKeyState",
        ),
    ],
    ids=["missing", "other Region", "asymmetric"],
)
def test_a_key_that_ebs_cannot_use_is_not_made_the_default(unusable, code):
    refused(lambda: ec2(TARGET).modify_ebs_default_kms_key_id(KmsKeyId=unusable()), code)


def test_encryption_by_default_is_off_until_it_is_enabled_and_of_one_region():
    here, there = ec2(TARGET), ec2(TARGET, FAR)

    assert here.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    here.enable_ebs_encryption_by_default()
    try:
        assert here.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
        assert there.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    finally:
        here.disable_ebs_encryption_by_default()
    assert here.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
