"""Settings recorded by the deployed function, and sources that nothing reaches any more."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from local_aws.accounts import Pair
from restore.arrange.database import SourceDatabase
from restore.arrange.instance import SourceInstance
from restore.cloud import Cloud, Role
from restore.place import TARGET, Place

FUNCTION = "restore-record-settings"
TAG = {"Key": "record-settings", "Value": "true"}


def record_role(account: str) -> Role:
    """The role by which the settings of the account's instances are recorded."""
    pair = Pair(account, TARGET)
    return Role(pair.record_role, pair.source_external_id)


def tag_instance(cloud: Cloud, instance: SourceInstance) -> None:
    """Asks for the instance to be recorded."""
    ec2 = cloud.client("ec2", instance.place)
    ec2.create_tags(Resources=[instance.instance_id], Tags=[TAG])


def tag_database(cloud: Cloud, database: SourceDatabase) -> None:
    """Asks for the DB instance to be recorded."""
    arn = f"arn:aws:rds:{database.place.region}:{database.place.account}:db:{database.identifier}"
    cloud.client("rds", database.place).add_tags_to_resource(ResourceName=arn, Tags=[TAG])


def record(
    cloud: Cloud, *places: Place, at: datetime | None = None, role: Role | None = None
) -> tuple[Any, str | None]:
    """What the function answers to an event of its schedule, told to record these places.

    By the record role of each, unless by another.
    """
    told = [
        {
            "accountId": place.account,
            "region": place.region,
            "roleArn": reader.arn,
            "externalId": reader.external_id,
        }
        for place in places
        for reader in [role or record_role(place.account)]
    ]
    due = (at or datetime.now(UTC)).isoformat(timespec="seconds").replace("+00:00", "Z")
    functions = cloud.home_client("lambda")
    with environment(cloud, FUNCTION, RECORD_SETTINGS_OF=json.dumps(told)):
        answer = functions.invoke(FunctionName=FUNCTION, Payload=json.dumps({"time": due}).encode())
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def records(cloud: Cloud, place: Place, service: str, instance: str) -> list[str]:
    """The keys of what was recorded of the instance, oldest first."""
    prefix = f"settings/{place.account}/{place.region}/{service}/{instance}/"
    pages = cloud.home_client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=bucket(cloud), Prefix=prefix)
    return [it["Key"] for page in found for it in page.get("Contents", [])]


def read(cloud: Cloud, key: str) -> Any:
    """A record."""
    body = cloud.home_client("s3").get_object(Bucket=bucket(cloud), Key=key)["Body"]
    return json.loads(body.read())


def bucket(cloud: Cloud) -> str:
    """The bucket that the function is told of."""
    functions = cloud.home_client("lambda")
    found = functions.get_function_configuration(FunctionName=FUNCTION)["Environment"]
    return found["Variables"]["RECOVERY_BUCKET"]


@contextmanager
def cut_off(cloud: Cloud, place: Place) -> Iterator[None]:
    """Within the block no call arrives in the Region, STS included, nor any of the account.

    After it, not one has even been tried: a restore that did without after it had tried would wait
    for answers that never come.
    """
    unheard = {"kind": "never-arrives", "times": None}
    roles = (cloud.source_role, record_role(place.account))
    matches = (
        {"region": place.region},
        {"account": place.account},
        *({"action": "sts:AssumeRole", "params": {"RoleArn": role.arn}} for role in roles),
    )
    with cloud.disturbed(*({**unheard, "match": match} for match in matches)) as armed:
        yield
        known = cloud.steer("GET", "/rules/injections")["injections"]
        tried = [call for it in known if it["id"] in armed for call in it["firedOn"]]
    assert tried == []


@contextmanager
def environment(cloud: Cloud, function: str, **variables: str) -> Iterator[None]:
    """Within the block the function is told these variables in the place of its own."""
    functions = cloud.home_client("lambda")
    before = functions.get_function_configuration(FunctionName=function)["Environment"]
    told = copy.deepcopy(before)
    told["Variables"] |= variables
    functions.update_function_configuration(FunctionName=function, Environment=told)
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=function, Environment=before)
