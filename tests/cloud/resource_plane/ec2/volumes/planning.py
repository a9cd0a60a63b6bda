"""What volume a request asks for, whether by CreateVolume or as a device of a new instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resource_plane.ec2 import ebs_keys
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.parameters import missing
from resource_plane.ec2.snapshots.model import Snapshot
from resource_plane.ec2.volumes import limits
from resource_plane.error import AwsError
from resource_plane.frame import Call


@dataclass(frozen=True)
class Plan:
    """A volume that may be made, all its settings decided."""

    size: int
    volume_type: str
    iops: int | None
    throughput: int | None
    snapshot: Snapshot | None
    key: str | None
    """The key it is to be under, as it was given; None for a volume in the clear."""
    multi_attach: bool = False
    initialization_rate: int | None = None


def plan(
    call: Call,
    asked: Mapping[str, Any],
    size: int | None,
    snapshot: Snapshot | None,
    too_small: str,
) -> Plan:
    """The volume that `asked` (CreateVolume's parameters, or an EbsBlockDevice) describes.

    `snapshot` is one that the caller may use; `too_small` is the code by which a size below the
    snapshot's is refused.
    """
    volume_type = asked.get("VolumeType") or limits.DEFAULT_TYPE
    limits.limits(volume_type)
    size = _size(size, snapshot, too_small)
    limits.checked_size(volume_type, size)
    iops = limits.checked_iops(volume_type, asked.get("Iops"), size)
    throughput = limits.checked_throughput(volume_type, asked.get("Throughput"), iops)
    multi_attach = bool(asked.get("MultiAttachEnabled"))
    limits.check_multi_attach(volume_type, multi_attach)
    return Plan(
        size,
        volume_type,
        iops,
        throughput,
        snapshot,
        _key(call, asked, snapshot),
        multi_attach,
        _initialization_rate(asked.get("VolumeInitializationRate"), snapshot),
    )


def _size(size: int | None, snapshot: Snapshot | None, too_small: str) -> int:
    """BC:ec2.CreateVolumeRequest.Size: the snapshot's, or what is asked, but never less."""
    if snapshot is None:
        if size is None:
            raise missing("size/snapshot")
        return size
    least = snapshot.volume.size
    if size is not None and size < least:
        message = f"Volume of size {size}GB is smaller than snapshot '{snapshot.id}'"
        raise AwsError(too_small, f"{message}, expect size >= {least}GB")
    return size or least


def _key(call: Call, asked: Mapping[str, Any], snapshot: Snapshot | None) -> str | None:
    """Which key the volume is under (the outcome table of EBS/encryption-examples)."""
    wanted, given = asked.get("Encrypted"), asked.get("KmsKeyId")
    by_default = backend_of(call).ebs_encryption_by_default
    if given and not wanted:
        # BC:ec2.CreateVolumeRequest.KmsKeyId: "the encrypted state must be true".
        message = "The parameter [KmsKeyId] requires the parameter Encrypted to be set."
        raise AwsError("InvalidParameterDependency", message)
    source = snapshot if snapshot is not None and snapshot.encrypted else None
    if not (wanted or by_default or source):
        return None
    if given:
        return given
    if source is not None and source.owner_id == call.account:
        return source.kms_key_id
    return ebs_keys.default(call.account, call.region)


def _initialization_rate(rate: int | None, snapshot: Snapshot | None) -> int | None:
    """BC:ec2.CreateVolumeRequest.VolumeInitializationRate."""
    if rate is None:
        return None
    if snapshot is None:
        message = "The parameter VolumeInitializationRate requires a snapshot"
        raise AwsError("InvalidParameterCombination", message)
    if not 100 <= rate <= 300:
        message = f"Value ({rate}) for parameter volumeInitializationRate is invalid."
        raise AwsError("InvalidParameterValue", message)
    return rate
