"""DB instances are deleted: DeleteDBInstance."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBInstance

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import (
    arn,
    backups,
    credentials,
    identifiers,
    instance,
    keys,
    lifecycle,
    quotas,
)
from resource_plane.rds.lifecycle import Moment, Stage

FAILED = ("failed", "incompatible-restore", "incompatible-network", "restore-error")
"""States from which no final snapshot can be taken (BC:rds.DeleteDBInstance)."""


@rule("rds", "DeleteDBInstance")
def delete_db_instance(call: Call, proceed: Proceed) -> Any:
    """The DB instance is `deleting` for a while, and keeps its identifier until it is gone.

    It may be deleted in any state without a final snapshot, which needs a DB instance that works.
    The members of DB clusters are left to moto.
    """
    backend = arn.home(call.account, call.region)
    database = instance.find(backend, call.params["DBInstanceIdentifier"])
    if database.db_cluster_identifier:
        return proceed()
    if database.status == "deleting":
        raise AwsError(
            "InvalidDBInstanceState",
            f"Instance {database.db_instance_identifier} is already being deleted.",
        )
    if database.deletion_protection:
        raise AwsError(
            "InvalidParameterCombination",
            "Cannot delete protected DB Instance, please disable deletion protection and try "
            "again.",
        )
    final = _final_snapshot(call, database)
    lifecycle.stop(database.arn)
    if final is not None:
        backups.take(database, final)
    if call.params.get("DeleteAutomatedBackups", True):
        backups.forget_automated(database)
    credentials.stop_managing(database)

    def gone(moment: Moment) -> None:
        del backend.databases[database.db_instance_identifier]

    stages = [Stage("deleting", "db-instance-deletion", gone)]
    if final is not None:
        # "the status of the Amazon RDS DB instance is deleting until the DB snapshot is created".
        stages.insert(0, Stage("deleting", "db-snapshot"))
    lifecycle.start(database, *stages)
    return ActionResult({"DBInstance": database})


def _final_snapshot(call: Call, database: DBInstance) -> str | None:
    """The identifier of the final snapshot, or None where it is skipped."""
    skipped, name = (call.params.get(k) for k in ("SkipFinalSnapshot", "FinalDBSnapshotIdentifier"))
    if skipped and name:
        raise AwsError(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is specified.",
        )
    if skipped:
        return None
    if not name:
        raise AwsError(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
        )
    identifier = identifiers.of_snapshot(name, "FinalDBSnapshotIdentifier")
    backups.require_unused(database, identifier)
    if database.status in FAILED or database.status == "creating":
        raise AwsError(
            "InvalidDBInstanceState",
            f"Cannot create a final snapshot of {database.db_instance_identifier} in the state "
            f"{database.status}.",
        )
    if database.storage_encrypted:
        keys.usable_to_store(call.caller, database.kms_key_id, call.region)
    quotas.manual_snapshot(database.backend)
    return identifier
