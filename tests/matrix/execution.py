"""Executions, as cheaply as many at once must be looked at."""

from __future__ import annotations

import functools
import json
import time

from restore.cloud import Cloud
from restore.follow import Ended

SCALE = 0.01
"""Nobody watches: an hour of waiting takes 36 s."""

LOOK = 1.0
"""Seconds between two looks."""


def ended(cloud: Cloud, execution: str, patience: float) -> Ended:
    """The end of the execution, which is stopped if it takes longer than `patience` seconds."""
    deadline = time.monotonic() + patience
    while (described := _described(cloud, execution))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            cloud.step_functions.stop_execution(
                executionArn=execution, cause=f"not ended after {patience:.0f} s"
            )
        time.sleep(LOOK)
    return Ended(
        execution,
        described["status"],
        json.loads(described.get("output") or "{}"),
        described.get("error", ""),
        described.get("cause", ""),
    )


def settled(cloud: Cloud, restore_id: str, patience: float = 60) -> bool:
    """Whether the restore's lease is given back, by it or by what cleans up after it."""
    deadline = time.monotonic() + patience
    while is_held(cloud, restore_id):
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK)
    return True


def waits(cloud: Cloud, execution: str, error: str) -> list[float]:
    """The execution's own seconds from each failure of a task by `error` to the next attempt."""
    history = cloud.step_functions.get_paginator("get_execution_history")
    failed, waited = None, []
    for page in history.paginate(executionArn=execution):
        for event in page["events"]:
            if event.get("taskFailedEventDetails", {}).get("error") == error:
                failed = event["timestamp"]
            elif event["type"] == "TaskScheduled" and failed is not None:
                waited.append((event["timestamp"] - failed).total_seconds() / SCALE)
                failed = None
    return waited


def is_held(cloud: Cloud, restore_id: str) -> bool:
    """Whether an execution holds the id."""
    found = cloud.home_client("dynamodb").get_item(
        TableName=_leases(cloud), Key={"restoreId": {"S": restore_id}}
    )
    return "Item" in found


def hold(cloud: Cloud, restore_id: str, execution: str) -> None:
    """Lets `execution` hold the id, as if it had taken the lease."""
    lease = {"restoreId": {"S": restore_id}, "executionArn": {"S": execution}}
    cloud.home_client("dynamodb").put_item(TableName=_leases(cloud), Item=lease)


@functools.cache
def _leases(cloud: Cloud) -> str:
    names = cloud.home_client("dynamodb").list_tables()["TableNames"]
    [table] = [it for it in names if "Leases" in it]
    return table


def _described(cloud: Cloud, execution: str) -> dict:
    return cloud.step_functions.describe_execution(executionArn=execution)
