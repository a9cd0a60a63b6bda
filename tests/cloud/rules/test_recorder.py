"""Every call is recorded: when, who, where, what, on what, and how it ended (rule 10)."""

import contextlib
import datetime

from aws import FAR, HOME, NEAR, SOURCE, TARGET, allow, assumed, caller, client, key, refused, role
from aws import rules as steer
from botocore.exceptions import ClientError


def told(call, *names):
    return tuple(call[name] for name in names)


def test_a_call_is_recorded_with_all_that_is_known_of_it(calls):
    arn = role(TARGET)
    credentials = assumed(arn)
    calls()
    before = datetime.datetime.now(datetime.UTC)
    client("ec2", credentials, FAR).describe_volumes(MaxResults=7)
    (call,) = calls()

    moment = datetime.datetime.fromisoformat(call.pop("time"))
    assert abs(moment - before) < datetime.timedelta(seconds=10)
    assert isinstance(call.pop("n"), int)
    name = arn.rpartition("/")[2]
    assert call == {
        "account": TARGET,
        "callerArn": f"arn:aws:sts::{TARGET}:assumed-role/{name}/test",
        "roleArn": arn,
        "function": None,
        "invocation": None,
        "region": FAR,
        "service": "ec2",
        "action": "DescribeVolumes",
        "resources": ["*"],
        "outcome": "ok",
        "injected": None,
        "params": {"MaxResults": 7},
    }


def test_a_refused_call_is_recorded_with_the_code_of_its_error(calls):
    arn = key(SOURCE)
    stranger = caller(TARGET, allow("ec2:*"))
    calls()
    refused(lambda: client("kms", stranger).describe_key(KeyId=arn), "AccessDeniedException")
    refused(lambda: client("kms", SOURCE, FAR).describe_key(KeyId=arn), "NotFoundException")
    refused(lambda: client("iam", stranger).list_roles(), "AccessDenied")
    seen = [told(call, "account", "action", "resources", "outcome") for call in calls()]
    assert seen == [
        (TARGET, "DescribeKey", [arn], "AccessDeniedException"),
        (SOURCE, "DescribeKey", [], "NotFoundException"),
        (TARGET, "ListRoles", [], "AccessDenied"),
    ]


def test_a_call_of_nobody_is_recorded_too(calls):
    nobody = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"}
    refused(lambda: client("ec2", nobody).describe_volumes(), "AuthFailure")
    (call,) = calls()
    assert told(call, "account", "callerArn", "roleArn", "outcome") == (
        None,
        None,
        None,
        "AuthFailure",
    )


def test_an_assumed_role_and_a_used_key_are_the_resources_of_their_calls(calls):
    wanted, arn = role(TARGET), key(SOURCE)
    calls()
    assumed(wanted)
    client("kms", SOURCE).describe_key(KeyId=arn.rpartition("/")[2])
    assumption, description = calls()
    assert told(assumption, "action", "resources") == ("AssumeRole", [wanted])
    assert told(description, "action", "resources") == ("DescribeKey", [arn])


def test_secrets_are_not_recorded(calls):
    arn = key(SOURCE)
    kms = client("kms", SOURCE)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"secret")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    rds = client("rds", SOURCE)
    request = {"DBInstanceIdentifier": "x", "DBInstanceClass": "db.t3.micro", "Engine": "mysql"}
    with contextlib.suppress(ClientError):  # Whether it is made is not the matter here.
        rds.create_db_instance(**request, MasterUsername="a", MasterUserPassword="secret-password")
    recorded = calls()
    assert "secret-password" not in str(recorded)
    shown = [call["params"] for call in recorded if call["action"] in {"Encrypt", "Decrypt"}]
    assert shown == [{"KeyId": arn, "Plaintext": "***"}, {"CiphertextBlob": "***"}]


def test_the_newest_calls_can_be_asked_for_alone():
    ec2 = client("ec2", SOURCE)
    ec2.describe_volumes()
    ec2.describe_snapshots(MaxResults=5)
    shown = [it["action"] for it in steer("GET", "calls?last=2")["calls"]]
    assert shown == ["DescribeVolumes", "DescribeSnapshots"]
    assert [it["action"] for it in steer("GET", "calls?last=1")["calls"]] == shown[1:]
    assert steer("GET", "calls?last=0")["calls"] == []


def test_the_calls_of_one_action_can_be_asked_for_alone(calls):
    calls()
    ec2 = client("ec2", SOURCE)
    ec2.describe_volumes()
    ec2.describe_snapshots(MaxResults=5)
    ec2.describe_volumes()
    first = calls()[0]["n"]
    asked = steer("GET", f"calls?since={first - 1}&action=DescribeVolumes")["calls"]
    assert [it["n"] for it in asked] == [first, first + 2]


def test_calls_are_numbered_on_and_can_be_forgotten(calls):
    client("sts", HOME).get_caller_identity()
    first = calls()[-1]["n"]
    steer("DELETE", "calls")
    assert steer("GET", "calls")["calls"] == []
    client("sts", HOME).get_caller_identity()
    (after,) = steer("GET", "calls")["calls"]
    assert after["n"] == first + 1
    assert steer("GET", f"calls?since={first}")["calls"] == [after]
    assert steer("GET", f"calls?since={first + 1}")["calls"] == []


def test_every_region_and_service_is_recorded_as_itself(calls):
    calls()
    for region in (NEAR, FAR):
        client("rds", SOURCE, region).describe_db_instances()
        client("cloudformation", TARGET, region).list_stacks()
    seen = [told(call, "service", "account", "region", "action") for call in calls()]
    assert seen == [
        (service, account, region, action)
        for region in (NEAR, FAR)
        for service, account, action in (
            ("rds", SOURCE, "DescribeDBInstances"),
            ("cloudformation", TARGET, "ListStacks"),
        )
    ]
