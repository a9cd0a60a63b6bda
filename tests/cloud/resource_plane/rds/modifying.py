"""DB instances are modified: ModifyDBInstance."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBInstance

from resource_plane import settings
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import (
    arn,
    backups,
    change_checks,
    changes,
    credentials,
    effects,
    instance,
    lifecycle,
    room,
)
from resource_plane.rds.lifecycle import Moment, Stage

MODIFIABLE = (
    "available",
    "incompatible-option-group",
    "incompatible-parameters",
    "storage-full",
    "storage-optimization",
)
"""The states that a modification can start from, or can lead out of."""

BEGINNING = "db-instance-modification-beginning"
"""How long it takes until a modification begins."""

settings.declare_duration(BEGINNING)


@rule("rds", "ModifyDBInstance")
def modify_db_instance(call: Call, proceed: Proceed) -> Any:
    """What may wait for the maintenance window does, unless it is to be applied immediately.

    BC:rds.ModifyDBInstanceMessage.ApplyImmediately: "the modifications in this request and any
    pending modifications are asynchronously applied as soon as possible". moto changes everything
    at once. The maintenance window itself never comes here. The members of DB clusters are left
    to moto.
    """
    backend = arn.home(call.account, call.region)
    database = instance.find(backend, call.params["DBInstanceIdentifier"])
    if database.db_cluster_identifier:
        return proceed()
    if database.status not in MODIFIABLE:
        raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
    asked = change_checks.checked(database, call)
    now = {name: value for name, value in asked.items() if not changes.waits(database, name, value)}
    later = {name: value for name, value in asked.items() if name not in now}
    at_once = bool(call.params.get("ApplyImmediately"))
    if at_once:
        now |= database.pending | later
        later = {}
    room.check_change(database, now)
    if at_once:
        # Until they are applied they show as pending (BC:rds.DBInstance.PendingModifiedValues).
        database.pending = database.pending | {n: v for n, v in now.items() if n in changes.WIRE}
    database.pending = database.pending | later
    database.pending_modified_values = changes.pending_on_the_wire(database)
    if now.get("ManageMasterUserPassword"):
        credentials.manage(database, call.params.get("MasterUserSecretKmsKeyId"))
    if now.get("RotateMasterUserPassword"):
        credentials.rotate(database)
    _apply(database, now)
    return ActionResult({"DBInstance": database})


def _apply(database: DBInstance, wanted: changes.Changes) -> None:
    """Applies changes over time, one stage for each status that RDS passes through with them.

    RDS answers before it begins: for a while the DB instance is in the state that it was in, with
    the values that it had (GH:aws/aws-sdk-js#1505, GH:hashicorp/terraform-provider-aws#31445). What
    is asked for in that while goes with what has not begun.
    """
    by_status: dict[str | None, changes.Changes] = {}
    wanted = database.not_begun | wanted
    for name, value in wanted.items():
        by_status.setdefault(changes.status_during(name), {})[name] = value
    effects.apply(database, by_status.pop(None, {}))
    had_backups = bool(database.backup_retention_period)

    def stage(status: str, part: changes.Changes) -> Stage:
        def applied(moment: Moment) -> None:
            effects.apply(database, part)
            if not had_backups and database.status == "available":
                backups.back_up(database, moment)

        return Stage(status, "db-instance-modification", applied)

    order = sorted(by_status, key=changes.ORDER.index)
    stages = [stage(status, by_status[status]) for status in order]
    if any(name in changes.STORAGE for name in wanted):
        stages.append(stage("storage-optimization", {}))
    late = bool(stages) and settings.duration(BEGINNING) > 0
    database.not_begun = wanted if late else {}
    if late:
        stages.insert(0, Stage(database.status, BEGINNING, lambda _: _begun(database)))
    if stages:
        lifecycle.start(database, *stages)


def _begun(database: DBInstance) -> None:
    database.not_begun = {}
