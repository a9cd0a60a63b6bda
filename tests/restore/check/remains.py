"""What a restore leaves: what it was asked for and nothing else, in any account or Region."""

from __future__ import annotations

from collections.abc import Iterator

from restore.arrange import Scene
from restore.check.finding import Finding
from restore.check.instance import RESTORE_ID
from restore.inventory import Inventory, Thing

ROWS = {
    "ec2": {
        "copies gone": ("snapshot",),
        "placeholder root gone": ("volume",),
        "sealing group gone": ("security group",),
        "grants withdrawn": ("grant",),
        "nothing else made": ("instance", "image", "DB instance", "DB snapshot"),
    },
    "rds": {
        "copies gone": ("DB snapshot",),
        "grants withdrawn": ("grant",),
        "nothing else made": (
            "DB instance",
            "snapshot",
            "volume",
            "security group",
            "instance",
            "image",
        ),
    },
}
"""Rows of the report by service, and the kinds of things that each speaks of: all there are."""


def remains_findings(scene: Scene, after: Inventory) -> Iterator[Finding]:
    """What is new without having been asked for, what is gone, and what has changed."""
    kept = kept_copies(scene, after)
    if scene.request.get("options", {}).get("keepCopies"):
        wanted = {"count": len(scene.snapshots) if hops_to_target(scene) else 0}
        yield Finding("copies kept", wanted, {"count": len(kept)}, ", ".join(_ids(kept)))
    left = after.new_since(scene.before) - asked_for(scene, after) - kept
    for what, kinds in ROWS[scene.service].items():
        found = _ids([thing for thing in left if thing.kind in kinds])
        yield Finding(what, {"left": []}, {"left": found}, ", ".join(found) or "yes")
    gone = _ids(after.gone_since(scene.before))
    changed = after.changed_since(scene.before)
    before = {f"{thing.kind} {thing.id}": then for thing, (then, _) in changed.items()}
    now = {f"{thing.kind} {thing.id}": now for thing, (_, now) in changed.items()}
    yield Finding(
        "source as it was",
        {"gone": []} | before,
        {"gone": gone} | now,
        "snapshots, shares, keys and tags unchanged" if not gone and not changed else "changed",
    )


def asked_for(scene: Scene, after: Inventory) -> set[Thing]:
    """The restored instance with its volumes, or the restored DB instance."""
    new = after.new_since(scene.before)
    if scene.service == "rds":
        identifier = scene.request["target"]["rds"]["dbInstanceIdentifier"].lower()
        return {Thing("DB instance", scene.target, identifier)} & new
    ours = [
        thing
        for thing in new
        if thing.kind == "instance"
        and thing.place == scene.target
        and after.things[thing]["tags"].get(RESTORE_ID) == scene.restore_id
    ]
    attached = {
        Thing("volume", scene.target, volume)
        for thing in ours
        for volume in after.things[thing]["volumes"].values()
    }
    return {*ours, *attached} & new


def kept_copies(scene: Scene, after: Inventory) -> set[Thing]:
    """The copies under the target key that `keepCopies` lets stay in the target."""
    if not scene.request.get("options", {}).get("keepCopies"):
        return set()
    return {
        thing
        for thing in after.new_since(scene.before)
        if thing.kind in ("snapshot", "DB snapshot")
        and thing.place == scene.target
        and after.things[thing]["tags"].get(RESTORE_ID) == scene.restore_id
        and after.things[thing]["key"] == scene.request["target"]["kmsKeyId"]
    }


def hops_to_target(scene: Scene) -> bool:
    """Whether the path ends with copies in the target: see the table of flows.

    An EC2 restore within a Region makes its volumes straight from the snapshots; so does an RDS
    restore in place when the snapshot is under the target key already.
    """
    if scene.source.region != scene.target.region:
        return True
    if scene.service == "ec2":
        return False
    key = scene.request["target"]["kmsKeyId"]
    return scene.source != scene.target or keys_of_db_snapshot(scene) != {key}


def keys_of_db_snapshot(scene: Scene) -> set[str | None]:
    """The key of the manual DB snapshot that the restore starts from: None where it has none.

    It is the only one; of an automated snapshot nothing is known here.
    """
    return {
        facts["key"]
        for thing, facts in scene.before.things.items()
        if thing.kind == "DB snapshot" and scene.snapshots["db"].endswith(f":{thing.id}")
    }


def _ids(things: set[Thing] | list[Thing]) -> list[str]:
    return sorted(f"{it.id} in {it.place.account} {it.place.region}" for it in things)
