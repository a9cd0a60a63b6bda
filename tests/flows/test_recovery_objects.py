"""A recovery plan that lies in S3: read whole, or refused with the object named."""

import json
import secrets

import boto3
import pytest
from delivering import physical
from recovering import plan, restore_of, start
from recovery.deployed import Deployed
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.place import FAR, HOME


@pytest.fixture(scope="module")
def bucket(cloud):
    """The bucket of the stack."""
    return Deployed.on(cloud).bucket


def put(cloud, bucket, key, body):
    """An object of the bucket, as the input of a recovery names it."""
    cloud.home_client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    return {"planObject": {"bucket": bucket, "key": key}}


def test_a_plan_that_lies_in_s3_is_run(cloud, bucket, database):
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    document = plan([restore_of(scene)])
    given = put(cloud, bucket, "plans/orders.json", json.dumps(document))

    ended = follow(cloud, start(cloud, {**given, "dryRun": True}))

    ended.raise_unless_succeeded()
    assert (ended.output["status"], ended.output["restores"]) == ("PLANNED", 1)
    assert ended.output["planId"] == document["planId"]


@pytest.mark.parametrize(
    ("key", "body", "words"),
    [
        ("plans/empty.json", b"", "is empty"),
        ("plans/words.json", b"wave one", "is not JSON"),
        ("plans/list.json", b"[]", "plan: is no JSON object"),
        ("plans/waves.json", b'{"planId": "orders-dr", "waves": []}', "waves: is empty"),
        ("plans/large.json", b" " * (300 << 20), "has 314572800 bytes"),
    ],
)
def test_an_object_that_is_no_plan_is_named(cloud, bucket, key, body, words):
    ended = follow(cloud, start(cloud, put(cloud, bucket, key, body)))

    assert (ended.status, ended.error) == ("FAILED", "Restore.InvalidInput"), ended.cause
    assert f"planObject: s3://{bucket}/{key}" in ended.cause, ended.cause
    assert words in ended.cause, ended.cause


@pytest.fixture
def elsewhere(cloud):
    """A bucket in another Region, whose plans the function may read."""
    name, role = f"plans-{secrets.token_hex(4)}", physical(cloud, "RecoverRole")
    s3 = boto3.client(
        "s3",
        region_name=FAR,
        endpoint_url=cloud.control,
        aws_access_key_id=HOME,
        aws_secret_access_key="administrator",
    )
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": FAR})
    # As PlanObjectArns of the stack would say.
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    iam = cloud.home_client("iam")
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)
    yield name
    iam.delete_role_policy(RoleName=role, PolicyName=name)


def test_a_plan_in_another_region_is_named_with_the_region(cloud, elsewhere):
    key = "orders.json"
    ended = follow(cloud, start(cloud, {"planObject": {"bucket": elsewhere, "key": key}}))

    assert (ended.status, ended.error) == ("FAILED", "Restore.InvalidInput"), ended.cause
    for words in (f"planObject: s3://{elsewhere}/{key}", f"Region {FAR}", cloud.home_region):
        assert words in ended.cause, ended.cause


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ({"key": "plans/missing.json"}, "plans/missing.json is not there"),
        ({"bucket": "no-such-bucket-of-ours"}, "s3://no-such-bucket-of-ours/plans/missing.json"),
        ({"bucket": "B"}, "planObject.bucket"),
        ({"key": ""}, "planObject.key"),
    ],
)
def test_an_object_that_is_not_there_is_named(cloud, bucket, at, words):
    given = {"planObject": {"bucket": bucket, "key": "plans/missing.json"} | at}

    ended = follow(cloud, start(cloud, given))

    assert ended.status == "FAILED"
    assert ended.error in ("Restore.InvalidInput", "Restore.AccessDenied"), ended.cause
    assert words in ended.cause, ended.cause
