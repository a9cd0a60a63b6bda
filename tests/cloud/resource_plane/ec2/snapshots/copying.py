"""Copying snapshots, within a Region or to another, for oneself or from another account.

Whether the keys may be used is found out while the copy is under way: a copy whose keys, or whose
presigned URL, are not right is accepted and ends in `error` (BC:ec2.CopySnapshotRequest.KmsKeyId,
EBS/ebs-copy-snapshot).
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.utils import random_snapshot_id

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import ebs_keys, quotas, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.arns import arn
from resource_plane.ec2.snapshots import sharing
from resource_plane.ec2.snapshots.making import facts, finish, register
from resource_plane.ec2.snapshots.model import COPIED_FROM_NO_VOLUME, Snapshot, SourceVolume
from resource_plane.ec2.snapshots.presigned_url import fault
from resource_plane.ec2.transitions import after
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Failure
from resource_plane.settings import switch


@resources("ec2", "CopySnapshot")
def source_and_copy(call: Call) -> list[Access]:
    """The source in its Region, and the copy to be, each of which a policy must allow.

    AWS has authorised CopySnapshot on its source too since 2025 ("Enhancing resource-level
    permissions for copying Amazon EBS snapshots", AWS Storage Blog).
    """
    source = call.params.get("SourceSnapshotId", "*")
    region = call.params.get("SourceRegion", call.region)
    known = region in ec2_backends[call.account].regions
    given = tags.of_account(call.account, region, source) if known else {}
    return [
        Access(arn("snapshot", source, region, call.account), tags=given),
        tags.to_be_made(call, "snapshot"),
    ]


@rule("ec2", "CopySnapshot")
def copy_snapshot(call: Call, _: Proceed) -> Any:
    """Begins a copy, which has its own tags and none of its source's."""
    region = call.params["SourceRegion"]
    if region not in ec2_backends[call.account].regions:
        raise AwsError("InvalidRegion", f"The region '{region}' does not exist")
    source = sharing.usable(call, call.params["SourceSnapshotId"], region)
    if call.params.get("Encrypted") is False:
        # BC:ec2.CopySnapshotRequest.Encrypted: "You cannot set this parameter to false."
        raise AwsError("InvalidParameterValue", "The parameter encrypted cannot be set to false")
    minutes = _completion_minutes(call)
    wrong = None
    if source.encrypted and region != call.region and switch("presignedUrlRequired"):
        wrong = fault(call, source.id, region)
    made = begin(call, source, region, call.params.get("Description") or "", wrong)
    made.completion_minutes = minutes
    return ActionResult(
        {
            "SnapshotId": made.id,
            "Tags": tags.as_list(tags.of(backend_of(call), made.id)) or None,
        }
    )


def begin(
    call: Call, source: Snapshot, region: str, description: str, wrong_url: str | None = None
) -> Snapshot:
    """Begins a copy of a snapshot of `region`, encrypted as the call asks.

    `wrong_url` is what is wrong with its presigned URL.
    """
    key = _key(call, source)
    quotas.copies(backend_of(call))
    made = Snapshot(
        backend_of(call),
        random_snapshot_id(),
        SourceVolume(COPIED_FROM_NO_VOLUME, source.volume.size),
        description,
        encrypted=key is not None,
        kms_key_id=key and ebs_keys.arn(key, call.account, call.region),
    )
    # KMS/services-ebs: a copy's own id, not a volume's, is in the encryption context.
    made.ebs_id = made.id
    register(call, made, {})
    failure = Failure("error", f"The presigned URL is not valid: {wrong_url}")
    after(
        "snapshot-copy",
        made.id,
        lambda work: finish(made, work),
        failure=failure if wrong_url else _failure(call, source, region, made, key),
        **facts(call),
        source=source.id,
        sourceRegion=region,
    )
    return made


def _key(call: Call, source: Snapshot) -> str | None:
    """The key that the copy is to be under, as it was given; None for a copy in the clear."""
    asked, given = call.params.get("Encrypted"), call.params.get("KmsKeyId")
    by_default = backend_of(call).ebs_encryption_by_default
    if not (source.encrypted or asked or by_default):
        if given:
            message = "The parameter [KmsKeyId] requires the parameter Encrypted to be set."
            raise AwsError("InvalidParameterDependency", message)
        return None
    if given:
        return given
    # EBS/ebs-copy-snapshot: the key that the account has chosen for EBS counts only where
    # encryption by default is on.
    choose = ebs_keys.default if by_default else ebs_keys.managed
    return choose(call.account, call.region)


def _failure(
    call: Call, source: Snapshot, region: str, made: Snapshot, key: str | None
) -> Failure | None:
    """How the copy will turn out to have failed."""
    caller = call.caller
    unusable = None
    if source.encrypted:
        unusable = ebs_keys.unusable(
            caller, source.kms_key_id, region, ebs_keys.COPY, source.ebs_id
        )
    if key is not None and unusable is None:
        unusable = ebs_keys.unusable(caller, key, call.region, ebs_keys.COPY, made.id)
    return Failure("error", ebs_keys.INACCESSIBLE) if unusable else None


def _completion_minutes(call: Call) -> int | None:
    """EBS/time-based-copies: 15 to 2,880 minutes in steps of 15."""
    minutes = call.params.get("CompletionDurationMinutes")
    if minutes is not None and (minutes % 15 or not 15 <= minutes <= 2880):
        message = f"Value ({minutes}) for parameter completionDurationMinutes is invalid."
        raise AwsError("InvalidParameterValue", message)
    return minutes
