"""Calls that fail, take long, lose their answer or never arrive, because a test injected it."""

import concurrent.futures
import time

import pytest
from aws import (
    FAR,
    HOME,
    NEAR,
    SOURCE,
    TARGET,
    allow,
    assumed,
    caller,
    client,
    own_client,
    refused,
    role,
    root,
    unique,
)
from aws import rules as steer
from botocore.exceptions import ClientError, ConnectionClosedError

THROTTLED = {"code": "RequestLimitExceeded", "message": "Request limit exceeded.", "status": 503}


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    steer("DELETE", "injections")


def inject(kind, **more):
    """Arms an injection, and returns a look at how it stands."""
    number = steer("POST", "injections", {"kind": kind, **more})["id"]

    def look():
        (found,) = (one for one in steer("GET", "injections")["injections"] if one["id"] == number)
        return found

    return look


def volumes(account, region=NEAR):
    found = client("ec2", account, region).describe_volumes()["Volumes"]
    return {volume["VolumeId"] for volume in found}


def make_volume(credentials, region=NEAR):
    ec2 = client("ec2", credentials, region)
    return ec2.create_volume(AvailabilityZone=f"{region}a", Size=1)["VolumeId"]


def broken(call):
    """Asserts that the connection is closed before an answer comes."""
    with pytest.raises(ConnectionClosedError):
        call()


@pytest.mark.parametrize(
    ("service", "action", "call", "code", "status"),
    [
        ("ec2", "DescribeVolumes", "describe_volumes", "RequestLimitExceeded", 503),
        ("rds", "DescribeDBInstances", "describe_db_instances", "Throttling", 400),
        ("kms", "ListKeys", "list_keys", "ThrottlingException", 400),
        ("sts", "GetCallerIdentity", "get_caller_identity", "Throttling", 400),
        ("kms", "ListAliases", "list_aliases", "KMSInternalException", 500),
        ("rds", "DescribeDBSnapshots", "describe_db_snapshots", "InternalFailure", 500),
        ("ec2", "DescribeRegions", "describe_regions", "SomethingUnheardOf", 418),
    ],
)
def test_an_error_comes_with_its_code_message_and_status(service, action, call, code, status):
    error = {"code": code, "message": "Not <now> & here", "status": status}
    inject("error", match={"action": f"{service}:{action}"}, error=error)
    with pytest.raises(ClientError) as caught:
        getattr(client(service, SOURCE), call)()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["Error"]["Message"] == "Not <now> & here"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    getattr(client(service, SOURCE), call)()


def test_a_call_that_fails_does_nothing_and_is_recorded_with_the_error(calls):
    before = volumes(SOURCE)
    inject("error", match={"action": "ec2:CreateVolume"}, error=THROTTLED)
    calls()
    refused(lambda: make_volume(SOURCE), "RequestLimitExceeded", "Request limit exceeded.")
    (call,) = calls()
    assert (call["action"], call["outcome"]) == ("CreateVolume", "RequestLimitExceeded")
    assert call["injected"] == "error"
    assert volumes(SOURCE) == before


def test_an_error_comes_before_the_caller_is_authorised():
    stranger = caller(TARGET, allow("s3:*"))
    inject("error", match={"action": "ec2:CreateVolume"}, error=THROTTLED)
    refused(lambda: make_volume(stranger), "RequestLimitExceeded")
    refused(lambda: make_volume(stranger), "UnauthorizedOperation")


def test_an_error_comes_after_the_caller_is_known():
    nobody = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"}
    throttled = inject("error", match={"action": "ec2:DescribeVolumes"}, error=THROTTLED)
    refused(lambda: volumes(nobody), "AuthFailure")
    assert throttled()["matched"] == 0


def test_a_lost_answer_leaves_the_effect(calls):
    before = volumes(SOURCE)
    inject("lost-answer", match={"action": "ec2:CreateVolume"})
    calls()
    broken(lambda: make_volume(SOURCE))
    (call,) = calls()
    assert (call["action"], call["outcome"]) == ("CreateVolume", "ok")
    assert call["injected"] == "lost-answer"
    assert len(volumes(SOURCE) - before) == 1


def test_a_call_whose_answer_is_lost_may_have_been_refused(calls):
    stranger = caller(TARGET, allow("s3:*"))
    inject("lost-answer", match={"action": "ec2:CreateVolume"})
    calls()
    broken(lambda: make_volume(stranger))
    (call,) = calls()
    assert (call["outcome"], call["injected"]) == ("UnauthorizedOperation", "lost-answer")


def test_a_call_that_never_arrives_does_nothing(calls):
    before = volumes(SOURCE)
    inject("never-arrives", match={"action": "ec2:CreateVolume"})
    calls()
    broken(lambda: make_volume(SOURCE))
    (call,) = calls()
    assert (call["action"], call["outcome"]) == ("CreateVolume", "not-arrived")
    assert (call["account"], call["injected"]) == (SOURCE, "never-arrives")
    assert volumes(SOURCE) == before


@pytest.mark.parametrize(
    ("service", "action", "call"),
    [
        ("rds", "DescribeDBInstances", "describe_db_instances"),
        ("kms", "ListKeys", "list_keys"),
        ("sts", "GetCallerIdentity", "get_caller_identity"),
        ("iam", "ListRoles", "list_roles"),
    ],
)
@pytest.mark.parametrize("kind", ["lost-answer", "never-arrives"])
def test_the_connection_of_every_service_can_break(service, action, call, kind):
    inject(kind, match={"action": f"{service}:{action}"})
    broken(getattr(client(service, SOURCE), call))
    getattr(client(service, SOURCE), call)()


DELAY = 4.0
"""Seconds: long enough that a busy machine makes many other calls meanwhile."""


@pytest.mark.parametrize("late", ["call", "answer"])
def test_a_delayed_call_is_slow_and_holds_nobody_else_up(late):
    look = inject("delay", match={"action": "ec2:CreateVolume"}, seconds=DELAY, late=late)
    before = volumes(SOURCE)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        begun = time.monotonic()
        slow = pool.submit(make_volume, SOURCE)
        while not look()["fired"] or (late == "answer" and volumes(SOURCE) == before):
            assert not slow.done()
        meanwhile = volumes(SOURCE) - before
        assert not slow.done()
        made = slow.result()
    assert time.monotonic() - begun >= DELAY
    assert meanwhile == ({made} if late == "answer" else set())
    assert made in volumes(SOURCE)


def test_what_is_injected_matches_by_account_region_role_session_and_parameters():
    arn = role(TARGET)
    first, second = assumed(arn, RoleSessionName="r-1"), assumed(arn, RoleSessionName="r-2")
    match = {
        "action": ["ec2:Create*", "ec2:DescribeVolumes"],
        "account": TARGET,
        "region": FAR,
        "role": arn.rpartition("/")[2],
        "session": "r-1",
        "params": {"MaxResults": 7, "NextToken": None},
    }
    look = inject("error", match=match, error=THROTTLED, times=None)

    def describe(credentials, region=FAR, **more):
        return client("ec2", credentials, region).describe_volumes(**({"MaxResults": 7} | more))

    describe(second)
    describe(TARGET)
    describe(SOURCE)
    describe(first, NEAR)
    describe(first, MaxResults=8)
    client("ec2", first, FAR).describe_snapshots(MaxResults=7)
    assert look()["matched"] == 0
    for _ in range(2):
        refused(lambda: describe(first), "RequestLimitExceeded")
    assert (look()["matched"], look()["fired"]) == (2, 2)


def test_the_kth_call_of_a_session_counts_its_assumption_and_every_action():
    arn = role(TARGET)
    look = inject("never-arrives", match={"session": "r-3"}, skip=2)
    credentials = assumed(arn, RoleSessionName="r-3")
    client("ec2", credentials).describe_volumes()
    assert (look()["matched"], look()["fired"]) == (2, 0)
    broken(client("rds", credentials).describe_db_instances)
    client("rds", credentials).describe_db_instances()
    assert (look()["matched"], look()["fired"]) == (4, 1)
    assert look()["firedOn"] == [{"action": "rds:DescribeDBInstances", "region": NEAR}]

    inject("never-arrives", match={"session": "r-4"})
    broken(lambda: assumed(arn, RoleSessionName="r-4"))
    assumed(arn, RoleSessionName="r-4")


def test_the_first_that_was_armed_fires_and_the_next_waits():
    first = inject("error", match={"action": "ec2:DescribeVolumes"}, error=THROTTLED)
    other = {"code": "Unavailable", "message": "x", "status": 503}
    second = inject("error", match={"action": "ec2:DescribeVolumes"}, error=other)
    refused(lambda: volumes(SOURCE), "RequestLimitExceeded")
    assert (first()["fired"], second()["fired"]) == (1, 0)
    refused(lambda: volumes(SOURCE), "Unavailable")
    volumes(SOURCE)
    assert (first()["matched"], second()["matched"]) == (3, 3)


def test_one_that_comes_after_another_counts_from_when_that_has_fired():
    match = {"action": "ec2:DescribeVolumes"}
    first = inject("error", match=match, error=THROTTLED, skip=1)
    second = inject("error", match=match, error=THROTTLED, skip=1, after=first()["id"])
    volumes(SOURCE)
    refused(lambda: volumes(SOURCE), "RequestLimitExceeded")
    assert second()["matched"] == 0
    volumes(SOURCE)
    refused(lambda: volumes(SOURCE), "RequestLimitExceeded")
    volumes(SOURCE)
    assert (first()["fired"], second()["fired"]) == (1, 1)


def test_calls_at_the_same_time_are_counted_exactly():
    match = {"action": "sts:GetCallerIdentity", "account": SOURCE}
    look = inject("error", match=match, error=THROTTLED | {"status": 400}, skip=10, times=7)

    def ask(_):
        try:
            client("sts", SOURCE).get_caller_identity()
        except ClientError:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answered = list(pool.map(ask, range(40)))
    assert answered.count(False) == 7
    assert (look()["matched"], look()["fired"]) == (40, 7)


@pytest.mark.parametrize("effect", [True, False])
def test_a_killed_invocation_makes_no_more_calls_and_the_next_one_does(effect, calls):
    by = function()
    source, target = (role(account, trusted=root(HOME)) for account in (SOURCE, TARGET))
    one, other = (assumed(arn, by, RoleSessionName="r-5") for arn in (source, target))
    bystander = assumed(target, by, RoleSessionName="r-6")
    before = volumes(TARGET)

    match = {"action": "ec2:CreateVolume", "session": "r-5"}
    look = inject("kill", match=match, effect=effect)
    calls()
    broken(lambda: make_volume(other))
    for credentials in (one, other):
        broken(lambda credentials=credentials: volumes(credentials))
    killed = [(call["outcome"], call["injected"]) for call in calls()]
    assert killed == [("ok" if effect else "not-arrived", "kill")] + [("not-arrived", "killed")] * 2
    assert len(volumes(TARGET) - before) == int(effect)

    volumes(bystander)
    make_volume(assumed(target, by, RoleSessionName="r-5"))
    assert (look()["matched"], look()["fired"]) == (2, 1)

    steer("DELETE", f"injections/{look()['id']}")
    volumes(other)


def test_with_a_trace_id_exactly_the_killed_invocation_is_silent():
    credentials = assumed(role(TARGET), RoleSessionName="r-7")
    killed, living = (own_client("ec2", credentials) for _ in range(2))
    traced(killed, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8")
    traced(living, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad9")
    inject("kill", match={"action": "ec2:DescribeVolumes"}, effect=True)
    broken(killed.describe_volumes)
    broken(killed.describe_snapshots)
    living.describe_volumes()

    again = own_client("sts", TARGET)
    traced(again, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8")
    broken(again.get_caller_identity)


def test_a_function_killed_while_it_assumes_a_role_leaves_its_key_to_the_next_invocation():
    by, target = function(), role(TARGET, trusted=root(HOME))
    earlier = assumed(target, by, RoleSessionName="r-8")
    inject("kill", match={"action": "sts:AssumeRole", "session": "r-8"}, effect=False)

    retrying = own_client("sts", by)
    invocation_id(retrying, "5a4a1c1e-0000-4000-8000-000000000001")
    request = {"RoleArn": target, "RoleSessionName": "r-8"}
    for _ in range(2):
        broken(lambda: retrying.assume_role(**request))
    broken(lambda: volumes(earlier))
    volumes(assumed(target, by, RoleSessionName="r-8"))


def test_all_that_is_armed_is_shown_and_can_be_forgotten():
    error = {"code": "Unavailable", "message": "x"}
    asked = {"kind": "error", "match": {"session": "r-9"}, "error": error, "times": None}
    shown = steer("POST", "injections", asked)
    counts = {"skip": 0, "matched": 0, "fired": 0, "firedOn": []}
    assert shown == asked | counts | {"id": shown["id"]}
    assert steer("GET", "injections") == {"injections": [shown]}
    assert steer("DELETE", f"injections/{shown['id']}") == {"injections": [shown]}
    assert steer("GET", "injections") == {"injections": []}
    with pytest.raises(ValueError, match="no injection"):
        steer("DELETE", f"injections/{shown['id']}")


NAN, INFINITE = float("nan"), float("inf")
"""JSON has neither, but Python writes and reads both."""


def error_of(**more):
    """An error with a code and a message, and more."""
    return {"kind": "error", "error": {"code": "X", "message": "y"} | more}


def delay_of(seconds, **more):
    """A delay."""
    return {"kind": "delay", "seconds": seconds} | more


def lost(**more):
    """An injection of a kind that has no fields of its own."""
    return {"kind": "lost-answer"} | more


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "kind"),
        ({"kind": "nothing"}, "kind"),
        ({"kind": ["error"]}, "kind"),
        ({"kind": "error"}, "error"),
        ({"kind": "error", "error": {"code": "X"}}, "error"),
        (error_of(more=1), "error"),
        (error_of(code=""), "error.code"),
        (error_of(code="Not found"), "error.code"),
        (error_of(message=None), "error.message"),
        *((error_of(status=it), "error.status") for it in (0, 200, 302, 399, 600, 700, "503")),
        (error_of() | {"seconds": 1}, "seconds"),
        ({"kind": "delay"}, "seconds"),
        *((delay_of(it), "seconds") for it in (-1, NAN, INFINITE, 10**400, "1", True, None)),
        (delay_of(1, late="both"), "late"),
        ({"kind": "kill"}, "effect"),
        ({"kind": "kill", "effect": "yes"}, "effect"),
        *((lost(times=it), "times") for it in (0, -1, 1.5, "1", True)),
        *((lost(skip=it), "skip") for it in (-1, True, None)),
        (lost(after=0), "after"),
        (lost(after="1"), "after"),
        (lost(match=[]), "match"),
        (lost(match={"act": "ec2:*"}), "match.act"),
        (lost(match={"action": []}), "match.action"),
        (lost(match={"action": 1}), "match.action"),
        (lost(match={"action": "ec2:DescribeVolume"}), "match.action"),
        (lost(match={"action": "DescribeVolumes"}), "match.action"),
        (lost(match={"action": "s3:ListBuckets"}), "match.action"),
        (lost(match={"action": ["ec2:*", "rds:Copie*"]}), "match.action"),
        *(
            (lost(match={"account": it}), "match.account")
            for it in (1, "1", SOURCE[1:], f"{SOURCE}0", "*", None)
        ),
        *((lost(match={"region": it}), "match.region") for it in ("eu", f"{NEAR}a", "", 1, None)),
        (lost(match={"role": "role/restore"}), "match.role"),
        (lost(match={"session": "r"}), "match.session"),
        (lost(match={"function": ""}), "match.function"),
        (lost(match={"params": []}), "match.params"),
        (lost(match={"action": "ec2:Copy*", "params": {"DryRan": None}}), "match.params"),
        (lost(match={"params": {"SourceSnapshot": "snap-1"}}), "match.params"),
    ],
)
def test_an_injection_that_makes_no_sense_is_refused_by_its_field(wanted, field):
    with pytest.raises(ValueError, match=rf"^{field}\b(?!\.)"):
        steer("POST", "injections", wanted)
    assert steer("GET", "injections") == {"injections": []}


def test_a_parameter_that_is_not_to_be_given_need_not_be_one_of_the_operations():
    # BC:ec2.AssociateIamInstanceProfileRequest has no DryRun.
    match = {"action": "ec2:AssociateIamInstanceProfile", "params": {"DryRun": None}}
    look = inject("error", match=match, error=THROTTLED)
    asked = {"IamInstanceProfile": {"Name": "none"}, "InstanceId": "i-0123456789abcdef0"}
    ec2 = client("ec2", SOURCE)
    refused(lambda: ec2.associate_iam_instance_profile(**asked), THROTTLED["code"])
    assert look()["fired"] == 1


def test_the_function_that_assumed_a_role_is_known_in_its_calls():
    target = role(TARGET, trusted=root(HOME))
    look = inject("error", match={"function": "clean-up"}, skip=1, error=THROTTLED)
    volumes(assumed(target, function("copy-snapshot")))
    assert look()["matched"] == 0
    credentials = assumed(target, function("clean-up"))
    refused(lambda: volumes(credentials), "RequestLimitExceeded")
    volumes(credentials)
    assert (look()["matched"], look()["fired"]) == (3, 1)


def function(name=None):
    """The credentials of a function that may assume any role that trusts its account."""
    made = unique("ASIA").upper()
    identity = {"accessKeyId": made, "roleArn": role(HOME, allow("sts:AssumeRole"))}
    steer("POST", "identities", identity | ({"name": name} if name else {}))
    return {"AccessKeyId": made, "SecretAccessKey": "x"}


def traced(made, value):
    """Makes a client send a trace id, as SDKs do within Lambda."""
    made.meta.events.register("before-sign", sends("X-Amzn-Trace-Id", value))


def invocation_id(made, value):
    """Makes all calls of a client attempts at one call, as retries are."""
    made.meta.events.register("before-send", sends("amz-sdk-invocation-id", value))


def sends(name, value):
    def add(request, **_):
        request.headers[name] = value

    return add
