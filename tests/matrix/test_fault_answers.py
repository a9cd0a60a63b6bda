"""The answers of the fault matrix are AWS's own, and none of a call's is forgotten."""

import re

import botocore.session
import pytest

from matrix.fault_calls import ALWAYS, OWN, SAME_AS, UNASKED, answers_to

MODELS = botocore.session.get_session()

MODELLED = (
    "rds:AddTagsToResource",
    "rds:CopyDBSnapshot",
    "rds:DeleteDBInstance",
    "rds:DeleteDBSnapshot",
    "rds:DescribeDBInstances",
    "rds:DescribeDBParameterGroups",
    "rds:DescribeDBSnapshotAttributes",
    "rds:DescribeDBSnapshots",
    "rds:DescribeDBSubnetGroups",
    "rds:DescribeOptionGroups",
    "rds:ModifyDBInstance",
    "rds:ModifyDBSnapshotAttribute",
    "rds:RemoveTagsFromResource",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GetKeyPolicy",
    "kms:ListGrants",
    "kms:ReEncrypt",
    "kms:RevokeGrant",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
    "sts:AssumeRole",
)
"""The calls of restores whose service has a model of its errors: all but EC2."""

COMMON = {"KMSInternalException", "NotFoundException", "NoSuchEntity", "InvalidInput"}
"""Answers that stand with the service, and are in the models of most of its calls."""


def modelled(operation):
    """The codes that the model gives to a call, with their HTTP statuses."""
    service, _, action = operation.partition(":")
    shapes = MODELS.get_service_model(service).operation_model(action).error_shapes
    errors = {it.name: it.metadata.get("error", {}) for it in shapes}
    return {it.get("code", name): it.get("httpStatusCode") for name, it in errors.items()}


@pytest.mark.parametrize("operation", MODELLED)
def test_a_calls_own_answers_are_those_of_its_model(operation):
    codes = modelled(operation)
    own = {it.code: it.status for it in OWN.get(operation, ())}
    wrong = {
        code: status
        for code, status in own.items()
        if code not in codes or codes[code] not in (None, status)
    }
    assert wrong == {}


@pytest.mark.parametrize("operation", MODELLED)
def test_no_answer_that_a_model_has_is_forgotten(operation):
    service = operation.partition(":")[0]
    unasked = "|".join(it for it in (UNASKED.get(operation), UNASKED.get(f"{service}:*")) if it)
    answered = {it.code for it in answers_to(operation)}
    forgotten = {
        code
        for code in modelled(operation)
        if code not in answered
        and SAME_AS.get(code) not in answered
        and not (unasked and re.search(unasked, code))
    }
    assert forgotten == set()


def test_every_service_can_be_slow_fail_be_silent_and_refuse():
    for service, answers in ALWAYS.items():
        kinds = {it.kind for it in answers}
        wanted = {"throttled", "server error", "no answer", "access denied", "input"}
        assert wanted <= kinds, service


def test_an_answer_has_a_status_of_an_error_and_words():
    for answers in (*ALWAYS.values(), *OWN.values()):
        for answer in answers:
            assert not answer.code or (400 <= answer.status < 600 and answer.message), answer
