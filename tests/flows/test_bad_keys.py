"""A key that a restore cannot be done with is refused by its field, before anything is changed."""

import uuid

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.keys import closed_key, target_key
from restore.example import example
from restore.place import FAR, NEAR, SOURCE, TARGET, Place

INVALID = "Restore.InvalidInput"
FAR_TARGET = Place(TARGET, FAR)


@pytest.fixture(scope="module")
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)


@pytest.fixture(scope="module")
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account-cross-region"), database=database)


def unknown_key(account, region):
    return f"arn:aws:kms:{region}:{account}:key/{uuid.uuid4()}"


def test_a_key_of_another_region_is_refused(cloud, ec2):
    near_key = target_key(cloud, Place(TARGET, NEAR))

    expect.refused(cloud, ec2.asking(target__kmsKeyId=near_key), INVALID, "target.kmsKeyId", NEAR)


def test_a_staging_key_of_another_region_is_refused(cloud, ec2):
    scene = ec2.asking(source__stagingKmsKeyId=unknown_key(SOURCE, FAR))

    expect.refused(cloud, scene, INVALID, "source.stagingKmsKeyId: is a key of Region", FAR)


def test_an_intermediate_key_of_another_region_is_refused(cloud, rds):
    scene = rds.asking(target__intermediateKmsKeyId=unknown_key(TARGET, FAR))

    expect.refused(cloud, scene, INVALID, "target.intermediateKmsKeyId: is a key of Region", FAR)


def bare_id(cloud, place):
    """The id, and no more, of a key of the place."""
    return closed_key(cloud, place, "orders-foreign").rsplit("/", 1)[-1]


def test_a_bare_id_of_a_key_in_another_account_is_refused(cloud, ec2):
    foreign = bare_id(cloud, Place(SOURCE, FAR))

    expect.refused(cloud, ec2.asking(target__kmsKeyId=foreign), INVALID, "target.kmsKeyId", "ARN")


def test_a_bare_id_of_a_staging_key_in_another_account_is_refused(cloud, ec2):
    foreign = bare_id(cloud, Place(TARGET, NEAR))

    scene = ec2.asking(source__stagingKmsKeyId=foreign)
    expect.refused(cloud, scene, INVALID, "source.stagingKmsKeyId", foreign, "ARN")


def test_a_bare_id_of_an_intermediate_key_in_another_account_is_refused(cloud, rds):
    foreign = bare_id(cloud, Place(SOURCE, NEAR))

    scene = rds.asking(target__intermediateKmsKeyId=foreign)
    expect.refused(cloud, scene, INVALID, "target.intermediateKmsKeyId", foreign, "ARN")


def test_a_key_that_does_not_exist_is_refused(cloud, ec2):
    unknown = unknown_key(TARGET, FAR)

    expect.refused(cloud, ec2.asking(target__kmsKeyId=unknown), INVALID, "target.kmsKeyId")


@pytest.mark.parametrize("kind", ["disabled", "asymmetric"])
def test_a_key_that_cannot_encrypt_is_refused(cloud, ec2, kind):
    kms = cloud.client("kms", FAR_TARGET)
    spec = {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"} if kind == "asymmetric" else {}
    key = kms.create_key(**spec)["KeyMetadata"]
    cloud.allow_keys(TARGET, target_keys=[key["Arn"]])
    if kind == "disabled":
        kms.disable_key(KeyId=key["KeyId"])

    scene = ec2.asking(target__kmsKeyId=key["Arn"])
    expect.refused(cloud, scene, "Restore.KeyNotUsable", "target.kmsKeyId", key["Arn"])
