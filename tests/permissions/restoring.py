"""One gift taken away where no role may ask beforehand: what a plan, then a restore say."""

from __future__ import annotations

import json
import secrets

from restore.arrange import Scene
from restore.follow import follow
from restore.inventory import Inventory
from restore.start import start
from restore.waiting import eventually

from permissions.cases import REFUSALS, Outcome, plan, unsaid
from permissions.gifts import Gift
from permissions.lane import Lane


def restored_without(lane: Lane, gift: Gift) -> Outcome:
    """What a plan and then a restore say without the gift, where no role may ask beforehand.

    The plan must warn, the restore end by the name of what is missing, and nothing be left but
    what its end says is left.
    """
    service, cloud = lane.scene.service, lane.cloud
    lane.give([it for it in lane.needed if it != gift], via=service)
    try:
        planned = plan(lane)
        if not planned.passed:
            amiss = unsaid(planned, gift, simulated=False)
            return Outcome(lane.flow, gift, named=not amiss, amiss=amiss)
        scene = lane.scene.asking(restoreId=f"without-{secrets.token_hex(4)}").now(cloud)
        ended = follow(cloud, start(cloud, scene.request))
        said = f"{ended.cause}{json.dumps(ended.output)}"
        amiss = "" if planned.warns_of(gift) else "the plan does not warn of it; "
        if not ended.succeeded and ended.error not in REFUSALS:
            amiss += f"the restore ends as {ended.error}; "
        missing = gift.resources[0] if gift.action.startswith("kms:") else gift.action
        if missing not in said:
            amiss += f"{missing} is not named; "
        left = [] if ended.succeeded else remains(scene, Inventory.taken(cloud))
        if silent := [it for it in left if it not in said]:
            amiss += f"left behind without a word: {', '.join(silent)}; "
        return Outcome(lane.flow, gift, warned=not amiss, amiss=f"{amiss}{said}" if amiss else "")
    finally:
        lane.give(lane.needed, via=service)
        _make_room(lane)


def _make_room(lane: Lane) -> None:
    """Removes the DB instance of a restore that got so far: the next one asks for its name."""
    if lane.scene.service != "rds":
        return
    rds = lane.cloud.client("rds", lane.scene.target)
    name = lane.scene.request["target"]["rds"]["dbInstanceIdentifier"]

    def is_there() -> bool:
        found = rds.describe_db_instances()["DBInstances"]
        return any(it["DBInstanceIdentifier"] == name.lower() for it in found)

    if is_there():
        rds.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False)
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        eventually("the DB instance gone", lambda: not is_there())


def remains(scene: Scene, after: Inventory) -> list[str]:
    """The ids of what a restore left: what has its tag or name, and what it changed of its sources.

    A grant is told by its key. Other lanes restore meanwhile; what is theirs is not looked at.
    """
    before, own = scene.before, scene.restore_id
    made = [it for it in after.new_since(before) if own in str(after.things[it])]
    changed = [it for it, (_, now) in after.changed_since(before).items() if own in str(now)]
    told = {it: after.things[it]["key"] for it in made if it.kind == "grant"}
    return sorted(told.get(it, it.id) for it in [*made, *changed])
