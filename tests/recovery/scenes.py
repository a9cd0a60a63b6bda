"""The twelve restores of `make recover`: both services, every placement, over three waves."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from restore.arrange import Scene, arrange
from restore.cloud import Cloud
from restore.example import example

WAVES = {
    "databases": (
        "rds-same-location",
        "rds-cross-region",
        "rds-cross-account",
        "rds-cross-account-cross-region",
    ),
    "servers": (
        "ec2-same-location",
        "ec2-cross-region",
        "ec2-cross-account",
        "ec2-cross-account-cross-region",
    ),
    "reporting": (
        "rds-cross-region",
        "rds-cross-account-cross-region",
        "ec2-cross-account",
        "ec2-cross-account-cross-region",
    ),
}
"""The flows of each wave."""

AWAY = {
    "orders": "orders-dr",
    "orders-postgres16": "orders-dr-postgres16",
    "ops": "ops-dr",
}
"""What the source's groups and key pair are called in the other Region."""

IN_PLACE = {"orders": "rollback", "orders-postgres16": "rollback-postgres16", "ops": "rollback"}
"""What they are called where a restore is made in the Region of its source."""

NAMES = ("dbSubnetGroupName", "dbParameterGroupName", "keyName")


@dataclass(frozen=True)
class Part:
    """A restore of the plan: its wave, its flow, and the scene that it ends as asked in."""

    wave: str
    path: str
    flow: str
    scene: Scene

    def told(self, restore_id: str) -> Part:
        """The same, under the id that the recovery gave it."""
        return replace(self, scene=self.scene.asking(restoreId=restore_id))


def arranged(cloud: Cloud, waves: dict[str, tuple[str, ...]]) -> Iterator[Part]:
    """The restores, each with a source of its own, as they are made."""
    for index, (wave, flows) in enumerate(waves.items()):
        for number, flow in enumerate(flows):
            scene = arrange(cloud, renamed(example(flow)))
            yield Part(wave, f"waves[{index}].restores[{number}]", flow, scene)


def renamed(request: dict[str, Any]) -> dict[str, Any]:
    """The example with names for its target's side that its source's side has not.

    In the Region of its source an instance names its key pair: left open, it would be what the map
    of the plan, which is of the other Region, makes of the source's.
    """
    request = copy.deepcopy(request)
    away = request["source"]["region"] != request["target"]["region"]
    names = AWAY if away else IN_PLACE
    if not away and "ec2" in request["target"]:
        request["target"]["ec2"].setdefault("keyName", "ops")
    for fields in (request["target"].get(it, {}) for it in ("ec2", "rds")):
        for field in NAMES:
            if field in fields:
                fields[field] = names.get(fields[field], fields[field])
    return request
