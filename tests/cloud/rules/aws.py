"""The resource plane as an ordinary AWS client sees it, and a few things that most tests need.

An access key id that is a 12-digit account id is that account's administrator.
"""

import functools
import json
import time
import urllib.error
import urllib.request
import uuid

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

HOME, SOURCE, TARGET = "123456789012", "111122223333", "444455556666"
NEAR, FAR = "eu-west-1", "eu-central-1"

_endpoint = None


def use(endpoint):
    """Makes `endpoint` the plane under test."""
    global _endpoint
    _endpoint = endpoint


def client(service, caller, region=NEAR, **config):
    """A client of `service` for `caller`: an account (its administrator), or credentials."""
    return _client(_endpoint, service, region, _credentials(caller), **config)


def own_client(service, caller, region=NEAR):
    """The same, and nobody else's: for a test that changes what it sends."""
    return _client.__wrapped__(_endpoint, service, region, _credentials(caller))


def _credentials(caller):
    if isinstance(caller, str):
        caller = {"AccessKeyId": caller, "SecretAccessKey": "administrator"}
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    return tuple(caller.get(name) for name in names)


@functools.lru_cache(maxsize=256)
def _client(endpoint, service, region, credentials, **config):
    """Each is made once: that takes longer than most calls."""
    key_id, secret, token = credentials
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=30, **config),
    )


def rules(method, path, body=None):
    """What the steering path `/rules/PATH` answers; a refusal raises its text as ValueError."""
    request = urllib.request.Request(
        f"{_endpoint}/rules/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise ValueError(json.load(error)["error"]) from None


def unique(prefix):
    """A name that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def refused(call, code, *words):
    """Asserts that AWS refuses `call` with `code`, and says `words`; returns the message."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    for word in words:
        assert word in error["Message"]
    return error["Message"]


def eventually(look, timeout=15.0, every=0.05):
    """Calls `look` until it returns something truthy, and returns that."""
    deadline = time.monotonic() + timeout
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not seen within {timeout} s"
        time.sleep(every)
    return seen


WHILE = 100
"""Seconds that work takes of which only `elapse` is to see the end."""


def elapse(seconds):
    """Lets so many seconds go by for all that takes time."""
    rules("POST", "elapsed", {"seconds": seconds})


def statement(effect, actions, resource="*", **more):
    """A statement of a policy; `Principal`, `Condition` and the like in `more`."""
    return {"Effect": effect, "Action": actions, "Resource": resource, **more}


def allow(*actions, resource="*", **more):
    """A policy document with one Allow."""
    return document(statement("Allow", list(actions), resource, **more))


def document(*statements):
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


EVERYTHING = allow("*")


def root(account):
    """The ARN that means a whole account."""
    return f"arn:aws:iam::{account}:root"


def role(account, policy=EVERYTHING, trusted=None, condition=None, **settings):
    """The ARN of a new role of `account`, trusted by its own account unless told otherwise."""
    name, iam = unique("role"), client("iam", account)
    trust = {"Effect": "Allow", "Principal": {"AWS": trusted or root(account)}}
    trust["Action"] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    if condition:
        trust["Condition"] = condition
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(document(trust)), **settings
    )["Role"]["Arn"]
    if policy is not None:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    return arn


def assumed(arn, by=None, **settings):
    """Credentials of a session of the role `arn`, for the administrator of its account or `by`."""
    sts = client("sts", by or arn.split(":")[4])
    return sts.assume_role(RoleArn=arn, **({"RoleSessionName": "test"} | settings))["Credentials"]


def caller(account, policy=EVERYTHING, **settings):
    """Credentials of a session of a new role of `account` with `policy`."""
    return assumed(role(account, policy), **settings)


def key_policy(owner, *statements):
    """A key policy that leaves the key to the policies of its account, with further statements."""
    return document(statement("Allow", "kms:*", Principal={"AWS": root(owner)}), *statements)


def key(account, region=NEAR, policy=None, **settings):
    """The ARN of a new symmetric customer managed key."""
    if policy is not None:
        settings["Policy"] = json.dumps(policy)
    return client("kms", account, region).create_key(**settings)["KeyMetadata"]["Arn"]
