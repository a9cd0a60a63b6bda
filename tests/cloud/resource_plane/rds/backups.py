"""DB snapshots are taken: by CreateDBSnapshot, by RDS itself, and at the end of a DB instance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBInstance, DBSnapshot

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import arn, identifiers, instance, lifecycle, quotas, snapshot, tags
from resource_plane.rds.lifecycle import Moment, Stage


@rule("rds", "CreateDBSnapshot")
def create_db_snapshot(call: Call, proceed: Proceed) -> ActionResult:
    """A manual DB snapshot of an available DB instance, under its key.

    moto's is available at once, whatever the state of the DB instance.
    """
    backend = arn.home(call.account, call.region)
    identifier = identifiers.of_snapshot(call.params["DBSnapshotIdentifier"])
    wanted = tags.checked(call.params.get("Tags"))
    source = instance.find(backend, call.params["DBInstanceIdentifier"])
    require_unused(source, identifier)
    if source.db_cluster_identifier:
        raise AwsError(
            "InvalidParameterCombination",
            "The specified instance is a member of a cluster and a snapshot cannot be created "
            "directly. Please use the CreateDBClusterSnapshot API instead.",
        )
    if source.status not in ("available", "storage-optimization"):
        raise AwsError(
            "InvalidDBInstanceState",
            f"Cannot create a snapshot because the database instance "
            f"{source.db_instance_identifier} is not currently in the available state.",
        )
    quotas.manual_snapshot(backend)
    return ActionResult(
        {"DBSnapshot": snapshot.described(take(source, identifier, wanted), call.account)}
    )


def take(
    source: DBInstance,
    identifier: str,
    tag_list: list[dict[str, str]] | None = None,
    kind: str = "manual",
    begun: Moment | None = None,
) -> DBSnapshot:
    """Begins a DB snapshot; its DB instance is `backing-up` until it is done, if it was available.

    Without tags of its own it has those of the DB instance, where that copies them to snapshots
    (BC:rds.CreateDBInstanceMessage.CopyTagsToSnapshot).
    """
    taken = DBSnapshot(source.backend, source, identifier, kind, tag_list or None)
    source.backend.database_snapshots[identifier] = taken

    def done(moment: Moment) -> None:
        if source.status == "backing-up":
            source.status = "available"

    if source.status == "available":
        source.status = "backing-up"
    lifecycle.start(taken, Stage("creating", "db-snapshot", done), failed=done, begun=begun)
    return taken


def back_up(source: DBInstance, begun: Moment | None = None) -> None:
    """Takes the automated DB snapshot of a DB instance that keeps any, named by the minute."""
    minute = datetime.now(UTC).strftime("%Y-%m-%d-%H-%M")
    identifier = f"rds:{source.db_instance_identifier}-{minute}"
    if source.backup_retention_period and identifier not in source.backend.database_snapshots:
        take(source, identifier, kind="automated", begun=begun)


def forget_automated(source: DBInstance) -> None:
    """Deletes the automated DB snapshots of a DB instance."""
    kept = source.backend.database_snapshots
    for one in list(kept.values()):
        if one.snapshot_type == "automated" and one.dbi_resource_id == source.dbi_resource_id:
            lifecycle.stop(one.arn)
            del kept[one.db_snapshot_identifier]


def require_unused(source: DBInstance, identifier: str) -> None:
    """Refuses an identifier that another DB snapshot has."""
    if identifier in source.backend.database_snapshots:
        raise already_exists(identifier)


def already_exists(identifier: str) -> AwsError:
    """AWS's refusal of an identifier that another DB snapshot has."""
    return AwsError(
        "DBSnapshotAlreadyExists",
        "Cannot create the snapshot because a snapshot with the identifier "
        f"{identifier} already exists.",
    )


@rule("rds", "DeleteDBSnapshot")
def delete_db_snapshot(call: Call, proceed: Proceed) -> ActionResult:
    """A manual DB snapshot goes, and what is being copied from it fails.

    BC:rds.DeleteDBSnapshot: "If the snapshot is being copied, the copy operation is terminated."
    What happens to a restore under way is not documented; that is refused here.
    """
    gone = snapshot.owned(call.params["DBSnapshotIdentifier"], call.account, call.region)
    if gone.snapshot_type in snapshot.AUTOMATIC:
        # GH:hashicorp/terraform-provider-aws#13800.
        raise AwsError("InvalidDBSnapshotState", "automated snapshots cannot be deleted.")
    if gone.status != "failed":
        # The model wants it available, but a failed one can be deleted too
        # (GH:radius-project/samples#1863).
        snapshot.require_available(gone, "delete")
    backends = arn.everywhere()
    if any(_restoring(one, gone) for backend in backends for one in backend.databases.values()):
        raise AwsError(
            "InvalidDBSnapshotState",
            f"Cannot delete the snapshot {gone.db_snapshot_identifier} because a DB instance is "
            "being restored from it.",
        )
    for backend in backends:
        for one in backend.database_snapshots.values():
            if one.copied_from is gone:
                lifecycle.fail_now(one, "failed")
    del arn.home(call.account, call.region).database_snapshots[gone.db_snapshot_identifier]
    answer: dict[str, Any] = snapshot.described(gone, call.account) | {"Status": "deleted"}
    return ActionResult({"DBSnapshot": answer})


def _restoring(database: DBInstance, source: DBSnapshot) -> bool:
    return getattr(database, "restored_from", None) is source and database.status == "creating"
