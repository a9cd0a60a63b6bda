"""Keys: where they are found, what they can do in which state, and those that AWS manages."""

import json

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
    document,
    key,
    key_policy,
    refused,
    role,
    root,
)
from aws import statement as stated


@pytest.fixture
def kms():
    return client("kms", SOURCE)


def data_key(kms, key_id, **settings):
    return kms.generate_data_key_without_plaintext(KeyId=key_id, KeySpec="AES_256", **settings)


def id_of(arn):
    return arn.rpartition("/")[2]


# Where keys are found


def test_a_key_is_named_by_its_id_its_arn_its_alias_or_the_aliass_arn(kms):
    arn = key(SOURCE)
    alias = f"alias/{id_of(arn)}-alias"
    kms.create_alias(AliasName=alias, TargetKeyId=arn)
    names = [arn, id_of(arn), alias, f"arn:aws:kms:{NEAR}:{SOURCE}:{alias}"]
    assert {kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] for name in names} == {arn}


def test_another_accounts_key_is_named_by_arn_alone():
    arn = key(SOURCE, policy=key_policy(SOURCE, stated("Allow", "kms:*", Principal="*")))
    client("kms", SOURCE).create_alias(AliasName=f"alias/{id_of(arn)}", TargetKeyId=arn)
    kms = client("kms", TARGET)
    for name in (arn, f"arn:aws:kms:{NEAR}:{SOURCE}:alias/{id_of(arn)}"):
        assert data_key(kms, name)["KeyId"] == arn
    for name in (id_of(arn), f"alias/{id_of(arn)}"):
        refused(lambda name=name: data_key(kms, name), "NotFoundException")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("1234abcd-12ab-34cd-56ef-1234567890ab", "NotFoundException"),
        ("alias/nothing", "NotFoundException"),
        ("nothing", "NotFoundException"),
        (f"arn:aws:kms:{NEAR}:{SOURCE}:key/nothing", "NotFoundException"),
        (f"arn:aws:ec2:{NEAR}:{SOURCE}:key/nothing", "InvalidArnException"),
        ("arn:aws:kms", "InvalidArnException"),
    ],
)
def test_what_names_no_key_is_refused(kms, name, code):
    refused(lambda: kms.describe_key(KeyId=name), code)
    refused(lambda: data_key(kms, name), code)


def test_a_key_of_another_region_is_not_found(kms):
    far = key(SOURCE, FAR)
    refused(lambda: data_key(kms, far), "NotFoundException", f"Invalid arn {FAR}")
    refused(lambda: data_key(kms, id_of(far)), "NotFoundException")
    assert data_key(client("kms", SOURCE, FAR), far)["KeyId"] == far


def test_an_alias_does_not_stand_for_a_key_where_aws_takes_none(kms):
    arn = key(SOURCE)
    alias = f"alias/{id_of(arn)}"
    kms.create_alias(AliasName=alias, TargetKeyId=arn)
    refused(lambda: kms.disable_key(KeyId=alias), "NotFoundException")
    refused(lambda: kms.list_grants(KeyId=alias), "NotFoundException")


def test_another_accounts_key_cannot_be_administered_whatever_its_policy_says():
    arn = key(SOURCE, policy=key_policy(SOURCE, stated("Allow", "kms:*", Principal="*")))
    kms = client("kms", TARGET)
    refused(lambda: kms.disable_key(KeyId=arn), "AccessDeniedException")
    refused(lambda: kms.get_key_policy(KeyId=arn), "AccessDeniedException")
    assert client("kms", SOURCE).describe_key(KeyId=arn)["KeyMetadata"]["Enabled"]


# States


def uses(kms, arn):
    """Every operation that needs a key to be enabled."""
    grant = {"KeyId": arn, "GranteePrincipal": root(TARGET), "Operations": ["Decrypt"]}
    return [
        lambda: data_key(kms, arn),
        lambda: kms.generate_data_key(KeyId=arn, KeySpec="AES_256"),
        lambda: kms.encrypt(KeyId=arn, Plaintext=b"plain"),
        lambda: kms.create_grant(**grant),
        lambda: data_key(kms, arn, DryRun=True),
    ]


def test_a_disabled_key_does_nothing_until_it_is_enabled_again(kms):
    arn = key(SOURCE)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"plain")["CiphertextBlob"]
    kms.disable_key(KeyId=arn)
    for use in [*uses(kms, arn), lambda: kms.decrypt(CiphertextBlob=blob)]:
        assert refused(use, "DisabledException") == f"{arn} is disabled."
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Disabled"

    kms.enable_key(KeyId=arn)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"plain"


def test_a_key_pending_deletion_does_nothing_until_the_deletion_is_cancelled(kms):
    arn = key(SOURCE)
    scheduled = kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    assert (scheduled["KeyId"], scheduled["KeyState"]) == (arn, "PendingDeletion")
    more = [
        lambda: kms.enable_key(KeyId=arn),
        lambda: kms.disable_key(KeyId=arn),
        lambda: kms.schedule_key_deletion(KeyId=arn),
        lambda: kms.create_alias(AliasName=f"alias/{id_of(arn)}", TargetKeyId=arn),
    ]
    for use in [*uses(kms, arn), *more]:
        refused(use, "KMSInvalidStateException", f"{arn} is pending deletion.")
    assert "DeletionDate" in kms.describe_key(KeyId=arn)["KeyMetadata"]

    assert kms.cancel_key_deletion(KeyId=arn)["KeyId"] == arn
    refused(lambda: data_key(kms, arn), "DisabledException")
    kms.enable_key(KeyId=arn)
    assert data_key(kms, arn)["KeyId"] == arn


def test_only_a_scheduled_deletion_can_be_cancelled(kms):
    arn = key(SOURCE)
    refused(lambda: kms.cancel_key_deletion(KeyId=arn), "KMSInvalidStateException")


@pytest.mark.parametrize("days", [6, 31])
def test_a_deletion_waits_seven_to_thirty_days(days):
    kms, arn = client("kms", SOURCE, parameter_validation=False), key(SOURCE)
    refused(
        lambda: kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=days),
        "ValidationException",
    )
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"


# Kinds


def test_a_key_for_signing_or_macs_encrypts_nothing(kms):
    signing = key(SOURCE, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    mac = key(SOURCE, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    for arn in (signing, mac):
        refused(lambda arn=arn: data_key(kms, arn), "InvalidKeyUsageException")
        refused(lambda arn=arn: data_key(kms, arn, DryRun=True), "InvalidKeyUsageException")
        refused(lambda arn=arn: kms.encrypt(KeyId=arn, Plaintext=b"x"), "InvalidKeyUsageException")


def test_an_asymmetric_key_for_encryption_makes_no_data_keys(kms):
    rsa = key(SOURCE, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    refused(lambda: data_key(kms, rsa), "InvalidKeyUsageException")


def test_a_key_for_encryption_signs_nothing(kms):
    request = {"KeyId": key(SOURCE), "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
    refused(lambda: kms.sign(**request), "InvalidKeyUsageException")


def test_what_an_asymmetric_key_is_for_must_be_said(kms):
    refused(lambda: kms.create_key(KeySpec="RSA_2048"), "ValidationException", "KeyUsage")
    assert kms.create_key()["KeyMetadata"]["KeyUsage"] == "ENCRYPT_DECRYPT"


@pytest.mark.parametrize("policy", ["{", '{"Statement": []', '{"Version": "2012-10-17"}'])
def test_a_key_policy_must_be_a_policy(kms, policy):
    arn = key(SOURCE)
    refused(lambda: kms.create_key(Policy=policy), "MalformedPolicyDocumentException")
    refused(
        lambda: kms.put_key_policy(KeyId=arn, Policy=policy), "MalformedPolicyDocumentException"
    )


def test_a_key_policy_must_say_for_whom_it_is(kms):
    policy = json.dumps(allow("kms:*"))
    refused(lambda: kms.create_key(Policy=policy), "MalformedPolicyDocumentException", "principal")


def test_a_key_policy_is_no_longer_than_kms_takes(kms):
    long = key_policy(SOURCE, stated("Allow", "kms:*", Principal="*", Sid="x" * 32_768))
    refused(lambda: kms.create_key(Policy=json.dumps(long)), "LimitExceededException")


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_a_statement_without_an_action_or_a_resource_is_taken_and_has_no_effect(element):
    named = role(SOURCE, policy=None)
    using = stated("Allow", "kms:GenerateDataKey*", Principal={"AWS": named})
    wanting = {name: value for name, value in using.items() if name != element}
    administered = stated("Allow", "kms:Put*", Principal={"AWS": root(SOURCE)})
    arn = key(SOURCE, policy=document(administered, wanting))
    refused(lambda: data_key(client("kms", assumed(named)), arn), "AccessDeniedException")

    policy = json.dumps(document(administered, using))
    client("kms", SOURCE).put_key_policy(KeyId=arn, Policy=policy)
    assert data_key(client("kms", assumed(named)), arn)["KeyId"] == arn


def test_who_makes_a_key_must_be_let_change_its_policy_or_say_otherwise():
    me = client("kms", caller(SOURCE))
    locks_out = json.dumps(document(stated("Allow", "kms:*", Principal={"AWS": role(SOURCE)})))
    before = me.list_keys()["Keys"]

    def made(**more):
        return me.create_key(Policy=locks_out, **more)["KeyMetadata"]["Arn"]

    refused(made, "MalformedPolicyDocumentException", "will not allow you to update")
    assert me.list_keys()["Keys"] == before
    arn = made(BypassPolicyLockoutSafetyCheck=True)
    refused(lambda: me.describe_key(KeyId=arn), "AccessDeniedException")


def test_who_changes_a_key_policy_must_be_let_change_it_again_or_say_otherwise():
    me, arn = client("kms", caller(SOURCE)), key(SOURCE)
    locks_out = json.dumps(document(stated("Allow", "kms:*", Principal={"AWS": role(SOURCE)})))

    def put(**more):
        me.put_key_policy(KeyId=arn, Policy=locks_out, **more)

    refused(put, "MalformedPolicyDocumentException", "will not allow you to update")
    assert me.describe_key(KeyId=arn)["KeyMetadata"]["Arn"] == arn
    put(BypassPolicyLockoutSafetyCheck=True)
    refused(lambda: me.describe_key(KeyId=arn), "AccessDeniedException")


# Lists


def test_keys_and_aliases_are_listed_a_page_at_a_time(kms):
    arns = [key(SOURCE) for _ in range(3)]
    for arn in arns:
        kms.create_alias(AliasName=f"alias/{id_of(arn)}-page", TargetKeyId=arn)

    for name, listed, most in (("list_keys", "Keys", 1000), ("list_aliases", "Aliases", 100)):
        everything = kms.get_paginator(name).paginate().build_full_result()[listed]
        by_one = kms.get_paginator(name).paginate(PaginationConfig={"PageSize": 1})
        pages = list(by_one)
        assert [one for page in pages for one in page[listed]] == everything
        assert all(len(page[listed]) == 1 for page in pages)
        assert [page["Truncated"] for page in pages] == [True] * (len(pages) - 1) + [False]
        ask = getattr(kms, name)
        refused(lambda ask=ask: ask(Marker="nonsense"), "InvalidMarkerException")
        if most < 1000:
            refused(lambda ask=ask, most=most: ask(Limit=most + 1), "ValidationException")


# Ciphertexts


def test_a_ciphertext_is_decrypted_with_its_own_key_alone(kms):
    mine, other = key(SOURCE), key(SOURCE)
    blob = kms.encrypt(KeyId=mine, Plaintext=b"plain")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == mine
    assert kms.decrypt(CiphertextBlob=blob, KeyId=mine)["Plaintext"] == b"plain"
    refused(lambda: kms.decrypt(CiphertextBlob=blob, KeyId=other), "IncorrectKeyException")
    context = {"EncryptionContext": {"aws:ebs:id": "vol-1"}}
    refused(lambda: kms.decrypt(CiphertextBlob=blob, **context), "InvalidCiphertextException")
    refused(lambda: kms.decrypt(CiphertextBlob=b"nonsense"), "InvalidCiphertextException")


def test_a_ciphertext_of_a_key_out_of_reach_tells_nothing_of_the_key():
    arn = key(SOURCE)
    blob = client("kms", SOURCE).encrypt(KeyId=arn, Plaintext=b"plain")["CiphertextBlob"]
    kms = client("kms", TARGET)
    refused(lambda: kms.decrypt(CiphertextBlob=blob), "AccessDeniedException", "does not exist")


def test_a_ciphertext_goes_over_from_one_accounts_key_to_anothers():
    role_policy = allow("kms:ReEncrypt*", "kms:Decrypt")
    credentials = caller(TARGET, role_policy)
    use = stated("Allow", ["kms:ReEncryptFrom"], Principal={"AWS": root(TARGET)})
    source, target = key(SOURCE, policy=key_policy(SOURCE, use)), key(TARGET)
    blob = client("kms", SOURCE).encrypt(KeyId=source, Plaintext=b"plain")["CiphertextBlob"]
    kms = client("kms", credentials)

    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=target)
    assert (moved["SourceKeyId"], moved["KeyId"]) == (source, target)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"plain"
    back = {"CiphertextBlob": moved["CiphertextBlob"], "DestinationKeyId": source}
    refused(lambda: kms.re_encrypt(**back), "AccessDeniedException", "kms:ReEncryptTo")


# Keys that AWS manages


@pytest.mark.parametrize("service", ["ebs", "rds"])
def test_the_default_key_of_a_service_is_aws_managed_and_made_at_first_use(service):
    account = "888877776666"
    kms, alias = client("kms", account, FAR), f"alias/aws/{service}"

    def listed():
        found = kms.list_aliases()["Aliases"]
        return next(one for one in found if one["AliasName"] == alias).get("TargetKeyId")

    assert listed() is None
    described = kms.describe_key(KeyId=alias)["KeyMetadata"]
    assert (described["KeyManager"], described["AWSAccountId"]) == ("AWS", account)
    assert listed() == described["KeyId"]
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == described["KeyId"]


def test_the_default_key_serves_nobody_directly_and_cannot_be_changed(kms):
    arn = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]
    for call in (
        lambda: data_key(kms, arn),
        lambda: kms.disable_key(KeyId=arn),
        lambda: kms.schedule_key_deletion(KeyId=arn),
        lambda: kms.put_key_policy(KeyId=arn, Policy="{}"),
        lambda: kms.create_grant(KeyId=arn, GranteePrincipal=root(TARGET), Operations=["Decrypt"]),
    ):
        refused(call, "AccessDeniedException")
    refused(lambda: client("kms", TARGET).describe_key(KeyId=arn), "AccessDeniedException")
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"


# Keys of several Regions


def test_a_replica_is_the_same_key_in_another_region_under_a_policy_of_its_own(kms):
    arn = key(SOURCE, MultiRegion=True)
    assert id_of(arn).startswith("mrk-") and len(id_of(arn)) == 36
    made = kms.replicate_key(KeyId=arn, ReplicaRegion=FAR)["ReplicaKeyMetadata"]
    assert made["Arn"] == arn.replace(NEAR, FAR)
    far = client("kms", SOURCE, FAR)

    def kind(kms, key_id):
        found = kms.describe_key(KeyId=key_id)["KeyMetadata"]["MultiRegionConfiguration"]
        return found["MultiRegionKeyType"], found["PrimaryKey"]["Arn"], found["ReplicaKeys"]

    replicas = [{"Arn": made["Arn"], "Region": FAR}]
    assert kind(far, made["Arn"]) == ("REPLICA", arn, replicas)
    assert kind(kms, arn) == ("PRIMARY", arn, replicas)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"plain")["CiphertextBlob"]
    assert far.decrypt(CiphertextBlob=blob)["KeyId"] == made["Arn"]

    far.disable_key(KeyId=made["Arn"])
    far_state = far.describe_key(KeyId=made["Arn"])["KeyMetadata"]["KeyState"]
    assert (far_state, data_key(kms, arn)["KeyId"]) == ("Disabled", arn)


def test_only_a_primary_multi_region_key_is_replicated_and_once(kms):
    single = key(SOURCE)
    refused(
        lambda: kms.replicate_key(KeyId=single, ReplicaRegion=FAR), "UnsupportedOperationException"
    )
    several = key(SOURCE, MultiRegion=True)
    kms.replicate_key(KeyId=several, ReplicaRegion=FAR)
    refused(lambda: kms.replicate_key(KeyId=several, ReplicaRegion=FAR), "AlreadyExistsException")


def test_the_aliases_of_aws_managed_keys_are_awss_alone(kms):
    name = "alias/aws/ours"

    refused(
        lambda: kms.create_alias(AliasName=name, TargetKeyId=key(SOURCE)),
        "InvalidAliasNameException",
    )
    refused(lambda: kms.describe_key(KeyId=name), "NotFoundException")


def test_an_alias_is_made_for_a_key_and_not_for_another_alias(kms):
    arn = key(SOURCE)
    alias = f"alias/{id_of(arn)}"
    kms.create_alias(AliasName=alias, TargetKeyId=id_of(arn))

    refused(
        lambda: kms.create_alias(AliasName=f"{alias}-again", TargetKeyId=alias),
        "NotFoundException",
    )
