"""What a restore is started with, and what is known to be right at its end."""

from __future__ import annotations

import copy
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from restore.arrange.database import SourceDatabase, source_database
from restore.arrange.instance import SourceInstance, source_instance
from restore.arrange.target import fill_target
from restore.cloud import Cloud, Role
from restore.example import left_from_example
from restore.inventory import Inventory
from restore.place import Place

Request = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A source, a target that is ready for it, the request, and what there was before."""

    request: Request
    instance: SourceInstance | None
    database: SourceDatabase | None
    before: Inventory
    calls_before: int
    """The number of the last call that was recorded before the restore."""

    @property
    def restore_id(self) -> str:
        """The id by whose tags everything the restore makes is found."""
        return self.request["restoreId"]

    @property
    def service(self) -> str:
        """`ec2` or `rds`."""
        return "ec2" if self.instance else "rds"

    @property
    def source(self) -> Place:
        """Where the snapshots are."""
        return Place.of(self.request["source"])

    @property
    def target(self) -> Place:
        """Where the instance is to be."""
        return Place.of(self.request["target"])

    @property
    def snapshots(self) -> dict[str, str]:
        """The snapshots that the restore is to start from: device name (or `db`) to id or ARN."""
        asked = self.request["source"][self.service]
        if self.instance:
            if "volumes" in asked:
                return {it["deviceName"]: it["snapshotId"] for it in asked["volumes"]}
            sets = self.instance.sets
            return newest(sets, asked["at"]).by_device
        if named := asked.get("dbSnapshotIdentifier"):
            return {"db": next(it.arn for it in self.database.snapshots if _is(it, named))}
        return {"db": newest(self.database.snapshots, asked["at"]).arn}

    def asking(self, **changes: Any) -> Scene:
        """The same scene with other values at paths of the request, as `target__region="…"`."""
        request = copy.deepcopy(self.request)
        for path, value in changes.items():
            *parents, last = path.split("__")
            inner = request
            for name in parents:
                inner = inner[int(name) if name.isdigit() else name]
            if value is ...:
                inner.pop(last, None)
            else:
                inner[last] = value
        return replace(self, request=request)

    def now(self, cloud: Cloud) -> Scene:
        """The same scene, with what there is now as what there was before."""
        return replace(self, before=Inventory.taken(cloud), calls_before=cloud.last_call())


def arrange(
    cloud: Cloud,
    example: Request,
    instance: SourceInstance | None = None,
    database: SourceDatabase | None = None,
) -> Scene:
    """Makes what `example` needs, and the request whose ids are those of what was made.

    The source is made here, unless the caller has made one.
    """
    request = copy.deepcopy(example)
    source = Place.of(request["source"])
    sets = 1 if request["source"].get("ec2", request["source"].get("rds")).get("at") is None else 2
    if "ec2" in request["source"]:
        instance = instance or source_instance(cloud, source, sets=sets)
        _fill_volumes(request["source"]["ec2"], instance)
    else:
        database = database or source_database(cloud, source, snapshots=sets)
        _fill_snapshot(request["source"]["rds"], database)
    _fill_roles(cloud, request)
    fill_target(cloud, request)
    request["restoreId"] = f"{request['restoreId']}-{secrets.token_hex(3)}"
    if left := left_from_example(request, example):
        raise AssertionError(f"the example's own ids are still in the request: {sorted(left)}")
    return Scene(request, instance, database, Inventory.taken(cloud), cloud.last_call())


def newest(taken: tuple[Any, ...], at: str) -> Any:
    """The newest of the snapshots (or snapshot sets) taken at or before `at`."""
    if at == "latest":
        return taken[-1]
    limit = datetime.fromisoformat(at)
    return [it for it in taken if it.taken_at <= limit][-1]


def instant(when: datetime) -> str:
    """An RFC 3339 instant."""
    return when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _fill_volumes(asked: dict[str, Any], instance: SourceInstance) -> None:
    if "volumes" in asked:
        by_device = instance.sets[-1].by_device
        for volume in asked["volumes"]:
            volume["snapshotId"] = by_device[volume["deviceName"]]
        return
    asked["instanceId"] = instance.instance_id
    if asked["at"] != "latest":
        asked["at"] = instant(instance.sets[0].taken_at)


def _fill_snapshot(asked: dict[str, Any], database: SourceDatabase) -> None:
    if named := asked.get("dbSnapshotIdentifier"):
        newest_one = database.snapshots[-1]
        by_arn = named.startswith("arn:")
        asked["dbSnapshotIdentifier"] = newest_one.arn if by_arn else newest_one.identifier
        return
    asked["dbInstanceIdentifier"] = database.identifier
    if asked["at"] != "latest":
        asked["at"] = instant(database.snapshots[0].taken_at)


def _fill_roles(cloud: Cloud, request: Request) -> None:
    sides: list[tuple[str, Role]] = [("source", cloud.source_role), ("target", cloud.restore_role)]
    for side, role in sides:
        if "roleArn" in request[side]:
            request[side]["roleArn"] = role.arn
            request[side]["externalId"] = role.external_id


def _is(snapshot: Any, named: str) -> bool:
    return named in (snapshot.arn, snapshot.identifier)
