"""What AWS's policy language says, as a table over documents and requests."""

import json

import pytest
from aws import allow, document, statement
from resource_plane.policy.context import Context
from resource_plane.policy.document import Malformed, statements
from resource_plane.policy.verdict import Principals, Reach, Verdict, of_identity, of_resource

SNAPSHOT = "arn:aws:ec2:eu-west-1::snapshot/snap-1"
ALLOWED, DENIED, SILENT = Verdict.ALLOWED, Verdict.DENIED, Verdict.SILENT


def says(policy, action="ec2:CopySnapshot", resource=SNAPSHOT, **facts):
    """What an identity policy says of a request; `__` in a fact's name stands for a colon."""
    named = {name.replace("__", ":"): value for name, value in facts.items()}
    return of_identity([json.dumps(policy)], action, resource, Context(named))


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (allow("ec2:CopySnapshot"), ALLOWED),
        (allow("EC2:copysnapshot"), ALLOWED),
        (allow("ec2:Copy*"), ALLOWED),
        (allow("ec2:CopySnapsho?"), ALLOWED),
        (allow("ec2:Copy"), SILENT),
        (allow("*"), ALLOWED),
        (allow("rds:*"), SILENT),
        (allow("ec2:*", resource=SNAPSHOT), ALLOWED),
        (allow("ec2:*", resource="arn:aws:ec2:*::snapshot/*"), ALLOWED),
        (allow("ec2:*", resource="arn:aws:ec2:*::snapshot/SNAP-1"), SILENT),
        (allow("ec2:*", resource=["arn:aws:ec2:*::volume/*"]), SILENT),
        (allow("ec2:*", resource=[]), SILENT),
        (document({"Effect": "Allow", "NotAction": "ec2:*", "Resource": "*"}), SILENT),
        (document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), ALLOWED),
        (document({"Effect": "Allow", "Action": "*", "NotResource": SNAPSHOT}), SILENT),
        (document({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:*"}), ALLOWED),
        ({"Statement": statement("Allow", "ec2:*")}, ALLOWED),
    ],
)
def test_actions_and_resources_are_matched_by_wildcards(policy, verdict):
    assert says(policy) is verdict


def test_an_explicit_deny_wins_wherever_it_stands():
    deny, permit = statement("Deny", "ec2:CopySnapshot"), statement("Allow", "*")
    assert says(document(deny, permit)) is DENIED
    assert says(document(permit, deny)) is DENIED
    both = [json.dumps(document(permit)), json.dumps(document(deny))]
    assert of_identity(both, "ec2:CopySnapshot", SNAPSHOT, Context()) is DENIED


def test_without_a_known_resource_any_allow_counts_but_only_a_deny_on_everything():
    on_one = document(statement("Allow", "*", SNAPSHOT), statement("Deny", "*", SNAPSHOT))
    assert says(on_one, resource=None) is ALLOWED
    everything = document(statement("Allow", "*", SNAPSHOT), statement("Deny", "*"))
    assert says(everything, resource=None) is DENIED


CONDITIONS = [
    # operator, wanted, given (None: the request has no such key), whether it holds
    ("StringEquals", "blue", "blue", True),
    ("StringEquals", "blue", "Blue", False),
    ("StringEquals", ["red", "blue"], "blue", True),
    ("StringEquals", "b*", "blue", False),
    ("StringEquals", "blue", None, False),
    ("StringEquals", "", "", True),
    ("StringNotEquals", "blue", "red", True),
    ("StringNotEquals", ["red", "blue"], "red", False),
    ("StringNotEquals", "blue", None, True),
    ("StringEqualsIgnoreCase", "Blue", "bLUE", True),
    ("StringNotEqualsIgnoreCase", "Blue", "bLUE", False),
    ("StringLike", "restore-*", "restore-1", True),
    ("StringLike", "restore-?", "restore-12", False),
    ("StringLike", "${*}", "*", True),
    ("StringLike", "${*}", "x", False),
    ("StringNotLike", "restore-*", "other", True),
    ("StringEqualsIfExists", "blue", None, True),
    ("StringEqualsIfExists", "blue", "red", False),
    ("Bool", "true", True, True),
    ("Bool", True, "true", True),
    ("Bool", "true", False, False),
    ("Bool", "false", None, False),
    ("BoolIfExists", "true", None, True),
    ("BoolIfExists", "true", False, False),
    ("Null", "true", None, True),
    ("Null", "true", "blue", False),
    ("Null", "false", "blue", True),
    ("Null", False, None, False),
    ("NumericLessThanEquals", "7", 7, True),
    ("NumericGreaterThan", 7, 7, False),
    ("NumericEquals", "seven", 7, False),
    ("NumericNotEquals", "7", 8, True),
    ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", True),
    ("DateLessThan", "2026-01-01", "2026-06-01T00:00:00Z", False),
    ("DateLessThan", "1790000000", "2026-06-01T00:00:00Z", True),
    ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
    ("NotIpAddress", ["10.0.0.0/8"], "10.1.2.3", False),
    ("ArnLike", "arn:aws:iam::*:role/restore-*", "arn:aws:iam::111122223333:role/restore-1", True),
    ("ArnLike", "arn:aws:iam::*", "arn:aws:iam::111122223333:role/restore-1", False),
    ("ArnEquals", "arn:aws:*:role/x", "arn:aws:iam::111122223333:role/x", False),
    ("ArnNotLike", "arn:aws:iam::*:role/a*", "arn:aws:iam::111122223333:role/b", True),
    ("ForAnyValue:StringEquals", ["a", "b"], ["b", "c"], True),
    ("ForAnyValue:StringEquals", ["a"], ["b", "c"], False),
    ("ForAnyValue:StringEquals", ["a"], None, False),
    ("ForAnyValue:StringNotEquals", ["a"], ["a", "c"], True),
    ("ForAllValues:StringEquals", ["a", "b"], ["b", "a"], True),
    ("ForAllValues:StringEquals", ["a", "b"], ["b", "c"], False),
    ("ForAllValues:StringEquals", ["a"], None, True),
    ("ForAllValues:StringLike", ["restore:*"], ["restore:id", "restore:step"], True),
    ("ForAllValues:StringNotEquals", ["a"], ["b", "a"], False),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "holds"), CONDITIONS)
def test_a_condition_holds_as_its_operator_says(operator, wanted, given, holds):
    policy = allow("*", Condition={operator: {"aws:Key": wanted}})
    assert says(policy, aws__key=given) is (ALLOWED if holds else SILENT)


def test_a_condition_that_does_not_hold_takes_a_deny_away_too():
    far = statement(
        "Deny", "*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}
    )
    policy = document(statement("Allow", "*"), far)
    assert says(policy, aws__RequestedRegion="eu-west-1") is ALLOWED
    assert says(policy, aws__RequestedRegion="us-east-1") is DENIED


def test_all_conditions_of_a_statement_must_hold():
    policy = allow(
        "*",
        Condition={
            "StringEquals": {
                "aws:ResourceTag/restore:id": "r-1",
                "aws:RequestedRegion": "eu-west-1",
            },
            "Bool": {"aws:SecureTransport": "true"},
        },
    )
    facts = {"aws__RequestedRegion": "eu-west-1", "aws__SecureTransport": True}
    assert says(policy, **facts, **{"aws__ResourceTag/restore__id": "r-1"}) is ALLOWED
    assert says(policy, **facts, **{"aws__ResourceTag/restore__id": "r-2"}) is SILENT
    assert says(policy, **facts) is SILENT


def test_variables_stand_for_what_the_request_says():
    own = allow("*", resource="arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*")
    assert says(own, resource="arn:aws:s3:::bucket/red/x", **{"aws__PrincipalTag/team": "red"})
    theirs = says(own, resource="arn:aws:s3:::bucket/blue/x", **{"aws__PrincipalTag/team": "red"})
    assert theirs is SILENT


def test_a_wildcard_in_a_variables_value_is_no_wildcard():
    own = allow("*", resource="arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*")
    tricky = says(own, resource="arn:aws:s3:::bucket/blue/x", **{"aws__PrincipalTag/team": "*"})
    assert tricky is SILENT


def test_a_variable_without_a_value_matches_nothing_unless_it_has_a_default():
    plain = allow("*", Condition={"StringEquals": {"aws:Key": "${aws:PrincipalTag/team}"}})
    default = allow("*", Condition={"StringEquals": {"aws:Key": "${aws:PrincipalTag/team, 'red'}"}})
    assert says(plain, aws__Key="red") is SILENT
    assert says(default, aws__Key="red") is ALLOWED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps({"Statement": ["*"]}),
        json.dumps({"Statement": [{"Effect": "Perhaps", "Action": "*", "Resource": "*"}]}),
        json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*"}]}),
        json.dumps(allow("*", NotAction="*")),
        json.dumps(allow("*", Condition={"StringEqual": {"aws:Key": "x"}})),
        json.dumps(allow("*", Condition={"SomeValue:StringEquals": {"aws:Key": "x"}})),
        json.dumps(allow("*", Condition={"NullIfExists": {"aws:Key": "true"}})),
        json.dumps(allow("*", Condition={"StringEquals": "x"})),
        json.dumps(allow("*", Principal="somebody")),
    ],
)
def test_what_is_no_policy_is_not_taken_for_one(text):
    with pytest.raises(Malformed):
        statements(text)


ROLE = "arn:aws:iam::444455556666:role/restore"
SESSION = "arn:aws:sts::444455556666:assumed-role/restore/one"
PRINCIPALS = [
    ({"AWS": ROLE}, Reach.CALLER),
    ({"AWS": [SESSION, ROLE]}, Reach.SESSION),
    ({"AWS": "arn:aws:iam::444455556666:root"}, Reach.ACCOUNT),
    ({"AWS": "444455556666"}, Reach.ACCOUNT),
    ("*", Reach.CALLER),
    ({"AWS": "*"}, Reach.CALLER),
    ({"AWS": "arn:aws:iam::444455556666:role/*"}, Reach.NOBODY),
    ({"AWS": "arn:aws:iam::111122223333:root"}, Reach.NOBODY),
    ({"AWS": "arn:aws:iam::111122223333:role/restore"}, Reach.NOBODY),
    ({"AWS": "arn:aws:sts::444455556666:assumed-role/restore/two"}, Reach.NOBODY),
    ({"Service": "ec2.amazonaws.com"}, Reach.NOBODY),
]


@pytest.mark.parametrize(("principal", "reach"), PRINCIPALS)
def test_a_principal_means_the_caller_or_its_account_or_neither(principal, reach):
    policy = json.dumps(allow("kms:Decrypt", Principal=principal))
    caller = Principals("444455556666", ROLE, SESSION)
    verdict, reached = of_resource(policy, caller, "kms:Decrypt", None, Context())
    assert reached is reach
    assert verdict is (SILENT if reach is Reach.NOBODY else ALLOWED)


def test_not_principal_means_everybody_else():
    deny = statement("Deny", "*", NotPrincipal={"AWS": [ROLE]})
    policy = json.dumps(document(statement("Allow", "*", Principal="*"), deny))
    spared = Principals("444455556666", ROLE, SESSION)
    other = Principals("444455556666", ROLE + "-2", SESSION)
    assert of_resource(policy, spared, "kms:Decrypt", None, Context())[0] is ALLOWED
    assert of_resource(policy, other, "kms:Decrypt", None, Context())[0] is DENIED
