"""Requests that boto3 would not send, and AWS refuses."""

import boto3
import pytest
from aws import NEAR, SOURCE, refused
from botocore.config import Config


@pytest.fixture
def careless(plane):
    """A client that sends whatever it is given."""
    return boto3.client(
        "ec2",
        region_name=NEAR,
        endpoint_url=plane,
        aws_access_key_id=SOURCE,
        aws_secret_access_key="administrator",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (lambda it: it.create_snapshot(), "VolumeId"),
        (lambda it: it.copy_snapshot(SourceRegion=NEAR), "SourceSnapshotId"),
        (lambda it: it.attach_volume(VolumeId="vol-1", InstanceId="i-1"), "Device"),
        (lambda it: it.run_instances(MinCount=1), "MaxCount"),
        (lambda it: it.run_instances(MinCount=1, MaxCount=1), "ImageId"),
        (lambda it: it.stop_instances(), "InstanceIds"),
        (lambda it: it.register_image(), "Name"),
    ],
)
def test_a_parameter_that_is_needed_is_missed(careless, call, missing):
    refused(lambda: call(careless), "MissingParameter", missing)


def test_an_action_that_there_is_not_is_refused(careless):
    careless.meta.events.register(
        "before-call.ec2.DescribeVolumes",
        lambda params, **_: params["body"].update(Action="DescribeWeather"),
    )

    refused(careless.describe_volumes, "InvalidAction", "DescribeWeather")
