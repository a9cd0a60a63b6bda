"""Recoveries, as the tests of the flows start and read them."""

from __future__ import annotations

import json
import secrets
from typing import Any

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


def state_machine(cloud: Cloud) -> str:
    """The state machine that runs recovery plans."""
    return f"{cloud.state_machine}-recovery"


def start(cloud: Cloud, given: Document) -> str:
    """Starts a recovery with this input; the execution."""
    name = f"recovery-{secrets.token_hex(4)}"
    return cloud.step_functions.start_execution(
        stateMachineArn=state_machine(cloud), name=name, input=json.dumps(given)
    )["executionArn"]


def recover(cloud: Cloud, document: Document, **given: Any) -> Ended:
    """The end of a recovery by this plan."""
    return follow(cloud, start(cloud, {"plan": document, **given}))


def written(cloud: Cloud, report: Document) -> Document:
    """What is written of every restore."""
    body = cloud.home_client("s3").get_object(Bucket=report["bucket"], Key=report["key"])["Body"]
    return json.loads(body.read())


def reported(cloud: Cloud, ended: Ended) -> Document:
    """What is written of every restore of a recovery that failed: its cause says where."""
    bucket, key = ended.cause.partition("s3://")[2].split()[0].split("/", 1)
    return written(cloud, {"bucket": bucket, "key": key})


def statuses(report: Document) -> list[str]:
    """How each restore ended, in the order of the plan."""
    return [it["status"] for it in report["restores"]]
