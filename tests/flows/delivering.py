"""Events as the function that starts restores is handed them, and what they have started."""

from __future__ import annotations

import json
import uuid
from typing import Any

from restore.cloud import Cloud

FUNCTION = "restore-start-restore"
"""The function that starts restores."""

Document = dict[str, Any]


def event(detail_type: str, detail: Document) -> Document:
    """The event as EventBridge hands it to its targets (EB/eb-events-structure)."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": "operations",
        "account": "123456789012",
        "time": "2026-11-23T03:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def delivered(cloud: Cloud, sent: Document) -> tuple[Document, str | None]:
    """What the function answers to a delivery of the event, and what its failure is called."""
    answer = cloud.home_client("lambda").invoke(
        FunctionName=FUNCTION, Payload=json.dumps(sent).encode()
    )
    payload = json.loads(answer["Payload"].read())
    return payload, answer.get("FunctionError")


def executions(cloud: Cloud, restore_id: str) -> list[str]:
    """The restores that events have started with this id."""
    pages = cloud.step_functions.get_paginator("list_executions").paginate(
        stateMachineArn=cloud.state_machine
    )
    by_events = [
        cloud.step_functions.describe_execution(executionArn=it["executionArn"])
        for page in pages
        for it in page["executions"]
        if it["name"].startswith("event-")
    ]
    return [
        it["executionArn"]
        for it in by_events
        if json.loads(it["input"]).get("restoreId") == restore_id
    ]
