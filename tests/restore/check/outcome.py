"""The execution's output, held against what the accounts show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from restore.arrange import Scene
from restore.check.database import restored_database
from restore.check.finding import Facts, Finding
from restore.check.instance import restored_instances
from restore.check.removed import is_there, tags_of
from restore.check.volumes import attached_volumes
from restore.cloud import Cloud

FIELDS = {
    "restoreId",
    "flow",
    "status",
    "target",
    "upAt",
    "recoveryPoint",
    "timeline",
    "cleanedUp",
    "left",
    "notRestored",
}

MARK = "restore:kept"
"""The tag of a copy that no later run takes away."""

KEPT = "kept, as options.keepCopies says"
"""With this begins the reason that a copy is told as left which was to be kept."""


def outcome_findings(cloud: Cloud, scene: Scene, outcome: dict[str, Any]) -> Iterator[Finding]:
    """The outcome's shape, and its every claim that an account can confirm."""
    wanted = {
        "restoreId": scene.restore_id,
        "flow": flow(scene),
        "status": "RESTORED",
        "missing fields": [],
        "target": _target(cloud, scene),
    }
    found = {name: outcome.get(name) for name in ("restoreId", "flow", "status")} | {
        "missing fields": sorted(FIELDS - outcome.keys()),
        "target": {name: outcome.get("target", {}).get(name) for name in wanted["target"]},
    }
    if "volumes" in found["target"]:
        found["target"]["volumes"] = sorted(
            found["target"]["volumes"] or [], key=lambda it: it["deviceName"]
        )
    yield Finding("outcome", wanted, found, f"{outcome.get('status')} {outcome.get('flow')}")
    yield _timeline(outcome)
    removed = outcome.get("cleanedUp") or []
    still = [arn for arn in removed if is_there(cloud, arn)]
    yield Finding("cleaned up", {"still there": []}, {"still there": still}, f"{len(removed)}")
    if told := [it for it in outcome.get("left") or [] if it["why"].startswith(KEPT)]:
        yield _marked(cloud, told)


def _marked(cloud: Cloud, told: list[dict[str, Any]]) -> Finding:
    """No later run takes a kept copy away, unless it is told that it could not be marked so."""
    kept = [it["resource"] for it in told if it["why"] == KEPT]
    unmarked = [it for it in kept if MARK not in tags_of(cloud, it)]
    return Finding("kept for good", {"unmarked": []}, {"unmarked": unmarked}, f"{len(kept)} copies")


def flow(scene: Scene) -> str:
    """The name of the flow that the request takes."""
    account = scene.source.account != scene.target.account
    region = scene.source.region != scene.target.region
    crossed = "-".join(["cross-account"] * account + ["cross-region"] * region)
    return f"{scene.service}-{crossed or 'same-location'}"


def _target(cloud: Cloud, scene: Scene) -> Facts:
    place = {"accountId": scene.target.account, "region": scene.target.region}
    if scene.service == "rds":
        database = restored_database(cloud, scene)
        database = database or {}
        return place | {
            "dbInstanceIdentifier": database.get("DBInstanceIdentifier"),
            "kmsKeyId": database.get("KmsKeyId"),
        }
    instances = restored_instances(cloud, scene)
    if len(instances) != 1:
        return place | {"instanceId": None, "volumes": []}
    volumes = [
        {"volumeId": it["id"], "deviceName": device, "kmsKeyId": it["key"]}
        for device, it in sorted(attached_volumes(cloud, scene, instances[0]).items())
    ]
    return place | {"instanceId": instances[0]["InstanceId"], "volumes": volumes}


def _timeline(outcome: dict[str, Any]) -> Finding:
    """Each entry has a step and its two instants, in order of time; then the instance is up.

    Of one that an earlier run had finished nobody knows since when it is.
    """
    entries = outcome.get("timeline") or []
    fields = {"step", "startedAt", "finishedAt"}
    incomplete = [entry for entry in entries if not fields <= entry.keys()]
    starts = [entry.get("startedAt", "") for entry in entries]
    ends = [entry.get("finishedAt", "") for entry in entries]
    up_at = outcome.get("upAt")
    wanted = {"entries": True, "incomplete": [], "in order": True, "up at the end": True}
    found = {
        "entries": bool(entries),
        "incomplete": incomplete,
        "in order": starts == sorted(starts),
        "up at the end": up_at is None or up_at >= max(ends, default=""),
    }
    return Finding("timeline", wanted, found, f"{len(entries)} steps")
