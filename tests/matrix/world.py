"""Two accounts in which one restore runs at a time, on a source that is made once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from restore.arrange import Scene, arrange
from restore.arrange.database import SourceDatabase, source_database
from restore.arrange.instance import SourceInstance, source_instance
from restore.cloud import Cloud
from restore.example import example
from restore.inventory import Inventory
from restore.place import SOURCE, TARGET, Place

from matrix.granted import grants
from matrix.removing import remove
from matrix.variants import DETOURS, VARIANTS, varied_request, varied_source

KINDS = {
    "ec2": ("instance", "volume", "snapshot", "security group"),
    "rds": ("DB instance", "DB snapshot", "security group"),
}
"""What a restore of a service can make, and so what is looked at after each.

Grants are looked at where it gives some; with all else they are looked at in the end.
"""


class Spoiled(Exception):
    """A world is not as it was before the restores in it."""


@dataclass
class World:
    """One cloud (see `restore.local.side_by_side`) and what has been arranged in it."""

    cloud: Cloud
    known: Inventory | None = None
    """All that is there between two restores."""
    sources: dict[Any, SourceInstance | SourceDatabase] = field(default_factory=dict)
    scenes: dict[str, Scene] = field(default_factory=dict)

    def scene(self, flow: str) -> Scene:
        """The example of the flow, variant or detour, arranged here, under an id of its own."""
        flow = DETOURS.get(flow, flow)
        if flow not in self.scenes:
            self._arrange(flow)
        arranged = self.scenes[flow]
        suffix, target = secrets.token_hex(3), arranged.request["target"]
        scene = arranged.asking(restoreId=f"{arranged.restore_id[:30]}-{suffix}")
        if scene.service == "rds":
            name = target["rds"]["dbInstanceIdentifier"].rpartition("-")[0]
            scene = scene.asking(target__rds__dbInstanceIdentifier=f"{name}-{suffix}")
        return replace(scene, before=self._of_interest(scene, self.known))

    def looked_at(self, scene: Scene) -> Inventory:
        """What there is now where the scene's restore could have made something."""
        seen = Inventory.taken(self.cloud, places(scene), KINDS[scene.service])
        return Inventory(seen.things | grants(self.cloud, scene))

    def tidy(self, scene: Scene, after: Inventory) -> None:
        """Removes what the restore has brought back, so that the next one finds all as it was."""
        remove(self.cloud, after.new_since(scene.before))
        if after.changed_since(scene.before) or after.gone_since(scene.before):
            self.forget()

    def forget(self) -> None:
        """Gives up what was arranged: the next restore gets a new source."""
        self.sources.clear()
        self.scenes.clear()
        self.known = None

    def left_over(self) -> dict[str, Any]:
        """What is here, of any kind, that was not before the restores; what is gone; changed."""
        if self.known is None:
            return {}
        now = Inventory.taken(self.cloud)
        found = {
            "new": sorted(map(str, now.new_since(self.known))),
            "gone": sorted(map(str, now.gone_since(self.known))),
            "changed": {str(it): facts for it, facts in now.changed_since(self.known).items()},
        }
        return {name: things for name, things in found.items() if things}

    def _arrange(self, flow: str) -> None:
        if left := self.left_over():
            self.forget()
            raise Spoiled(f"before {flow}: {left}")
        # A source that is arranged in a place of an earlier scene changes what that one knew.
        request = self._own(example(VARIANTS.get(flow, flow)))
        if flow in VARIANTS:
            self.scenes[flow] = self._varied(flow, request)
        else:
            self.scenes[flow] = arrange(self.cloud, request, **self._source(request))
        self.known = Inventory.taken(self.cloud)

    def _varied(self, variant: str, request: dict[str, Any]) -> Scene:
        place = Place.of(request["source"])
        kind = "instance" if variant.startswith("ec2") else "database"
        made = {kind: varied_source(self.cloud, place, variant)}
        scene = arrange(self.cloud, request, **made)
        return scene.asking(**varied_request(self.cloud, place, variant))

    def _own(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with this world's accounts."""
        source, target = (
            role.arn.split(":")[4] for role in (self.cloud.source_role, self.cloud.restore_role)
        )
        text = json.dumps(request).replace(SOURCE, source).replace(TARGET, target)
        return json.loads(text)

    def _source(self, request: dict[str, Any]) -> dict[str, Any]:
        """The source instance or DB instance, made at first use; with two sets where it matters."""
        place = Place.of(request["source"])
        [(service, asked)] = [
            (it, request["source"].get(it)) for it in KINDS if it in request["source"]
        ]
        count = 1 if asked.get("at") is None else 2
        make, kind, counted = {
            "ec2": (source_instance, "instance", "sets"),
            "rds": (source_database, "database", "snapshots"),
        }[service]
        key = (service, place, count)
        if key not in self.sources:
            self.sources[key] = make(self.cloud, place, **{counted: count})
        return {kind: self.sources[key]}

    @staticmethod
    def _of_interest(scene: Scene, whole: Inventory) -> Inventory:
        where, kinds = places(scene), KINDS[scene.service]
        return Inventory(
            {
                thing: facts
                for thing, facts in whole.things.items()
                if thing.place in where and thing.kind in kinds
            }
        )


def planes(worlds: Iterable[World]) -> list[Cloud]:
    """One cloud of each local AWS that the worlds are on."""
    return list({world.cloud.resources: world.cloud for world in worlds}.values())


def calls_in(worlds: Iterable[World]) -> list[dict[str, Any]]:
    """The recorded calls of all worlds: those of one restore in their order."""
    return [call for cloud in planes(worlds) for call in cloud.calls()]


def places(scene: Scene) -> tuple[Place, ...]:
    """Where the scene's restore makes things: between two hops also in the target account."""
    between = Place(scene.target.account, scene.source.region)
    wanted = (scene.source, scene.target) + ((between,) if scene.service == "rds" else ())
    return tuple(dict.fromkeys(wanted))
