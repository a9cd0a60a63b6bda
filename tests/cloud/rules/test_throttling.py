"""AWS answers only so many calls of an account in a second: each action has a bucket of tokens."""

import pytest
from aws import FAR, HOME, NEAR, SOURCE, allow, caller, client, refused, rules
from botocore.exceptions import ClientError
from compute import (
    at_once,  # noqa: F401
    launch,
    snapshot,
)

pytestmark = pytest.mark.usefixtures("at_once")

SLOWLY = 0.001
"""Tokens a second: none comes during a test."""


def rates(settings, **buckets):
    """Sets the sizes of buckets that do not refill, by their names with `_` for `:`."""
    wanted = {name.replace("_", ":"): size for name, size in buckets.items()}
    settings(requestRates={name: _bucket(size) for name, size in wanted.items()})


def _bucket(size):
    return {"size": size, "refill": SLOWLY}


def through(call, most=60):
    """How often `call` is answered before it is refused, or `most`."""
    for count in range(most):
        try:
            call()
        except ClientError:
            return count
    return most


def test_ec2_answers_as_many_calls_as_the_bucket_holds(settings):
    credentials = caller(SOURCE)
    rates(settings, ec2_DescribeRegions=3)
    ec2 = client("ec2", credentials)
    assert through(ec2.describe_regions) == 3
    with pytest.raises(ClientError) as caught:
        ec2.describe_regions()
    assert caught.value.response["Error"]["Code"] == "RequestLimitExceeded"
    assert caught.value.response["Error"]["Message"] == "Request limit exceeded."
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


@pytest.mark.parametrize(
    ("service", "call", "code", "message"),
    [
        ("rds", "describe_db_instances", "Throttling", "Rate exceeded"),
        ("kms", "list_keys", "ThrottlingException", "You have exceeded the rate"),
    ],
)
def test_rds_and_kms_refuse_in_their_own_words(service, call, code, message, settings):
    made = getattr(client(service, caller(HOME)), call)
    settings(requestRates={service: _bucket(2)})
    assert through(made) == 2
    refused(made, code, message)


def test_a_bucket_refills_and_faster_where_time_runs_faster(settings):
    ec2 = client("ec2", caller(SOURCE))
    settings(requestRates={"ec2:DescribeVpcs": {"size": 1, "refill": 0.1}}, pace=100_000)
    for _ in range(3):
        ec2.describe_vpcs()
    settings(pace=0.001)
    assert through(ec2.describe_vpcs) <= 1


def test_each_action_account_and_region_has_a_bucket_of_its_own(settings):
    here = caller(SOURCE)
    near, far = (client("ec2", here, region) for region in (NEAR, FAR))
    other = client("ec2", caller(HOME))
    rates(settings, ec2_describing=2)
    assert through(near.describe_vpcs) == 2
    assert through(near.describe_subnets) == 2
    assert through(far.describe_vpcs) == 2
    assert through(other.describe_vpcs) == 2


def test_all_sessions_of_an_account_share_its_buckets(settings):
    one, other = (client("ec2", caller(SOURCE)) for _ in range(2))
    rates(settings, ec2_describing=3)
    one.describe_key_pairs()
    assert through(other.describe_key_pairs) == 2
    refused(one.describe_key_pairs, "RequestLimitExceeded")


def test_an_accounts_administrator_is_not_throttled(settings):
    rates(settings, ec2_describing=1)
    assert through(client("ec2", SOURCE).describe_regions, most=5) == 5


def test_calls_without_filter_or_page_have_a_smaller_bucket(settings):
    ec2 = client("ec2", caller(SOURCE))
    rates(settings, ec2_describing=4, ec2_unfiltered=2)
    assert through(ec2.describe_volumes) == 2
    assert through(lambda: ec2.describe_volumes(MaxResults=5), most=2) == 2
    state = [{"Name": "status", "Values": ["available"]}]
    assert through(lambda: ec2.describe_volumes(Filters=state), most=9) == 2


def test_a_throttled_call_does_nothing_and_is_not_looked_at_further(settings, calls):
    stranger = caller(SOURCE, allow("s3:*"))
    rates(settings, ec2_changing=1)
    calls()
    ec2 = client("ec2", stranger)
    refused(lambda: ec2.delete_key_pair(KeyName="x"), "UnauthorizedOperation")
    refused(lambda: ec2.delete_key_pair(KeyName="x"), "RequestLimitExceeded")
    outcomes = [call["outcome"] for call in calls()]
    assert outcomes == ["UnauthorizedOperation", "RequestLimitExceeded"]


def test_a_dry_run_takes_a_token_too(settings):
    taken = snapshot()
    ec2 = client("ec2", caller(SOURCE))
    rates(settings, ec2_DeleteSnapshot=1)
    refused(lambda: ec2.delete_snapshot(SnapshotId=taken, DryRun=True), "DryRunOperation")
    refused(lambda: ec2.delete_snapshot(SnapshotId=taken), "RequestLimitExceeded")


def test_stops_take_a_token_for_each_instance(settings):
    made = [launch() for _ in range(3)]
    ec2 = client("ec2", caller(SOURCE))
    settings(requestRates={"ec2:StopInstances/instances": _bucket(2)})
    refused(lambda: ec2.stop_instances(InstanceIds=made, DryRun=True), "RequestLimitExceeded")
    refused(lambda: ec2.stop_instances(InstanceIds=made[:2], DryRun=True), "DryRunOperation")
    refused(lambda: ec2.stop_instances(InstanceIds=made[:1], DryRun=True), "RequestLimitExceeded")


@pytest.mark.parametrize(
    ("name", "size", "refill"),
    [
        ("ec2:describing", 100, 20),
        ("ec2:unfiltered", 50, 10),
        ("ec2:changing", 50, 5),
        ("ec2:CreateVolume", 100, 5),
        ("ec2:CreateTags", 100, 10),
        ("ec2:StartInstances", 5, 2),
    ],
)
def test_the_buckets_are_those_of_aws_unless_a_test_says_otherwise(name, size, refill):
    assert rules("GET", "settings")["requestRates"][name] == {"size": size, "refill": refill}
