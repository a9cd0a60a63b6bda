"""Who may write an object only where none is, and only by TLS, writes so and not otherwise."""

import json
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError
from machine import allow

ONCE = {"Null": {"s3:if-none-match": "false"}}


@pytest.fixture(scope="module")
def bucket(states):
    """A bucket that is reached by TLS alone."""
    name = f"written-{uuid.uuid4().hex[:10]}"
    states.s3.create_bucket(Bucket=name)
    arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    clear = {"Bool": {"aws:SecureTransport": "false"}}
    refused = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": arns}
    policy = {"Version": "2012-10-17", "Statement": [{**refused, "Condition": clear}]}
    states.s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    return name


@pytest.fixture(scope="module")
def writer(states, bucket):
    """S3 for a user who may read the bucket, and write in it what is not there."""
    objects = f"arn:aws:s3:::{bucket}/*"
    statements = [allow("s3:GetObject", objects), allow("s3:PutObject", objects, Condition=ONCE)]
    name = f"writer-{uuid.uuid4().hex[:10]}"
    states.iam.create_user(UserName=name)
    states.iam.put_user_policy(
        UserName=name,
        PolicyName="writes",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    key = states.iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    return session.client("s3", endpoint_url=states.endpoint)


def test_what_is_not_there_is_written_and_read(writer, bucket):
    writer.put_object(Bucket=bucket, Key="new", Body=b"1", IfNoneMatch="*")

    assert writer.get_object(Bucket=bucket, Key="new")["Body"].read() == b"1"
    with pytest.raises(ClientError) as refused:
        writer.put_object(Bucket=bucket, Key="new", Body=b"2", IfNoneMatch="*")
    assert refused.value.response["Error"]["Code"] == "PreconditionFailed"


def test_what_would_be_written_over_whatever_is_there_is_denied(writer, bucket):
    with pytest.raises(ClientError) as refused:
        writer.put_object(Bucket=bucket, Key="any", Body=b"1")

    assert refused.value.response["Error"]["Code"] == "AccessDenied"
