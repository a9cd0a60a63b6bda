"""Grants: what they give, to whom, within which constraints, and until when (rules 3 and 12)."""

import functools
import json

import pytest
from aws import (
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
DATA_KEY = "GenerateDataKeyWithoutPlaintext"
VOLUME = {"aws:ebs:id": "vol-1"}


def grant(arn, to, *operations, by=SOURCE, **settings):
    """A new grant on a key of the source account."""
    request = {"KeyId": arn, "GranteePrincipal": to, "Operations": list(operations)} | settings
    return client("kms", by).create_grant(**request)


def grants(arn, **wanted):
    found = client("kms", SOURCE).list_grants(KeyId=arn, **wanted)["Grants"]
    return [one["GrantId"] for one in found]


def data_key(credentials, arn, **settings):
    kms = client("kms", credentials)
    return kms.generate_data_key_without_plaintext(KeyId=arn, KeySpec="AES_256", **settings)


def serves(credentials, arn, **settings):
    return data_key(credentials, arn, **settings)["KeyId"] == arn


def denies(credentials, arn, **settings):
    return refused(lambda: data_key(credentials, arn, **settings), DENIED)


def test_a_grant_gives_its_operations_and_no_others_until_it_is_revoked():
    arn, grantee = key(SOURCE), role(TARGET)
    credentials = assumed(grantee)
    made = grant(arn, grantee, DATA_KEY, "DescribeKey")["GrantId"]
    assert serves(credentials, arn)
    kms = client("kms", credentials)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["Arn"] == arn
    refused(lambda: kms.generate_data_key(KeyId=arn, KeySpec="AES_256"), DENIED)

    client("kms", SOURCE).revoke_grant(KeyId=arn, GrantId=made)
    denies(credentials, arn)
    assert grants(arn) == []


def test_a_grant_is_for_its_grantee_alone():
    arn, grantee = key(SOURCE), role(TARGET)
    grant(arn, grantee, DATA_KEY)
    assert serves(assumed(grantee), arn)
    denies(caller(TARGET), arn)


def test_a_grant_to_an_account_is_for_those_whom_its_own_policies_let():
    arn = key(SOURCE)
    grant(arn, root(TARGET), DATA_KEY)
    assert serves(caller(TARGET, allow("kms:*")), arn)
    denies(caller(TARGET, allow("ec2:*")), arn)


def test_a_grant_to_a_session_is_for_that_session():
    arn, named = key(SOURCE), role(SOURCE, policy=None)
    name = named.rpartition("/")[2]
    grant(arn, f"arn:aws:sts::{SOURCE}:assumed-role/{name}/special", DATA_KEY)
    assert serves(assumed(named, RoleSessionName="special"), arn)
    denies(assumed(named, RoleSessionName="ordinary"), arn)


def test_across_accounts_the_grantees_own_policy_must_allow_it_too():
    arn, without = key(SOURCE), role(TARGET, allow("ec2:*"))
    grant(arn, without, DATA_KEY)
    denies(assumed(without), arn)


def test_within_the_account_a_grant_suffices():
    arn, without = key(SOURCE), role(SOURCE, policy=None)
    denies(assumed(without), arn)
    grant(arn, without, DATA_KEY)
    assert serves(assumed(without), arn)


def test_an_explicit_deny_stands_over_a_grant():
    deny = statement("Deny", f"kms:{DATA_KEY}", Principal={"AWS": root(TARGET)})
    by_key = key(SOURCE, policy=key_policy(SOURCE, deny))
    grantee = role(TARGET)
    grant(by_key, grantee, DATA_KEY)
    denies(assumed(grantee), by_key)

    own = role(TARGET, document(statement("Allow", "*"), statement("Deny", "kms:Generate*")))
    arn = key(SOURCE)
    grant(arn, own, DATA_KEY)
    denies(assumed(own), arn)


@pytest.mark.parametrize(
    ("constraint", "context", "serving"),
    [
        ("EncryptionContextEquals", VOLUME, True),
        ("EncryptionContextEquals", VOLUME | {"more": "x"}, False),
        ("EncryptionContextEquals", {}, False),
        ("EncryptionContextSubset", VOLUME, True),
        ("EncryptionContextSubset", VOLUME | {"more": "x"}, True),
        ("EncryptionContextSubset", {"aws:ebs:id": "vol-2"}, False),
        ("EncryptionContextSubset", {}, False),
    ],
)
def test_a_constraint_binds_the_grant_to_an_encryption_context(constraint, context, serving):
    arn, grantee = key(SOURCE), role(TARGET)
    grant(arn, grantee, DATA_KEY, "DescribeKey", Constraints={constraint: VOLUME})
    credentials = assumed(grantee)
    judged = serves if serving else denies
    judged(credentials, arn, EncryptionContext=context)
    # Looking at the key has no encryption context, and no constraint.
    assert client("kms", credentials).describe_key(KeyId=arn)


def test_a_grantee_that_may_make_grants_passes_on_no_more_than_it_has():
    arn, grantee, third = key(SOURCE), role(TARGET), role(TARGET)
    grant(arn, grantee, "CreateGrant", DATA_KEY)
    by = assumed(grantee)
    refused(lambda: grant(arn, third, "Decrypt", by=by), DENIED)
    grant(arn, third, DATA_KEY, by=by)
    assert serves(assumed(third), arn)


def test_a_permission_for_grants_to_aws_services_makes_none_for_the_caller():
    for_services = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    caller_role = role(TARGET)
    policy = key_policy(
        SOURCE,
        statement(
            "Allow",
            ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            Principal={"AWS": caller_role},
            Condition=for_services,
        ),
    )
    arn = key(SOURCE, policy=policy)
    refused(lambda: grant(arn, caller_role, "Decrypt", by=assumed(caller_role)), DENIED)
    assert grants(arn) == []


@pytest.mark.parametrize(
    ("condition", "operations", "making"),
    [
        ({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}}, ["Decrypt"], True),
        (
            {"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}},
            ["Decrypt", "Encrypt"],
            False,
        ),
        (
            {"StringLike": {"kms:GranteePrincipal": "arn:aws:iam::444455556666:*"}},
            ["Decrypt"],
            True,
        ),
        (
            {"StringLike": {"kms:GranteePrincipal": "arn:aws:iam::999999999999:*"}},
            ["Decrypt"],
            False,
        ),
        (
            {"StringEquals": {"kms:GrantConstraintType": "EncryptionContextEquals"}},
            ["Decrypt"],
            False,
        ),
    ],
)
def test_a_policy_may_bound_the_grants_that_are_made(condition, operations, making):
    arn = key(SOURCE)
    by = caller(SOURCE, allow("kms:CreateGrant", Condition=condition))
    grantee = role(TARGET)
    if making:
        assert grant(arn, grantee, *operations, by=by)["GrantId"] in grants(arn)
    else:
        refused(lambda: grant(arn, grantee, *operations, by=by), DENIED)
        assert grants(arn) == []


def test_dry_runs_neither_make_nor_revoke_nor_retire():
    arn, grantee = key(SOURCE), role(TARGET)
    dry = "DryRunOperationException"
    refused(lambda: grant(arn, grantee, "Decrypt", DryRun=True), dry)
    assert grants(arn) == []
    made = grant(arn, grantee, "Decrypt", "RetireGrant")["GrantId"]
    kms, own = client("kms", SOURCE), client("kms", assumed(grantee))
    refused(lambda: kms.revoke_grant(KeyId=arn, GrantId=made, DryRun=True), dry)
    refused(lambda: own.retire_grant(KeyId=arn, GrantId=made, DryRun=True), dry)
    assert grants(arn) == [made]
    other = caller(TARGET)
    refused(lambda: grant(arn, grantee, "Decrypt", by=other, DryRun=True), DENIED)


def test_the_same_grant_under_the_same_name_is_made_once():
    arn, grantee = key(SOURCE), role(TARGET)
    first = grant(arn, grantee, "Decrypt", Name="restore-1")
    again = grant(arn, grantee, "Decrypt", Name="restore-1")
    assert again["GrantId"] == first["GrantId"]
    assert again["GrantToken"] != first["GrantToken"]
    other = grant(arn, grantee, "Encrypt", Name="restore-1")
    unnamed = [grant(arn, grantee, "Decrypt")["GrantId"] for _ in range(2)]
    assert len({first["GrantId"], other["GrantId"], *unnamed}) == 4 == len(grants(arn))


def test_grants_are_listed_with_all_that_they_say():
    arn, grantee = key(SOURCE), role(TARGET)
    constraints = {"EncryptionContextSubset": VOLUME}
    made = grant(
        arn,
        grantee,
        "Decrypt",
        Name="restore-1",
        Constraints=constraints,
        RetiringPrincipal=root(TARGET),
    )
    other = grant(arn, root(TARGET), "Encrypt")["GrantId"]
    found = client("kms", SOURCE).list_grants(KeyId=arn, GrantId=made["GrantId"])["Grants"][0]
    assert found.pop("CreationDate")
    assert found == {
        "KeyId": arn,
        "GrantId": made["GrantId"],
        "Name": "restore-1",
        "GranteePrincipal": grantee,
        "RetiringPrincipal": root(TARGET),
        "IssuingAccount": root(SOURCE),
        "Operations": ["Decrypt"],
        "Constraints": constraints,
    }
    assert grants(arn, GranteePrincipal=root(TARGET)) == [other]
    retirable = client("kms", TARGET).list_retirable_grants(RetiringPrincipal=root(TARGET))
    assert made["GrantId"] in [one["GrantId"] for one in retirable["Grants"]]


# Retiring


def test_grants_are_listed_fifty_at_a_time_unless_asked_otherwise():
    arn, to = key(SOURCE), role(TARGET)
    made = {grant(arn, to, "Decrypt", Name=f"page-{n}")["GrantId"] for n in range(60)}
    kms = client("kms", SOURCE)

    first = kms.list_grants(KeyId=arn)
    second = kms.list_grants(KeyId=arn, Marker=first["NextMarker"])
    assert (len(first["Grants"]), len(second["Grants"])) == (50, 10)
    assert {one["GrantId"] for one in first["Grants"] + second["Grants"]} == made
    assert (first["Truncated"], second["Truncated"]) == (True, False)
    assert "NextMarker" not in second
    assert len(kms.list_grants(KeyId=arn, Limit=100)["Grants"]) == 60
    refused(lambda: kms.list_grants(KeyId=arn, Limit=101), "ValidationException")
    refused(lambda: kms.list_grants(KeyId=arn, Marker="nonsense"), "InvalidMarkerException")


def test_the_retiring_principal_retires_a_grant_by_its_id_or_its_token():
    arn, grantee, retiring = key(SOURCE), role(TARGET), role(TARGET, policy=None)
    by_id = grant(arn, grantee, "Decrypt", RetiringPrincipal=retiring)
    by_token = grant(arn, grantee, "Decrypt", RetiringPrincipal=retiring)
    kms = client("kms", assumed(retiring))
    kms.retire_grant(KeyId=arn, GrantId=by_id["GrantId"])
    kms.retire_grant(GrantToken=by_token["GrantToken"])
    assert grants(arn) == []


def test_a_grantee_retires_its_grant_only_where_the_grant_says_so():
    arn, grantee = key(SOURCE), role(TARGET)
    kms = client("kms", assumed(grantee))
    without = grant(arn, grantee, "Decrypt")["GrantId"]
    refused(lambda: kms.retire_grant(KeyId=arn, GrantId=without), DENIED, "kms:RetireGrant")
    within = grant(arn, grantee, "Decrypt", "RetireGrant")["GrantId"]
    kms.retire_grant(KeyId=arn, GrantId=within)
    assert grants(arn) == [without]


def test_others_retire_nothing():
    arn, grantee = key(SOURCE), role(TARGET)
    made = grant(arn, grantee, "Decrypt", "RetireGrant")
    for credentials in (caller(TARGET), TARGET, caller(SOURCE, None)):
        retire = client("kms", credentials).retire_grant
        refused(functools.partial(retire, GrantToken=made["GrantToken"]), DENIED)
    assert grants(arn) == [made["GrantId"]]
    client("kms", caller(SOURCE)).retire_grant(KeyId=arn, GrantId=made["GrantId"])
    assert grants(arn) == []


def test_what_names_no_grant_is_refused():
    arn, kms = key(SOURCE), client("kms", SOURCE)
    refused(lambda: kms.revoke_grant(KeyId=arn, GrantId="0" * 64), "NotFoundException")
    refused(lambda: kms.retire_grant(KeyId=arn, GrantId="0" * 64), "NotFoundException")
    refused(lambda: kms.retire_grant(GrantToken="nothing"), "InvalidGrantTokenException")
    refused(lambda: kms.retire_grant(KeyId=arn), "ValidationException")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"Operations": ["Sign"]}, "ValidationException"),
        ({"GranteePrincipal": "restore"}, "InvalidArnException"),
        ({"GranteePrincipal": "arn:aws:s3:::bucket"}, "InvalidArnException"),
        ({"RetiringPrincipal": "restore"}, "InvalidArnException"),
        ({"Name": "a restore"}, "ValidationException"),
        ({"Name": "r" * 257}, "ValidationException"),
    ],
)
def test_a_grant_that_makes_no_sense_is_not_made(wanted, code):
    arn = key(SOURCE)
    request = {"KeyId": arn, "GranteePrincipal": role(TARGET), "Operations": ["Decrypt"]}
    refused(lambda: client("kms", SOURCE).create_grant(**request | wanted), code)
    assert grants(arn) == []


def test_a_session_policy_narrows_a_grant_to_the_role():
    arn, grantee = key(SOURCE), role(SOURCE)
    grant(arn, grantee, DATA_KEY)
    denies(assumed(grantee, Policy=json.dumps(allow("ec2:*"))), arn)
    assert serves(assumed(grantee, Policy=json.dumps(allow("kms:*"))), arn)
