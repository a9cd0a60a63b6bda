"""Who may become which role, for how long, and how far (rule 11)."""

import datetime
import json

import pytest
from aws import (
    EVERYTHING,
    HOME,
    SOURCE,
    TARGET,
    allow,
    assumed,
    caller,
    client,
    document,
    refused,
    role,
    root,
    statement,
    unique,
)


def test_a_role_that_does_not_exist_cannot_be_assumed():
    missing = f"arn:aws:iam::{TARGET}:role/{unique('missing')}"
    message = refused(lambda: assumed(missing, by=HOME), "AccessDenied")
    assert message == (
        f"User: {root(HOME)} is not authorized to perform: sts:AssumeRole on resource: {missing}"
    )


def test_a_deleted_role_cannot_be_assumed_any_more():
    arn = role(TARGET, policy=None)
    assumed(arn)
    client("iam", TARGET).delete_role(RoleName=arn.rpartition("/")[2])
    refused(lambda: assumed(arn), "AccessDenied")


def test_a_role_is_assumed_from_the_account_it_trusts_and_no_other():
    arn = role(TARGET, trusted=root(HOME))
    assert assumed(arn, by=HOME)
    refused(lambda: assumed(arn, by=SOURCE), "AccessDenied")
    refused(lambda: assumed(arn, by=TARGET), "AccessDenied")


def test_a_role_that_trusts_one_role_is_not_assumed_by_another_of_its_account():
    trusted = role(HOME)
    arn = role(TARGET, trusted=trusted)
    assert assumed(arn, by=assumed(trusted))
    refused(lambda: assumed(arn, by=caller(HOME)), "AccessDenied")
    refused(lambda: assumed(arn, by=HOME), "AccessDenied")


def test_the_external_id_must_be_the_one_that_the_role_asks_for():
    condition = {"StringEquals": {"sts:ExternalId": "tenant-1"}}
    arn = role(TARGET, trusted=root(HOME), condition=condition)
    assert assumed(arn, by=HOME, ExternalId="tenant-1")
    refused(lambda: assumed(arn, by=HOME, ExternalId="tenant-2"), "AccessDenied")
    refused(lambda: assumed(arn, by=HOME), "AccessDenied")


def test_a_trust_may_ask_for_the_callers_arn_and_the_sessions_name():
    trusted = role(HOME)
    condition = {
        "ArnLike": {"aws:PrincipalArn": trusted},
        "StringLike": {"sts:RoleSessionName": "restore-*"},
    }
    arn = role(TARGET, trusted=root(HOME), condition=condition)
    by = assumed(trusted)
    assert assumed(arn, by=by, RoleSessionName="restore-1")
    refused(lambda: assumed(arn, by=by, RoleSessionName="other"), "AccessDenied")
    refused(lambda: assumed(arn, by=caller(HOME), RoleSessionName="restore-1"), "AccessDenied")


def test_an_explicit_deny_in_a_trust_policy_stands_over_its_allow():
    arn = role(TARGET, trusted=root(HOME))
    name = arn.rpartition("/")[2]
    trust = document(
        {"Effect": "Allow", "Principal": {"AWS": root(HOME)}, "Action": "sts:AssumeRole"},
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sts:AssumeRole",
            "Condition": {"Null": {"sts:ExternalId": "true"}},
        },
    )
    client("iam", TARGET).update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    refused(lambda: assumed(arn, by=HOME), "AccessDenied", "with an explicit deny")
    assert assumed(arn, by=HOME, ExternalId="any")


def test_across_accounts_the_callers_own_policy_must_allow_it_too():
    wanted, other = role(TARGET, trusted=root(HOME)), role(TARGET, trusted=root(HOME))
    by = caller(HOME, allow("sts:AssumeRole", resource=wanted))
    assert assumed(wanted, by=by)
    refused(lambda: assumed(other, by=by), "AccessDenied")


def test_across_accounts_even_a_role_that_is_named_needs_its_own_permission():
    trusted = role(HOME, allow("ec2:*"))
    arn = role(TARGET, trusted=trusted)
    refused(lambda: assumed(arn, by=assumed(trusted)), "AccessDenied")


def test_within_an_account_a_role_that_is_named_needs_no_permission_of_its_own():
    trusted = role(TARGET, policy=None)
    assert assumed(role(TARGET, trusted=trusted), by=assumed(trusted))
    refused(lambda: assumed(role(TARGET), by=assumed(trusted)), "AccessDenied")


def test_within_an_account_an_explicit_deny_of_the_callers_own_still_stands():
    trusted = role(TARGET, document(statement("Deny", "sts:*")))
    arn = role(TARGET, trusted=trusted)
    message = refused(lambda: assumed(arn, by=assumed(trusted)), "AccessDenied")
    assert "with an explicit deny in an identity-based policy" in message


def test_tags_and_a_source_identity_need_permissions_of_their_own():
    trust = {"Effect": "Allow", "Principal": {"AWS": root(HOME)}, "Action": "sts:AssumeRole"}
    arn = role(TARGET)
    client("iam", TARGET).update_assume_role_policy(
        RoleName=arn.rpartition("/")[2], PolicyDocument=json.dumps(document(trust))
    )
    tags = [{"Key": "team", "Value": "red"}]
    assert assumed(arn, by=HOME)
    refused(lambda: assumed(arn, by=HOME, Tags=tags), "AccessDenied", "sts:TagSession")
    refused(lambda: assumed(arn, by=HOME, SourceIdentity="me"), "AccessDenied", "sts:SetSource")


def test_session_tags_are_the_principals_tags():
    policy = allow("ec2:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
    arn = role(TARGET, policy)
    red = assumed(arn, Tags=[{"Key": "team", "Value": "red"}])
    assert "Volumes" in client("ec2", red).describe_volumes()
    blue = assumed(arn, Tags=[{"Key": "team", "Value": "blue"}])
    refused(lambda: client("ec2", blue).describe_volumes(), "UnauthorizedOperation")


def test_a_session_policy_narrows_the_role():
    narrow = json.dumps(allow("ec2:DescribeVolumes", "kms:*"))
    arn = role(TARGET, allow("ec2:*"))
    credentials = assumed(arn, Policy=narrow)
    assert "Volumes" in client("ec2", credentials).describe_volumes()
    refused(
        lambda: client("ec2", credentials).describe_snapshots(),
        "UnauthorizedOperation",
        "because no session policy allows the ec2:DescribeSnapshots action",
    )
    refused(lambda: client("kms", credentials).list_keys(), "AccessDeniedException")


def test_managed_session_policies_allow_together_what_any_of_them_allows():
    iam, made = client("iam", TARGET), []
    for action in ("ec2:DescribeVolumes", "ec2:DescribeSnapshots"):
        made.append(
            iam.create_policy(
                PolicyName=unique("policy"), PolicyDocument=json.dumps(allow(action))
            )["Policy"]["Arn"]
        )
    credentials = assumed(role(TARGET), PolicyArns=[{"arn": arn} for arn in made])
    ec2 = client("ec2", credentials)
    assert "Volumes" in ec2.describe_volumes()
    assert "Snapshots" in ec2.describe_snapshots(OwnerIds=["self"])
    refused(lambda: ec2.describe_instances(), "UnauthorizedOperation")


def test_a_permissions_boundary_bounds_the_role():
    boundary = client("iam", TARGET).create_policy(
        PolicyName=unique("boundary"), PolicyDocument=json.dumps(allow("ec2:DescribeVolumes"))
    )["Policy"]["Arn"]
    ec2 = client("ec2", assumed(role(TARGET, EVERYTHING, PermissionsBoundary=boundary)))
    assert "Volumes" in ec2.describe_volumes()
    refused(lambda: ec2.describe_snapshots(), "UnauthorizedOperation", "permissions boundary")


def lasts(arn, by=None, **settings):
    """How many seconds a session of a role lasts."""
    expires = assumed(arn, by, **settings)["Expiration"]
    return (expires - datetime.datetime.now(datetime.UTC)).total_seconds()


def test_a_session_lasts_an_hour_unless_asked_otherwise():
    arn = role(TARGET, MaxSessionDuration=7200)
    assert lasts(arn) == pytest.approx(3600, abs=5)
    assert lasts(arn, DurationSeconds=900) == pytest.approx(900, abs=5)
    assert lasts(arn, DurationSeconds=7200) == pytest.approx(7200, abs=5)


@pytest.mark.parametrize("seconds", [899, 43201])
def test_a_session_lasts_fifteen_minutes_to_twelve_hours(seconds):
    arn = role(TARGET, MaxSessionDuration=43200)
    # The client would refuse the shorter one by itself.
    sts = client("sts", TARGET, parameter_validation=False)
    request = {"RoleArn": arn, "RoleSessionName": "test", "DurationSeconds": seconds}
    refused(lambda: sts.assume_role(**request), "ValidationError", "durationSeconds")


def test_a_session_lasts_no_longer_than_its_role_lets_it():
    arn = role(TARGET)
    message = refused(lambda: assumed(arn, DurationSeconds=3601), "ValidationError")
    assert (
        message == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    )


def test_a_role_assumed_by_a_role_lasts_an_hour_at_most():
    arn = role(TARGET, MaxSessionDuration=43200)
    by = caller(TARGET)
    assert lasts(arn, by, DurationSeconds=3600) == pytest.approx(3600, abs=5)
    refused(lambda: assumed(arn, by, DurationSeconds=3601), "ValidationError", "role chaining")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"RoleSessionName": "with space"}, "ValidationError"),
        ({"RoleSessionName": "s" * 65}, "ValidationError"),
        ({"Policy": "{"}, "MalformedPolicyDocument"),
        ({"Policy": json.dumps(allow("ec2:" + "x" * 2048))}, "ValidationError"),
        ({"PolicyArns": [{"arn": f"arn:aws:iam::{TARGET}:policy/missing"}]}, "ValidationError"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(settings, code):
    arn = role(TARGET)
    refused(lambda: assumed(arn, **settings), code)


@pytest.mark.parametrize(
    "trust",
    [
        "{",
        json.dumps(document({"Effect": "Allow", "Action": "sts:AssumeRole"})),
        json.dumps(allow("sts:AssumeRole", Principal="*")),
    ],
)
def test_a_role_is_not_made_with_a_trust_policy_that_is_none(trust):
    iam, name = client("iam", TARGET), unique("role")
    refused(
        lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust),
        "MalformedPolicyDocument",
    )
    refused(lambda: iam.get_role(RoleName=name), "NoSuchEntity")


def test_a_policy_with_an_operator_that_does_not_exist_is_not_taken():
    arn = role(TARGET, policy=None)
    policy = json.dumps(allow("*", Condition={"StringEqual": {"aws:RequestedRegion": "x"}}))
    name = arn.rpartition("/")[2]
    refused(
        lambda: client("iam", TARGET).put_role_policy(
            RoleName=name, PolicyName="own", PolicyDocument=policy
        ),
        "MalformedPolicyDocument",
    )
