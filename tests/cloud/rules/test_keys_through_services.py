"""Keys that EBS and RDS use for a caller: `usable`, asked in this process on moto's own state.

A policy may ask for the service (`kms:ViaService`) or for grants to AWS's resources alone; then it
lets the service through where the same caller's direct call is refused.
"""

import json

import pytest
import resource_plane.rules  # noqa: F401 (puts the rules of KMS on moto)
from aws import FAR, NEAR, SOURCE, TARGET, allow, document, key_policy, statement, unique
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from resource_plane.caller import Caller, administrator
from resource_plane.kms.keys import default_key, usable

EBS = [
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncrypt*",
    "kms:Decrypt",
]
USE = [action for action in EBS if action != "kms:CreateGrant"]
FOR_SERVICES = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def role_of(account, policy, **settings):
    """A caller with a new role of an account."""
    name = unique("role")
    iam = iam_backends[account]["aws"]
    role = iam.create_role(name, json.dumps(document()), "/", None, "", [], 3600)
    role.put_policy("own", json.dumps(policy))
    session = f"arn:aws:sts::{account}:assumed-role/{name}/test"
    return Caller(account, session, role.arn, f"{role.id}:test", role_arn=role.arn, **settings)


def key_of(account, region=NEAR, policy=None, **settings):
    """A new key of an account."""
    request = {"key_usage": None, "key_spec": None, "description": None, "tags": None} | settings
    text = None if policy is None else json.dumps(policy)
    return kms_backends[account][region].create_key(text, **request)


def test_the_administrator_of_the_keys_account_may_use_it_through_a_service():
    key = key_of(SOURCE)
    for name in (key.arn, key.id):
        assert usable(administrator(SOURCE), name, NEAR, EBS, "ec2") is None


def test_a_policy_for_use_through_ec2_lets_ec2_through_and_rds_not():
    via = {"StringEquals": {"kms:ViaService": f"ec2.{NEAR}.amazonaws.com"}}
    caller, key = role_of(SOURCE, allow("kms:*", Condition=via)), key_of(SOURCE)
    assert usable(caller, key.arn, NEAR, EBS, "ec2") is None
    assert "may not kms:DescribeKey" in usable(caller, key.arn, NEAR, EBS, "rds")


def test_the_usual_two_statements_for_another_account_suffice():
    caller = role_of(TARGET, allow("kms:*"))
    use = statement("Allow", USE, Principal={"AWS": caller.principal_arn})
    grants = statement(
        "Allow",
        ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
        Principal={"AWS": caller.principal_arn},
        Condition=FOR_SERVICES,
    )
    both, without = (
        key_of(SOURCE, policy=key_policy(SOURCE, use, grants)),
        key_of(SOURCE, policy=key_policy(SOURCE, use)),
    )
    assert usable(caller, both.arn, NEAR, EBS, "ec2") is None
    assert "may not kms:CreateGrant" in usable(caller, without.arn, NEAR, EBS, "ec2")
    direct = usable(caller, both.arn, NEAR, EBS, "ec2", grant_for_aws_resource=False)
    assert "may not kms:CreateGrant" in direct


@pytest.mark.parametrize("missing", ["kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"])
def test_every_operation_must_be_allowed(missing):
    policy = document(statement("Allow", "kms:*"), statement("Deny", missing))
    refused = usable(role_of(SOURCE, policy), key_of(SOURCE).arn, NEAR, EBS, "ec2")
    assert f"may not {missing} " in refused
    assert "explicit deny" in refused


def test_a_grant_lets_a_service_through_where_the_key_policy_does_not():
    caller, key = role_of(TARGET, allow("kms:*")), key_of(SOURCE)
    assert usable(caller, key.arn, NEAR, ["kms:Decrypt"], "ec2") is not None
    key.add_grant("restore", caller.principal_arn, ["Decrypt"], None, None)
    assert usable(caller, key.arn, NEAR, ["kms:Decrypt"], "ec2") is None
    assert usable(caller, key.arn, NEAR, EBS, "ec2") is not None


def test_a_service_makes_a_grant_in_the_name_of_a_grantee_that_has_what_it_passes_on():
    caller, key = role_of(TARGET, allow("kms:*")), key_of(SOURCE)
    alone = key.add_grant("restore", caller.principal_arn, ["CreateGrant"], None, None)
    assert "may not kms:CreateGrant" in usable(caller, key.arn, NEAR, ["kms:CreateGrant"], "ec2")
    del key.grants[alone.id]
    key.add_grant("restore", caller.principal_arn, ["CreateGrant", "Decrypt"], None, None)
    assert usable(caller, key.arn, NEAR, ["kms:CreateGrant"], "ec2") is None


def test_a_grant_bound_to_a_volume_serves_that_volume():
    caller, key = role_of(TARGET, allow("kms:*")), key_of(SOURCE)
    constraints = {"EncryptionContextEquals": {"aws:ebs:id": "vol-1"}}
    key.add_grant("restore", caller.principal_arn, ["Decrypt"], constraints, None)
    decrypt = (caller, key.arn, NEAR, ["kms:Decrypt"], "ec2")
    assert usable(*decrypt, encryption_context={"aws:ebs:id": "vol-1"}) is None
    assert usable(*decrypt, encryption_context={"aws:ebs:id": "vol-2"}) is not None


def test_a_session_policy_narrows_what_a_service_may_do_for_the_session():
    narrow = (json.dumps(allow("ec2:*")),)
    caller = role_of(SOURCE, allow("*"), session_policies=narrow)
    assert "session policy" in usable(caller, key_of(SOURCE).arn, NEAR, EBS, "ec2")


def test_a_key_that_cannot_serve_is_named_with_the_reason():
    owner = administrator(SOURCE)
    disabled, deleted = key_of(SOURCE), key_of(SOURCE)
    kms_backends[SOURCE][NEAR].disable_key(disabled.id)
    kms_backends[SOURCE][NEAR].schedule_key_deletion(deleted.id, 7)
    signing = key_of(SOURCE, key_usage="SIGN_VERIFY", key_spec="ECC_NIST_P256")
    far, other = key_of(SOURCE, FAR), key_of(TARGET)
    reasons = {
        disabled.arn: "is Disabled",
        deleted.arn: "is PendingDeletion",
        signing.arn: "is not a symmetric encryption key",
        far.arn: f"does not exist in {NEAR}",
        other.id: f"does not exist in {NEAR}",
        other.arn: "may not kms:DescribeKey",
        "alias/nothing": f"does not exist in {NEAR}",
    }
    for name, reason in reasons.items():
        assert reason in usable(owner, name, NEAR, EBS, "ec2")


def test_the_default_key_serves_its_own_service_for_everybody_in_its_account():
    key = default_key(TARGET, NEAR, "ebs")
    assert default_key(TARGET, NEAR, "ebs").arn == key.arn
    nothing_of_kms = role_of(TARGET, allow("ec2:*"))
    assert usable(nothing_of_kms, key.arn, NEAR, EBS, "ec2") is None
    assert usable(nothing_of_kms, "alias/aws/ebs", NEAR, EBS, "ec2") is None
    assert usable(nothing_of_kms, key.arn, NEAR, EBS, "rds") is not None
    assert usable(administrator(SOURCE), key.arn, NEAR, EBS, "ec2") is not None
    assert (
        usable(administrator(TARGET), default_key(TARGET, NEAR, "rds").arn, NEAR, EBS, "rds")
        is None
    )
