"""Checking the end of a recovery: every target, what is left, and who called what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from restore.check import Finding, end_state
from restore.check.calls import COPIES, by_roles, operation, wanted_copies
from restore.check.instance import RESTORE_ID
from restore.check.outcome import outcome_findings
from restore.check.remains import asked_for, kept_copies
from restore.cloud import Cloud
from restore.inventory import Inventory, Thing

from recovery.deployed import Deployed, execution_name
from recovery.scenes import Part


@dataclass(frozen=True)
class Before:
    """What there was before a recovery."""

    inventory: Inventory
    last_call: int

    @classmethod
    def taken(cls, cloud: Cloud) -> Before:
        """What there is now."""
        return cls(Inventory.taken(cloud), cloud.last_call())


def target_findings(
    deployed: Deployed, recovery: str, parts: Iterable[Part], before: Before
) -> Iterator[tuple[Part, list[Finding]]]:
    """Each restore, as the accounts show it and as its own execution tells it."""
    cloud, after = deployed.cloud, Inventory.taken(deployed.cloud)
    executions = dict(deployed.executions(recovery))
    parts = [_since(it, before) for it in parts]
    for part in parts:
        others = [it for it in parts if it is not part]
        findings = list(end_state(cloud, part.scene, _without(after, others)))
        execution = executions.get(execution_name(part.scene.restore_id, recovery))
        outcome = _output(cloud, execution) if execution else {}
        yield part, [*findings, *outcome_findings(cloud, part.scene, outcome)]


def call_findings(cloud: Cloud, parts: Iterable[Part], before: Before) -> Iterator[Finding]:
    """Exactly the copies that the restores take, and no call of anybody else."""
    scenes = [_since(it, before).scene for it in parts]
    made = by_roles(cloud.calls(before.last_call))
    copies = [
        it
        for it in made
        if operation(it) in COPIES
        and it["outcome"] == "ok"
        and it["roleArn"] == cloud.restore_role.arn
    ]
    wanted = sum(wanted_copies(cloud, it) for it in scenes)
    yield Finding("copies made", {"count": wanted}, {"count": len(copies)}, f"{len(copies)}")
    strangers = sorted({str(it["callerArn"]) for it in made if not it["roleArn"]})
    yield Finding("calls of others", {"callers": []}, {"callers": strangers}, "none")


def _since(part: Part, before: Before) -> Part:
    """The restore, held against what there was when all sources had been arranged."""
    scene = replace(part.scene, before=before.inventory, calls_before=before.last_call)
    return replace(part, scene=scene)


def _without(after: Inventory, others: Iterable[Part]) -> Inventory:
    """What there is but for that which the other restores were asked for, or have left."""
    theirs: set[Thing] = set()
    for part in others:
        theirs |= asked_for(part.scene, after) | kept_copies(part.scene, after)
        theirs |= {
            thing
            for thing in after.new_since(part.scene.before)
            if after.things[thing].get("tags", {}).get(RESTORE_ID) == part.scene.restore_id
        }
    return Inventory({it: facts for it, facts in after.things.items() if it not in theirs})


def _output(cloud: Cloud, execution: str) -> dict[str, Any]:
    described = cloud.step_functions.describe_execution(executionArn=execution)
    return json.loads(described.get("output") or "{}")
