"""Settings recorded by the deployed function, and sources that nothing reaches any more."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from restore.arrange.database import SourceDatabase
from restore.arrange.instance import SourceInstance
from restore.cloud import Cloud
from restore.place import Place

FUNCTION = "restore-record-settings"
TAG = {"Key": "record-settings", "Value": "true"}


def tag_instance(cloud: Cloud, instance: SourceInstance) -> None:
    """Asks for the instance to be recorded."""
    ec2 = cloud.client("ec2", instance.place)
    ec2.create_tags(Resources=[instance.instance_id], Tags=[TAG])


def tag_database(cloud: Cloud, database: SourceDatabase) -> None:
    """Asks for the DB instance to be recorded."""
    arn = f"arn:aws:rds:{database.place.region}:{database.place.account}:db:{database.identifier}"
    cloud.client("rds", database.place).add_tags_to_resource(ResourceName=arn, Tags=[TAG])


def record(cloud: Cloud, *places: Place, at: datetime | None = None) -> tuple[Any, str | None]:
    """What the function answers to an event of its schedule, told to record these places."""
    told = [
        {
            "accountId": place.account,
            "region": place.region,
            "roleArn": cloud.source_role.arn,
            "externalId": cloud.source_role.external_id,
        }
        for place in places
    ]
    due = (at or datetime.now(UTC)).isoformat(timespec="seconds").replace("+00:00", "Z")
    functions = cloud.home_client("lambda")
    with _environment(functions, RECORD_SETTINGS_OF=json.dumps(told)):
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
    role = {"RoleArn": cloud.source_role.arn}
    matches = (
        {"region": place.region},
        {"account": place.account},
        {"action": "sts:AssumeRole", "params": role},
    )
    with cloud.disturbed(*({**unheard, "match": match} for match in matches)) as armed:
        yield
        known = cloud.steer("GET", "/rules/injections")["injections"]
        tried = [call for it in known if it["id"] in armed for call in it["firedOn"]]
    assert tried == []


@contextmanager
def _environment(functions: Any, **variables: str) -> Iterator[None]:
    before = functions.get_function_configuration(FunctionName=FUNCTION)["Environment"]
    told = copy.deepcopy(before)
    told["Variables"] |= variables
    functions.update_function_configuration(FunctionName=FUNCTION, Environment=told)
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=FUNCTION, Environment=before)
