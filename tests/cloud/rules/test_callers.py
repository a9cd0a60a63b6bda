"""Who calls is known, and nobody else is served (rules 11 and 14)."""

import json
import time
import urllib.error
import urllib.request

import pytest
from aws import (
    HOME,
    NEAR,
    SOURCE,
    TARGET,
    allow,
    assumed,
    caller,
    client,
    key,
    refused,
    role,
    root,
    rules,
    unique,
)

UNKNOWN = {
    "sts": ("get_caller_identity", "InvalidClientTokenId"),
    "iam": ("list_roles", "InvalidClientTokenId"),
    "rds": ("describe_db_instances", "InvalidClientTokenId"),
    "cloudformation": ("list_stacks", "InvalidClientTokenId"),
    "ec2": ("describe_volumes", "AuthFailure"),
    "kms": ("list_keys", "UnrecognizedClientException"),
}
EXPIRED = {
    "sts": ("get_caller_identity", "ExpiredToken"),
    "rds": ("describe_db_instances", "ExpiredToken"),
    "ec2": ("describe_volumes", "RequestExpired"),
    "kms": ("list_keys", "ExpiredTokenException"),
}


def identity(credentials):
    answer = client("sts", credentials).get_caller_identity()
    return {name: answer[name] for name in ("UserId", "Account", "Arn")}


@pytest.mark.parametrize("account", [HOME, SOURCE, TARGET, "999999999999"])
def test_twelve_digits_are_the_administrator_of_that_account(account):
    assert identity(account) == {"UserId": account, "Account": account, "Arn": root(account)}


def test_accounts_do_not_see_each_others_things():
    name = unique("mine")
    client("iam", SOURCE).create_user(UserName=name)
    refused(lambda: client("iam", TARGET).get_user(UserName=name), "NoSuchEntity")


@pytest.mark.parametrize("service", UNKNOWN)
@pytest.mark.parametrize(
    "access_key", ["AKIAIOSFODNN7EXAMPLE", "test", "12345678901", "ASIAXXXXXXXXXXXXXXXX"]
)
def test_an_unknown_access_key_is_refused_in_the_services_own_way(service, access_key):
    operation, code = UNKNOWN[service]
    stranger = client(service, {"AccessKeyId": access_key, "SecretAccessKey": "secret"})
    refused(getattr(stranger, operation), code)


def test_a_session_is_its_role_under_the_name_of_the_session():
    arn = role(TARGET)
    seen = identity(assumed(arn, RoleSessionName="restore-1"))
    name = arn.rpartition("/")[2]
    assert seen["Arn"] == f"arn:aws:sts::{TARGET}:assumed-role/{name}/restore-1"
    assert seen["UserId"].startswith("AROA") and seen["UserId"].endswith(":restore-1")


@pytest.mark.parametrize("service", UNKNOWN)
def test_a_session_without_its_token_is_refused(service):
    credentials = {**caller(TARGET), "SessionToken": None}
    operation, code = UNKNOWN[service]
    refused(getattr(client(service, credentials), operation), code)


def test_a_token_serves_only_with_the_access_key_it_came_with():
    mine, other = caller(TARGET), caller(TARGET)
    mixed = {**mine, "SessionToken": other["SessionToken"]}
    refused(lambda: identity(mixed), "InvalidClientTokenId")


WRONG = {
    "sts": ("get_caller_identity", "SignatureDoesNotMatch"),
    "rds": ("describe_db_instances", "SignatureDoesNotMatch"),
    "ec2": ("describe_volumes", "AuthFailure"),
    "kms": ("list_keys", "InvalidSignatureException"),
}


@pytest.mark.parametrize("service", WRONG)
def test_a_request_signed_with_another_secret_is_refused_in_the_services_own_way(service):
    stolen = {**caller(TARGET), "SecretAccessKey": "guessed"}
    operation, code = WRONG[service]
    refused(getattr(client(service, stolen), operation), code)


def test_a_request_changed_after_it_was_signed_is_refused():
    kms = client("kms", caller(TARGET))

    def change(request, **_):
        request.body = request.body.replace(b"AES_256", b"AES_128")

    kms.meta.events.register("before-send.kms", change)
    request = {"KeyId": key(TARGET), "KeySpec": "AES_256"}
    refused(lambda: kms.generate_data_key(**request), "InvalidSignatureException")


@pytest.mark.parametrize("service", EXPIRED)
def test_an_expired_session_is_refused_in_the_services_own_way(service, settings):
    arn = role(TARGET)
    settings(sessionSeconds=2)
    credentials = assumed(arn)
    assert identity(credentials)["Account"] == TARGET
    time.sleep(2.1)
    operation, code = EXPIRED[service]
    refused(getattr(client(service, credentials), operation), code)


def test_a_function_calls_under_its_execution_role():
    arn = role(HOME, allow("ec2:DescribeVolumes"))
    key = unique("ASIA").upper()
    rules("POST", "identities", {"accessKeyId": key, "roleArn": arn})
    function = {"AccessKeyId": key, "SecretAccessKey": "any", "SessionToken": "any"}

    seen = identity(function)
    assert (seen["Account"], seen["Arn"].split("/")[1]) == (HOME, arn.rpartition("/")[2])
    assert "Volumes" in client("ec2", function).describe_volumes()
    refused(lambda: client("ec2", function).describe_snapshots(), "UnauthorizedOperation")


def test_a_functions_role_that_lives_elsewhere_brings_its_policies_along():
    wanted = role(TARGET, trusted=f"arn:aws:iam::{HOME}:role/elsewhere/{unique('function')}")
    arn = json.loads(_trust(wanted))["Statement"][0]["Principal"]["AWS"]
    key = unique("ASIA").upper()
    policies = [allow("sts:AssumeRole", resource=wanted)]
    rules("POST", "identities", {"accessKeyId": key, "roleArn": arn, "policies": policies})
    function = {"AccessKeyId": key, "SecretAccessKey": "any"}

    assert identity(assumed(wanted, by=function))["Account"] == TARGET
    refused(lambda: client("ec2", function).describe_volumes(), "UnauthorizedOperation")
    other = role(TARGET, trusted=arn)
    refused(lambda: assumed(other, by=function), "AccessDenied")


def _trust(arn):
    name = arn.rpartition("/")[2]
    trust = client("iam", TARGET).get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    return json.dumps(trust)


def test_a_function_whose_role_nobody_knows_may_do_nothing():
    key = unique("ASIA").upper()
    arn = f"arn:aws:iam::{HOME}:role/{unique('nobody')}"
    rules("POST", "identities", {"accessKeyId": key, "roleArn": arn})
    function = {"AccessKeyId": key, "SecretAccessKey": "any"}
    refused(lambda: client("ec2", function).describe_volumes(), "UnauthorizedOperation")


@pytest.mark.parametrize(
    "body",
    [
        {"accessKeyId": "ASIAX"},
        {"accessKeyId": "ASIAX", "roleArn": "restore"},
        {"accessKeyId": "ASIAX", "roleArn": f"arn:aws:iam::{HOME}:user/somebody"},
        {"accessKeyId": "ASIAX", "roleArn": f"arn:aws:iam::{HOME}:role/x", "secret": "y"},
        {"accessKeyId": "ASIAX", "roleArn": f"arn:aws:iam::{HOME}:role/x", "policies": ["no"]},
    ],
)
def test_an_identity_that_makes_no_sense_is_not_taken(body):
    with pytest.raises(ValueError, match=r"."):
        rules("POST", "identities", body)


@pytest.fixture
def user():
    """An IAM user of the target account, with an access key."""
    iam, name = client("iam", TARGET), unique("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return iam, name, {key: value for key, value in key.items() if key != "CreateDate"}


def test_a_user_does_what_its_own_and_its_groups_policies_allow(user):
    iam, name, key = user
    refused(lambda: client("ec2", key).describe_volumes(), "UnauthorizedOperation")
    iam.put_user_policy(
        UserName=name, PolicyName="own", PolicyDocument=json.dumps(allow("ec2:DescribeVolumes"))
    )
    group = unique("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=name)
    iam.put_group_policy(
        GroupName=group, PolicyName="all", PolicyDocument=json.dumps(allow("ec2:DescribeSnapshots"))
    )

    assert identity(key)["Arn"] == f"arn:aws:iam::{TARGET}:user/{name}"
    ec2 = client("ec2", key)
    assert "Volumes" in ec2.describe_volumes()
    assert "Snapshots" in ec2.describe_snapshots(OwnerIds=["self"])
    refused(lambda: ec2.describe_instances(), "UnauthorizedOperation")


def test_a_users_key_serves_only_with_its_secret(user):
    _, _, key = user
    wrong = {**key, "SecretAccessKey": "guessed"}
    refused(lambda: identity(wrong), "SignatureDoesNotMatch")


def test_an_inactive_key_of_a_user_is_refused(user):
    iam, name, key = user
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    refused(lambda: identity(key), "InvalidClientTokenId")


def test_the_region_of_a_call_is_the_one_it_is_signed_for():
    made = client("kms", TARGET, NEAR).create_key()["KeyMetadata"]["Arn"]
    assert f":{NEAR}:" in made


def test_what_the_plane_does_not_serve_says_so():
    refused(lambda: client("dynamodb", HOME).list_tables(), "UnknownOperationException")


def test_a_call_that_nobody_signed_is_refused(plane):
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(plane, body, timeout=10)
    assert caught.value.code == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in caught.value.read()
