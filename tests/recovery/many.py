"""A plan of many restores, of few sources: what a disaster day asks of the quotas.

Every restore has an id of its own. Most are of an instance and go to another Region, so that they
draw on the quota of snapshot copies: with one volume, one in five with two. One in forty is of a DB
instance, of which an account may have forty in a Region. The plan asks for more at a time than AWS
copies: it is the schedule that keeps to the quota.
"""

from __future__ import annotations

import copy
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from restore.arrange import arrange
from restore.arrange.database import source_database
from restore.arrange.instance import VOLUMES, Volume, source_instance
from restore.check import Finding
from restore.check.instance import RESTORE_ID
from restore.cloud import Cloud
from restore.example import example
from restore.inventory import Inventory, Thing
from restore.place import Place

from recovery.account import once
from recovery.deployed import Deployed, execution_name, preflight_name
from recovery.overlap import Span, most_at_once

EC2 = (
    "ec2-cross-account-cross-region",
    "ec2-cross-region",
    "ec2-cross-account-cross-region",
    "ec2-cross-account",
    "ec2-cross-account-cross-region",
    "ec2-cross-region",
    "ec2-cross-account-cross-region",
    "ec2-same-location",
)
"""The flows of restores of instances, in turn."""

RDS = (
    "rds-cross-account-cross-region",
    "rds-cross-region",
    "rds-cross-account",
    "rds-same-location",
)
"""Those of DB instances."""

ONE_DATABASE_IN = 40
TWO_VOLUMES_IN = 5
WAVES = 4
AT_ONCE = 25
"""How many of a group run at a time, unless asked otherwise: more than the copies of the quota."""

DATA = Volume("/dev/sdf", "orders-data", 8)
"""The second volume of an instance that has two."""

LAUNCH = ("imageId", "instanceType", "subnetId", "securityGroupIds")
"""What a launch must say. Whatever else examples ask for is looked up restore by restore."""


@dataclass(frozen=True)
class Asked:
    """A restore of the plan."""

    restore_id: str
    flow: str
    volumes: int = 1
    """How many an instance has."""

    @property
    def profile(self) -> str:
        """What the plan calls its request."""
        return f"{self.flow}-and-data" if self.volumes > 1 else self.flow

    @property
    def is_copied(self) -> bool:
        """Whether it goes to another Region."""
        return self.flow.endswith("cross-region")

    @property
    def database(self) -> str:
        """The identifier of the DB instance, where it is one."""
        return f"db-{self.restore_id}"


def asked(count: int) -> list[Asked]:
    """So many restores, under ids that no other run gives."""
    name = f"m{secrets.token_hex(2)}"
    instances, databases = cycle(EC2), cycle(RDS)
    return [
        Asked(
            f"{name}-{n:04}",
            next(instances if n % ONE_DATABASE_IN else databases),
            volumes=1 if n % TWO_VOLUMES_IN or not n % ONE_DATABASE_IN else 2,
        )
        for n in range(count)
    ]


def profiles(cloud: Cloud, restores: list[Asked]) -> dict[str, dict[str, Any]]:
    """The request of each kind as a profile, made on sources that its restores share."""
    sources: dict[tuple[str, Place], Any] = {}
    made = {}
    kinds = {it.profile: it for it in restores}
    for profile, asked_for in sorted(kinds.items()):
        flow, request = asked_for.flow, _small(example(asked_for.flow), asked_for.volumes)
        service, place = flow[:3], Place.of(request["source"])
        if (service, place) not in sources:
            make = _instance if service == "ec2" else source_database
            sources[service, place] = make(cloud, place)
        kind = "instance" if service == "ec2" else "database"
        scene = arrange(cloud, request, **{kind: sources[service, place]})
        made[profile] = {part: scene.request[part] for part in ("source", "target")}
        if service == "rds":
            del made[profile]["target"]["rds"]["dbInstanceIdentifier"]
    return made


def waves(restores: list[Asked]) -> list[list[Asked]]:
    """The restores of each wave: as many as of any other, but for the last."""
    size = -(-len(restores) // WAVES)
    return [list(islice(restores, start, start + size)) for start in range(0, len(restores), size)]


def plan(
    restores: list[Asked], of_kind: dict[str, dict[str, Any]], most: int = AT_ONCE
) -> dict[str, Any]:
    """The plan, by which at `most` so many of a group run at the same time."""
    return {
        "planId": f"many-{len(restores)}",
        "profiles": of_kind,
        "maxConcurrency": most,
        "rtoMinutes": 1440,
        "rpoMinutes": 1440,
        "waves": [
            {"name": f"wave-{n}", "restores": [_restore(it) for it in wave]}
            for n, wave in enumerate(waves(restores), 1)
        ],
    }


def at_once(deployed: Deployed, recovery: str, restores: list[Asked]) -> dict[str, int]:
    """The most restores that have run at the same time, by wave and group, as executions show it.

    A group goes to one account and Region, is of one service, and copied or not. All that is copied
    here goes to one Region of the target account, and all else to another.
    """
    spans = deployed.spans(recovery)
    groups: dict[str, list[Span]] = {}
    for number, wave in enumerate(waves(restores), 1):
        for it in wave:
            group = f"wave-{number} {it.flow[:3]} {'copied' if it.is_copied else 'not copied'}"
            groups.setdefault(group, []).append(spans[execution_name(it.restore_id, recovery)])
    return {group: most_at_once(of_it) for group, of_it in groups.items()}


def many_findings(
    deployed: Deployed, recovery: str, restores: list[Asked], before: Inventory
) -> Iterator[Finding]:
    """Each restore has an execution that planned and one that restored it, and what it made."""
    names = [name for name, _ in deployed.executions(recovery)]
    ids = [it.restore_id for it in restores]
    wanted = [f(it, recovery) for it in ids for f in (execution_name, preflight_name)]
    yield once("executions", wanted, names)
    after = Inventory.taken(deployed.cloud)
    new = after.new_since(before)
    of_kind = {
        "ec2": [after.things[it] for it in new if it.kind == "instance"],
        "rds": [after.things[it] for it in new if it.kind == "DB instance"],
    }
    for service, made in of_kind.items():
        theirs = [it.restore_id for it in restores if it.flow.startswith(service)]
        yield once(f"{service} instances", theirs, (it["tags"].get(RESTORE_ID, "") for it in made))
    states = Counter(it["state"] for it in of_kind["ec2"])
    states.pop("running", None)
    yield Finding("all running", {}, dict(states), f"{len(of_kind['ec2'])}")
    identifiers = [it.id for it in new if it.kind == "DB instance"]
    databases = [it.database for it in restores if it.flow.startswith("rds")]
    yield once("DB identifiers", databases, identifiers)
    yield from _rest(before, after, new)


def removed(cloud: Cloud, before: Inventory) -> None:
    """Removes the instances and the DB instances that there were not `before`."""
    for thing in Inventory.taken(cloud, kinds=("instance", "DB instance")).new_since(before):
        if thing.kind == "instance":
            cloud.client("ec2", thing.place).terminate_instances(InstanceIds=[thing.id])
        else:
            cloud.client("rds", thing.place).delete_db_instance(
                DBInstanceIdentifier=thing.id, SkipFinalSnapshot=True
            )


def _rest(before: Inventory, after: Inventory, new: set[Thing]) -> Iterator[Finding]:
    """Nothing is left beside the instances with their volumes, and the sources are as they were."""
    attached = {
        Thing("volume", it.place, volume)
        for it in new
        if it.kind == "instance"
        for volume in after.things[it]["volumes"].values()
    }
    left = [it for it in new - attached if it.kind not in ("instance", "DB instance")]
    yield Finding("nothing else left", {}, dict(Counter(it.kind for it in left)), "nothing")
    changed = {f"{it.kind} {it.id}": now for it, (_, now) in after.changed_since(before).items()}
    gone = {f"{it.kind} {it.id}": "gone" for it in after.gone_since(before)}
    yield Finding("sources as they were", {}, changed | gone, "yes")


def _restore(it: Asked) -> dict[str, Any]:
    told: dict[str, Any] = {"restoreId": it.restore_id, "profile": it.profile}
    if it.flow.startswith("rds"):
        told["target"] = {"rds": {"dbInstanceIdentifier": it.database}}
    return told


def _small(request: dict[str, Any], volumes: int) -> dict[str, Any]:
    """The example with as little as a restore of its flow takes."""
    request = {it: copy.deepcopy(request[it]) for it in ("restoreId", "source", "target")}
    if "ec2" in request["source"]:
        root = {"snapshotId": "", "deviceName": VOLUMES[0].device, "root": True}
        data = {"snapshotId": "", "deviceName": DATA.device, "deleteOnTermination": True}
        request["source"]["ec2"] = {"volumes": [root, data][:volumes]}
        launch = {"imageId": ""} | request["target"]["ec2"]
        request["target"]["ec2"] = {it: launch[it] for it in LAUNCH}
    else:
        kept = ("dbInstanceIdentifier", "dbInstanceClass", "dbSubnetGroupName")
        kept += ("vpcSecurityGroupIds",)
        request["target"]["rds"] = {it: request["target"]["rds"][it] for it in kept}
    return request


def _instance(cloud: Cloud, place: Place) -> Any:
    return source_instance(cloud, place, volumes=(VOLUMES[0], DATA))
