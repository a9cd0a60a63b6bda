"""Who may use a key: identity policy, key policy and both together (rules 3 and 12)."""

import json

import pytest
from aws import (
    EVERYTHING,
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
    statement,
)

DENIED = "AccessDeniedException"
USE = ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]


def data_key(credentials, arn, **settings):
    kms = client("kms", credentials)
    return kms.generate_data_key_without_plaintext(KeyId=arn, KeySpec="AES_256", **settings)


def serves(credentials, arn, **settings):
    return data_key(credentials, arn, **settings)["KeyId"] == arn


def denies(credentials, arn, *words, **settings):
    return refused(lambda: data_key(credentials, arn, **settings), DENIED, *words)


def use(principal, **more):
    return statement("Allow", USE, Principal={"AWS": principal}, **more)


# Within one account


def test_the_default_key_policy_leaves_it_to_identity_policies():
    arn = key(SOURCE)
    assert serves(caller(SOURCE, allow(*USE, resource=arn)), arn)
    message = denies(caller(SOURCE, allow("kms:DescribeKey")), arn)
    assert message.endswith(
        f"is not authorized to perform: kms:GenerateDataKeyWithoutPlaintext on resource: {arn} "
        "because no identity-based policy allows the kms:GenerateDataKeyWithoutPlaintext action"
    )


def test_without_the_accounts_statement_the_key_policy_alone_allows():
    named = role(SOURCE, policy=None)
    arn = key(SOURCE, policy=document(use(named), statement("Allow", "kms:Put*", Principal="*")))
    assert serves(assumed(named), arn)
    denies(caller(SOURCE), arn, "because no resource-based policy allows")
    denies(SOURCE, arn)


def test_an_explicit_deny_in_the_key_policy_stands_over_everything():
    spared = role(SOURCE)
    by_arn = {"ArnNotEquals": {"aws:PrincipalArn": spared}}
    deny = statement("Deny", "kms:Generate*", Principal="*", Condition=by_arn)
    arn = key(SOURCE, policy=key_policy(SOURCE, deny))
    assert serves(assumed(spared), arn)
    denies(caller(SOURCE), arn, "with an explicit deny in a resource-based policy")


def test_an_explicit_deny_of_the_callers_own_stands_over_the_key_policy():
    policy = document(statement("Allow", "*"), statement("Deny", "kms:GenerateDataKey*"))
    named = role(SOURCE, policy)
    arn = key(SOURCE, policy=key_policy(SOURCE, use(named)))
    denies(assumed(named), arn, "with an explicit deny in an identity-based policy")
    assert client("kms", assumed(named)).describe_key(KeyId=arn)


def test_a_session_policy_narrows_what_the_key_policy_gives_the_role():
    named = role(SOURCE, policy=None)
    arn = key(SOURCE, policy=key_policy(SOURCE, use(named)))
    assert serves(assumed(named), arn)
    narrowed = assumed(named, Policy=json.dumps(allow("kms:DescribeKey")))
    denies(narrowed, arn, "session policy")
    assert client("kms", narrowed).describe_key(KeyId=arn)


def test_a_key_policy_that_names_the_session_itself_is_not_narrowed():
    named = role(SOURCE, policy=None)
    name = named.rpartition("/")[2]
    session = f"arn:aws:sts::{SOURCE}:assumed-role/{name}/special"
    arn = key(SOURCE, policy=key_policy(SOURCE, use(session)))
    narrow = json.dumps(allow("ec2:*"))
    assert serves(assumed(named, RoleSessionName="special", Policy=narrow), arn)
    denies(assumed(named, RoleSessionName="ordinary"), arn)


def test_a_policy_put_later_counts_from_then_on():
    named = role(SOURCE, policy=None)
    arn = key(SOURCE)
    credentials = assumed(named)
    denies(credentials, arn)
    client("kms", SOURCE).put_key_policy(
        KeyId=arn, PolicyName="default", Policy=json.dumps(key_policy(SOURCE, use(named)))
    )
    assert serves(credentials, arn)


# Across accounts


@pytest.mark.parametrize("principal", ["role", "account"])
def test_across_accounts_both_sides_must_allow(principal):
    named, without = role(TARGET, allow(*USE)), role(TARGET, allow("ec2:*"))
    names = {"role": [named, without], "account": root(TARGET)}[principal]
    arn = key(SOURCE, policy=key_policy(SOURCE, use(names)))
    assert serves(assumed(named), arn)
    denies(assumed(without), arn, "because no identity-based policy allows")


def test_across_accounts_nothing_is_told_of_why_the_key_policy_refuses():
    arn = key(SOURCE)
    message = denies(caller(TARGET), arn)
    assert "the resource does not exist in this Region, no resource-based policies allow" in message
    denies(TARGET, arn)


def test_across_accounts_an_explicit_deny_in_the_key_policy_decides():
    named = role(TARGET)
    deny = statement("Deny", "kms:*", Principal={"AWS": root(TARGET)})
    arn = key(SOURCE, policy=key_policy(SOURCE, use(named), deny))
    denies(assumed(named), arn)


def test_a_key_policy_may_ask_for_the_callers_account():
    condition = {"StringEquals": {"kms:CallerAccount": TARGET}}
    arn = key(SOURCE, policy=key_policy(SOURCE, use("*", Condition=condition)))
    assert serves(caller(TARGET), arn)
    denies(caller("999999999999"), arn)


# Conditions on the request


def test_a_policy_for_use_through_a_service_refuses_the_direct_call():
    named = role(TARGET)
    via = {"StringEquals": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}}
    arn = key(SOURCE, policy=key_policy(SOURCE, use(named, Condition=via)))
    denies(assumed(named), arn)
    denies(assumed(named), arn, DryRun=True)


def test_a_policy_may_ask_for_an_encryption_context():
    condition = {"StringEquals": {"kms:EncryptionContext:aws:ebs:id": "vol-1"}}
    credentials = caller(SOURCE, allow(*USE, Condition=condition))
    arn = key(SOURCE)
    assert serves(credentials, arn, EncryptionContext={"aws:ebs:id": "vol-1"})
    denies(credentials, arn, EncryptionContext={"aws:ebs:id": "vol-2"})
    denies(credentials, arn)


def test_a_policy_may_ask_for_a_tag_or_an_alias_of_the_key():
    tagged = allow("kms:*", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}})
    aliased = allow(
        "kms:*", Condition={"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/restore-*"}}
    )
    kms = client("kms", SOURCE)
    red = key(SOURCE, Tags=[{"TagKey": "team", "TagValue": "red"}])
    plain = key(SOURCE)
    named = key(SOURCE)
    kms.create_alias(AliasName=f"alias/restore-{named[-8:]}", TargetKeyId=named)
    assert serves(caller(SOURCE, tagged), red)
    denies(caller(SOURCE, tagged), plain)
    assert serves(caller(SOURCE, aliased), named)
    denies(caller(SOURCE, aliased), plain)


def test_a_policy_may_ask_for_the_region():
    near = allow("kms:*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
    credentials = caller(SOURCE, near)
    assert serves(credentials, key(SOURCE))
    far = client("kms", credentials, "eu-central-1")
    refused(lambda: far.describe_key(KeyId=key(SOURCE, "eu-central-1")), DENIED)


def test_calls_without_a_key_are_judged_by_the_callers_own_policies():
    able, unable = caller(SOURCE, allow("kms:ListKeys", "kms:CreateKey")), caller(SOURCE, None)
    assert client("kms", able).create_key()["KeyMetadata"]["Arn"]
    assert "Keys" in client("kms", able).list_keys()
    refused(lambda: client("kms", unable).create_key(), DENIED, "kms:CreateKey")
    refused(lambda: client("kms", unable).list_keys(), DENIED)
    refused(lambda: client("kms", able).list_aliases(), DENIED)


def test_an_alias_needs_permission_on_itself_and_on_its_key():
    arn = key(SOURCE)
    alias = f"alias/{arn[-12:]}"
    on_alias = f"arn:aws:kms:eu-west-1:{SOURCE}:{alias}"
    request = {"AliasName": alias, "TargetKeyId": arn}
    for on in (arn, on_alias):
        half = client("kms", caller(SOURCE, allow("kms:CreateAlias", resource=on)))
        refused(lambda half=half: half.create_alias(**request), DENIED)
    both = client("kms", caller(SOURCE, allow("kms:CreateAlias", resource=[arn, on_alias])))
    both.create_alias(**request)
    assert client("kms", SOURCE).describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == arn


# Dry runs


@pytest.fixture
def blob_and_key():
    arn = key(SOURCE)
    encrypted = client("kms", SOURCE).encrypt(KeyId=arn, Plaintext=b"plain")
    return encrypted["CiphertextBlob"], arn


def dry_runs(kms, blob, arn, destination):
    ignoring = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    return [
        lambda: kms.encrypt(KeyId=arn, Plaintext=b"x", DryRun=True),
        lambda: kms.decrypt(CiphertextBlob=blob, DryRun=True),
        lambda: kms.decrypt(KeyId=arn, **ignoring),
        lambda: kms.generate_data_key(KeyId=arn, KeySpec="AES_256", DryRun=True),
        lambda: kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=destination, DryRun=True),
        lambda: kms.re_encrypt(SourceKeyId=arn, DestinationKeyId=destination, **ignoring),
    ]


def test_a_dry_run_says_whether_the_caller_may_and_does_nothing(blob_and_key):
    blob, arn = blob_and_key
    destination = key(SOURCE)
    for call in dry_runs(client("kms", caller(SOURCE)), blob, arn, destination):
        message = refused(call, "DryRunOperationException")
        assert message == "The request would have succeeded, but the DryRun option is set."
    for call in dry_runs(client("kms", caller(SOURCE, None)), blob, arn, destination):
        refused(call, DENIED)


def test_a_dry_run_that_ignores_the_ciphertext_asks_for_both_keys_of_a_re_encryption():
    source, destination = key(SOURCE), key(TARGET)
    ignoring = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    kms = client("kms", caller(TARGET))
    request = {"SourceKeyId": source, "DestinationKeyId": destination, **ignoring}
    refused(lambda: kms.re_encrypt(**request), DENIED, "kms:ReEncryptFrom", source)


def test_a_dry_run_still_refuses_a_request_that_makes_no_sense(blob_and_key):
    blob, arn = blob_and_key
    kms = client("kms", SOURCE)
    wrong = {"CiphertextBlob": blob, "EncryptionContext": {"a": "b"}}
    refused(lambda: kms.decrypt(DryRun=True, **wrong), "InvalidCiphertextException")
    refused(
        lambda: kms.generate_data_key_without_plaintext(KeyId=arn, DryRun=True),
        "ValidationException",
    )
    nothing = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    refused(lambda: kms.decrypt(**nothing), "ValidationException")
    modified = {"KeyId": arn, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    refused(lambda: kms.decrypt(**modified), "ValidationException")


def test_everything_in_one_account_does_not_reach_into_another():
    arn = key(SOURCE)
    kms = client("kms", caller(TARGET, EVERYTHING))
    refused(lambda: kms.describe_key(KeyId=arn), DENIED)
    refused(lambda: kms.list_grants(KeyId=arn), DENIED)
