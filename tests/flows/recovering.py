"""Recoveries, as the tests of the flows start and read them."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from typing import Any

from recovery.deployed import Deployed
from restore.arrange import Scene
from restore.cloud import Cloud
from restore.follow import Ended, follow

Document = dict[str, Any]


def restore_of(scene: Scene, **changes: Any) -> Document:
    """A restore of a plan that asks for what the scene does, under an id of the recovery's own."""
    asked = scene.asking(**changes).request
    return {name: asked[name] for name in ("source", "target", "options") if name in asked}


def plan(*waves: list[Document], **settings: Any) -> Document:
    """A plan with these waves, each a list of restores."""
    named = [{"name": f"wave-{n}", "restores": list(it)} for n, it in enumerate(waves, 1)]
    return {"planId": "orders-dr", "waves": named, **settings}


def start(cloud: Cloud, given: Document, name: str | None = None, case: str = "") -> str:
    """Starts a recovery with this input, disturbed as the case says; the execution."""
    machine = Deployed.on(cloud).state_machine + (f"#{case}" if case else "")
    name = name or f"recovery-{secrets.token_hex(4)}"
    return cloud.step_functions.start_execution(
        stateMachineArn=machine, name=name, input=json.dumps(given)
    )["executionArn"]


def recover(cloud: Cloud, document: Document, **given: Any) -> Ended:
    """The end of a recovery by this plan."""
    return follow(cloud, start(cloud, {"plan": document, **given}))


def written(cloud: Cloud, ended: Ended) -> Document:
    """What is written of every restore of a recovery that has begun any."""
    found = Deployed.on(cloud).outcome(ended)
    assert found is not None, ended.cause
    return found


def remove_database(cloud: Cloud, scene: Scene) -> None:
    """Deletes what the scene has brought back: an account has room for 40 DB instances."""
    client = cloud.client("rds", scene.target)
    name = scene.request["target"]["rds"]["dbInstanceIdentifier"]
    with suppress(client.exceptions.DBInstanceNotFoundFault):
        client.modify_db_instance(
            DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True
        )
        client.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def statuses(report: Document) -> list[str]:
    """How each restore ended, in the order of the plan."""
    return [it["status"] for it in report["restores"]]
