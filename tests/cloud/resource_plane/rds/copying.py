"""DB snapshots are copied: to another key, another account, another Region (CopyDBSnapshot)."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.rds.models import DBSnapshot

from resource_plane import settings
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import (
    arn,
    backups,
    engines,
    identifiers,
    keys,
    lifecycle,
    option_groups,
    quotas,
    snapshot,
    tags,
)
from resource_plane.rds.lifecycle import Stage

SOURCE = "SourceDBSnapshotIdentifier"
SINGLE_STEP = "singleStepRdsCopy"
"""The switch that lets a shared, encrypted DB snapshot change account and Region at once."""


@rule("rds", "CopyDBSnapshot")
def copy_db_snapshot(call: Call, proceed: Proceed) -> ActionResult:
    """The copy is made in the Region that is called, by and for the calling account.

    moto copies within one account only, without looking at states and keys.
    """
    params = call.params
    target = identifiers.of_snapshot(
        params["TargetDBSnapshotIdentifier"], "TargetDBSnapshotIdentifier"
    )
    wanted = tags.checked(params.get("Tags"))
    backend = arn.home(call.account, call.region)
    if target in backend.database_snapshots:
        raise backups.already_exists(target)
    source = snapshot.usable(params[SOURCE], call.account, call.region, SOURCE)
    snapshot.require_available(source, "copy")
    key = _key(call, source)
    option_group = _option_group(call, source)
    quotas.manual_snapshot(backend)
    if source.region != call.region:
        quotas.copy(backend)

    copied = DBSnapshot(
        backend,
        source.database,
        target,
        original_created_at=source.original_snapshot_create_time,
        kms_key_id=key,
    )
    # "By default, tags aren't copied" (BC:rds.CopyDBSnapshotMessage.CopyTags), and tags that are
    # given take the place of the source's. Those of another account's snapshot cannot be read.
    own = source.account_id == call.account
    copied.tags = wanted or (source.tags if own and params.get("CopyTags") else [])
    copied.option_group_name = option_group
    copied.lasting_options = source.lasting_options
    moved = (source.account_id, source.region) != (call.account, call.region)
    # BC:rds.DBSnapshot.SourceDBSnapshotIdentifier: "only … a cross-account or cross-Region copy".
    copied.source_db_snapshot_identifier = source.arn if moved else None
    copied.source_region = source.region if moved else None
    copied.copied_from = source
    backend.database_snapshots[target] = copied
    status = "creating" if source.region == call.region else "copying"
    lifecycle.start(copied, Stage(status, "db-snapshot-copy"))
    return ActionResult({"DBSnapshot": snapshot.described(copied, call.account)})


def _key(call: Call, source: DBSnapshot) -> str | None:
    """The key of the copy, after AWS's rules for it (BC:rds.CopyDBSnapshotMessage.KmsKeyId).

    In one account and Region it is the source's own unless another is named. In another Region
    one must be named (GH:1Strategy/rds-oracle-cross-account-cross-region-dr#1), and for a shared
    snapshot too (GH:awslabs/rds-snapshot-tool#70). A key named for an unencrypted snapshot
    encrypts the copy.
    """
    asked = call.params.get("KmsKeyId")
    if source.encrypted:
        shared = source.account_id != call.account
        elsewhere = source.region != call.region
        if shared and elsewhere and not settings.switch(SINGLE_STEP):
            # RDS/USER_CopySnapshot allows this in one place ("in a single step") and says in
            # another that a shared snapshot is copied across Regions "if the snapshot is
            # unencrypted". The careful reading is the default; its error is not documented.
            raise AwsError(
                "InvalidParameterCombination",
                "A shared encrypted snapshot cannot be copied from another Region. Copy it within "
                f"{source.region} first.",
            )
        if not asked and elsewhere:
            raise AwsError(
                "InvalidParameterValue",
                "Must specify new KMS key for cross region encrypted snapshot copy.",
            )
        if not asked and shared:
            raise keys.inaccessible("The target KMS key", None)
        keys.require_source(call.caller, source.kms_key_id, source.region)
    asked = asked or source.kms_key_id
    return keys.usable_as_target(call.caller, asked, call.region) if asked else None


def _option_group(call: Call, source: DBSnapshot) -> str:
    """The option group of the copy: option groups stay in their account and Region.

    BC:rds.CopyDBSnapshotMessage.OptionGroupName: it must be named where the source has options
    that cannot be left behind, such as TDE; else the copy falls back on the default group.
    """
    if call.params.get("CopyOptionGroup"):
        raise AwsError("NotImplemented", "the local AWS cannot copy option groups", 501)
    backend = arn.home(call.account, call.region)
    here = (source.account_id, source.region) == (call.account, call.region)
    asked = call.params.get("OptionGroupName")
    if asked is None and here:
        return source.option_group_name
    version = engines.version(source.engine, source.engine_version)
    return option_groups.find(backend, asked, version, source.lasting_options)
