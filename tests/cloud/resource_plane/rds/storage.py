"""The storage of a DB instance: size, type, IOPS and throughput."""

from __future__ import annotations

from dataclasses import dataclass

from resource_plane.error import AwsError

PROVISIONED = ("io1", "io2")
TYPES = ("gp2", "gp3", *PROVISIONED, "standard")
LEAST, LEAST_PROVISIONED, MOST = 20, 100, 65536
"""BC:rds.CreateDBInstanceMessage.AllocatedStorage, in GiB."""
LEAST_IOPS = 1000
"""Of provisioned storage: BC:rds.RestoreDBInstanceFromDBSnapshotMessage.Iops says "greater than
1000", and RDS/CHAP_Storage "Provisioned IOPS SSD storage" has a range from 1,000 on."""
BASELINE_IOPS, BASELINE_THROUGHPUT = 3000, 125
"""What gp3 gives below its threshold (RDS/CHAP_Storage "gp3 storage")."""


@dataclass(frozen=True)
class Storage:
    """The storage that a DB instance has."""

    size: int
    kind: str
    iops: int | None
    throughput: int | None


def checked(
    engine: str, size: int, kind: str | None, iops: int | None, throughput: int | None
) -> Storage:
    """The storage asked for with AWS's defaults, or its refusal.

    Without a type it is io1 where IOPS are asked for, else gp3 (BC:rds
    .RestoreDBInstanceFromDBSnapshotMessage.StorageType).
    """
    kind = kind or ("io1" if iops else "gp3")
    if kind not in TYPES:
        raise AwsError("InvalidParameterValue", f"Invalid storage type: {kind}")
    if kind == "standard":
        # From 2026-07-01 nothing is restored to magnetic storage (RDS/USER_RestoreFromSnapshot).
        raise AwsError("StorageTypeNotSupported", "Magnetic storage is no longer available.")
    least = LEAST_PROVISIONED if kind in PROVISIONED else LEAST
    if not least <= size <= MOST:
        raise AwsError(
            "InvalidParameterCombination",
            f"Invalid storage size for engine name {engine} and storage type {kind}: {size}",
        )
    if throughput and kind != "gp3":
        raise AwsError(
            "InvalidParameterCombination",
            f"You can't specify the StorageThroughput parameter for the storage type {kind}.",
        )
    if kind in PROVISIONED and not iops:
        raise AwsError(
            "InvalidParameterCombination",
            f"You must specify the Iops parameter when using the storage type {kind}.",
        )
    if kind in PROVISIONED and iops < LEAST_IOPS:
        # Worded as RDS words its refusal of a ratio.
        raise AwsError(
            "InvalidParameterCombination",
            f"Invalid iops for engine name {engine} and storage type {kind}: {iops}",
        )
    if kind == "gp2" and iops:
        raise AwsError(
            "InvalidParameterCombination", "You can't specify the Iops parameter for gp2 storage."
        )
    if kind == "gp3":
        return _general_purpose(engine, size, iops, throughput)
    return Storage(size, kind, iops, None)


def _general_purpose(engine: str, size: int, iops: int | None, throughput: int | None) -> Storage:
    """gp3, whose speed can be set from a size on that depends on the engine.

    The model wants Iops with gp3 always (BC:rds….StorageType), while RDS refuses them below that
    size: its baseline values, which change nothing, are let pass here.
    """
    threshold = _threshold(engine)
    asked = (iops or BASELINE_IOPS, throughput or BASELINE_THROUGHPUT)
    if size < threshold and asked != (BASELINE_IOPS, BASELINE_THROUGHPUT):
        raise AwsError(
            "InvalidParameterCombination",
            f"You can't specify IOPS or storage throughput for engine {engine} and a storage size "
            f"less than {threshold}.",
        )
    return Storage(size, "gp3", *asked)


def grown(engine: str, old: int, asked: int | None) -> int:
    """The size that storage of `old` GiB grows to when `asked` for: it never shrinks.

    A growth of less than 10 percent is rounded up to that (BC:rds.ModifyDBInstanceMessage
    .AllocatedStorage), and SQL Server's storage cannot be set when it is restored (BC:rds
    .RestoreDBInstanceFromDBSnapshotMessage.AllocatedStorage).
    """
    if asked is None or asked == old:
        return old
    if asked < old:
        raise AwsError(
            "InvalidParameterValue",
            "The allocated storage size can't be less than the source snapshot or backup size.",
        )
    if engine.startswith("sqlserver"):
        raise AwsError(
            "InvalidParameterCombination",
            f"You can't specify the AllocatedStorage parameter for the engine {engine}.",
        )
    least = -(-old * 11 // 10)
    return max(asked, least)


def check_limit(size: int, most: int) -> None:
    """Refuses a limit of autoscaling that is too near to the `size` that there is.

    RDS/USER_PIOPS.Autoscaling: "at least 10% more than the current allocated storage", in words of
    GH:ministryofjustice/cloud-platform-environments#24422, #7483.
    """
    if most < size:
        raise AwsError(
            "InvalidParameterCombination", "Max storage size must be greater than storage size"
        )
    if most * 10 < size * 11:
        raise AwsError(
            "InvalidParameterCombination",
            "The maximum allocated storage must be increased by at least 10 percent.",
        )


def _threshold(engine: str) -> int:
    if engine.startswith("oracle"):
        return 200
    return 20 if engine.startswith("sqlserver") else 400
