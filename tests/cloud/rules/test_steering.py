"""What tests steer the plane by: settings, failures, and a clean start."""

import json
import urllib.error
import urllib.request

import aws
import pytest
from aws import HOME, SOURCE, assumed, client, key, refused, role, rules, unique
from local_aws.planes import resource_plane


def test_settings_are_changed_one_by_one_and_shown_as_a_whole(settings):
    before = rules("GET", "settings")
    changed = rules("PUT", "settings", {"durations": {"volume": 5}})
    assert changed["durations"] == before["durations"] | {"volume": 5}
    assert changed["switches"] == before["switches"]
    settings(switches={"presignedUrlRequired": False})
    after = rules("GET", "settings")
    assert after["switches"]["presignedUrlRequired"] is False
    assert after["durations"]["volume"] == 5


@pytest.mark.parametrize(
    "wanted",
    [
        {"duration": {}},
        {"durations": {"nothing": 1}},
        {"durations": {"volume": -1}},
        {"durations": {"volume": "1"}},
        {"durations": {"volume": True}},
        {"durations": []},
        {"switches": {"nothing": True}},
        {"switches": {"presignedUrlRequired": "false"}},
        {"durations": {"volume": float("inf")}},
        {"durations": {"volume": float("nan")}},
        {"sessionSeconds": "1"},
        {"pace": float("inf")},
        {"optedInRegions": ["eu-west-9"]},
    ],
)
def test_a_setting_that_makes_no_sense_changes_nothing(wanted):
    before = rules("GET", "settings")
    with pytest.raises(ValueError, match=r"."):
        rules("PUT", "settings", wanted)
    assert rules("GET", "settings") == before


@pytest.mark.parametrize("name", ["size", "refill"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "1", True, None])
def test_a_bucket_that_no_call_gets_through_is_refused_by_its_name(name, value):
    before = rules("GET", "settings")
    bucket = {"size": 1, "refill": 1} | {name: value}
    with pytest.raises(ValueError, match=r"^rate ec2:describing\b"):
        rules("PUT", "settings", {"requestRates": {"ec2:describing": bucket}})
    assert rules("GET", "settings") == before


@pytest.mark.parametrize(
    "name", ["ec2:*", "ec2:DescribeVolume", "ec2:RunInstances/volumes", "s3", "s3:ListBuckets"]
)
def test_a_bucket_of_what_no_service_does_is_refused(name):
    bucket = {"size": 1, "refill": 1}
    with pytest.raises(ValueError, match="no rate is named"):
        rules("PUT", "settings", {"requestRates": {name: bucket}})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "failures", {"kind": "volume"}),
        ("POST", "failures", {"kind": "volume", "state": "error", "message": "", "more": 1}),
        ("POST", "failures", {"kind": "nothing", "state": "error", "message": ""}),
        ("POST", "failures", {"kind": "volume", "state": "error", "message": "", "count": 0}),
        ("POST", "failures", {"kind": "volume", "state": "error", "message": "", "match": "x"}),
        ("POST", "elapsed", {}),
        ("POST", "elapsed", {"seconds": -1}),
        ("POST", "elapsed", {"seconds": "1"}),
        ("POST", "elapsed", {"seconds": float("nan")}),
        ("POST", "elapsed", {"seconds": float("inf")}),
        ("GET", "calls?since=x", None),
        ("GET", "calls?last=-1", None),
        ("GET", "nothing", None),
        ("DELETE", "settings", None),
        ("POST", "failures", [1]),
    ],
)
def test_what_steering_does_not_know_it_refuses(method, path, body):
    with pytest.raises(ValueError, match=r"."):
        rules(method, path, body)


def test_a_body_that_is_no_json_is_refused(plane):
    request = urllib.request.Request(f"{plane}/rules/settings", method="PUT", data=b"{")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    assert caught.value.code == 400
    assert "not JSON" in json.load(caught.value)["error"]


@pytest.fixture
def other_plane(plane):
    """A plane of one test's own, which it may reset."""
    with resource_plane() as endpoint:
        aws.use(endpoint)
        yield endpoint
    aws.use(plane)


def test_a_reset_forgets_what_moto_and_the_rules_keep(other_plane):
    arn, made = role(SOURCE), key(SOURCE)
    credentials = assumed(arn)
    function = unique("ASIA").upper()
    rules("POST", "identities", {"accessKeyId": function, "roleArn": arn})
    before = rules("GET", "settings")
    rules("PUT", "settings", {"sessionSeconds": 5, "durations": {"volume": 7}})
    reset = urllib.request.Request(f"{other_plane}/moto-api/reset", method="POST", data=b"")
    urllib.request.urlopen(reset, timeout=10)

    assert rules("GET", "calls")["calls"] == []
    assert rules("GET", "settings") == before
    refused(lambda: client("kms", SOURCE).describe_key(KeyId=made), "NotFoundException")
    for gone in (credentials, {"AccessKeyId": function, "SecretAccessKey": "x"}):
        sts = client("sts", gone)
        refused(sts.get_caller_identity, "InvalidClientTokenId")
    assert client("sts", HOME).get_caller_identity()["Account"] == HOME
