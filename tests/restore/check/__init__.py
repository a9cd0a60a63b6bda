"""Checking the end of a restore with ordinary clients, whatever the execution says of itself.

Each check is a function that yields `Finding`s: what was looked at, what should be so, what is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from restore.arrange import Scene
from restore.check.calls import call_findings
from restore.check.database import database_findings
from restore.check.finding import Finding
from restore.check.instance import instance_findings
from restore.check.outcome import outcome_findings
from restore.check.remains import remains_findings
from restore.cloud import Cloud
from restore.inventory import Inventory

__all__ = ["Finding", "check", "end_state"]


def end_state(cloud: Cloud, scene: Scene, after: Inventory | None = None) -> Iterator[Finding]:
    """What is in the accounts: what was asked for, and nothing else.

    `after` is what there is now, of what `scene.before` has looked at; else all of it is.
    """
    after = after or Inventory.taken(cloud)
    if scene.service == "ec2":
        yield from instance_findings(cloud, scene)
    else:
        yield from database_findings(cloud, scene)
    yield from remains_findings(scene, after)


def check(cloud: Cloud, scene: Scene, outcome: dict[str, Any]) -> list[Finding]:
    """The end state, who made which calls, and whether the execution's output agrees."""
    calls = cloud.calls(scene.calls_before)
    return [
        *end_state(cloud, scene),
        *call_findings(cloud, scene, calls),
        *outcome_findings(cloud, scene, outcome),
    ]
