"""The storage of a DB instance: size, type, IOPS and throughput."""

from __future__ import annotations

from dataclasses import dataclass

from resource_plane.error import AwsError
from resource_plane.rds import speed
from resource_plane.rds.speed import PROVISIONED

TYPES = ("gp2", "gp3", *PROVISIONED, "standard")
LEAST, LEAST_PROVISIONED = 20, 100
"""BC:rds.CreateDBInstanceMessage.AllocatedStorage, in GiB."""


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
    if not least(kind) <= size <= most(engine):
        raise _combination(
            f"Invalid storage size for engine name {engine} and storage type {kind}: {size}"
        )
    if throughput and kind != "gp3":
        raise _combination(
            f"You can't specify the StorageThroughput parameter for the storage type {kind}."
        )
    if kind in PROVISIONED and not iops:
        raise _combination(
            f"You must specify the Iops parameter when using the storage type {kind}."
        )
    if kind == "gp3" and not speed.is_set(engine, kind, size):
        return _at_baseline(engine, size, iops, throughput)
    return _at_speed(engine, Storage(size, kind, iops or None, throughput or None))


def _at_baseline(engine: str, size: int, iops: int | None, throughput: int | None) -> Storage:
    """Small gp3, of which RDS takes no figures, not even those that it has.

    GH:cloudtools/troposphere#2141; GH:braintrustdata/terraform-aws-braintrust-data-plane#288. The
    model wants Iops with gp3 always (BC:rds….StorageType).
    """
    if iops or throughput:
        raise _combination(
            f"You can't specify IOPS or storage throughput for engine {engine} and a storage size "
            f"less than {speed.threshold(engine)}."
        )
    return Storage(size, "gp3", *speed.BASELINE)


def _at_speed(engine: str, asked: Storage) -> Storage:
    """Storage whose speed can be set: gp3 has the least that can be asked for where none is.

    GH:cloudtools/troposphere#2153; GH:braintrustdata/terraform-aws-braintrust-data-plane#126. The
    words are those of GH:hashicorp/terraform-provider-aws#9667 and, of a ratio, GH:
    ministryofjustice/cloud-platform-environments#3972.
    """
    known = speed.of(engine, asked.kind)
    of = f"for engine name {engine} and storage type {asked.kind}"
    if known is None or (asked.iops and asked.iops not in known.iops):
        if asked.iops:
            raise _combination(f"Invalid iops value {of}: {asked.iops}")
        return asked
    iops = asked.iops or int(known.iops.least)
    ratio = iops / asked.size
    if known.iops_per_gib is not None and ratio not in known.iops_per_gib:
        raise _combination(f"Invalid iops to max storage (GB) ratio {of}: {ratio:.4f}")
    if known.throughput is None:
        return Storage(asked.size, asked.kind, iops, None)
    throughput = asked.throughput or int(known.throughput.least)
    if throughput not in known.throughput:
        raise _combination(f"Invalid storage throughput value {of}: {throughput}")
    if throughput > iops * speed.THROUGHPUT_PER_IOPS:
        raise _combination(
            f"Invalid storage throughput to iops ratio {of}: {throughput / iops:.4f}"
        )
    return Storage(asked.size, asked.kind, iops, throughput)


def grown(engine: str, old: int, asked: int | None) -> int:
    """The size that storage of `old` GiB grows to when `asked` for: it never shrinks.

    A growth of less than 10 percent is rounded up to that, but not of SQL Server (BC:rds
    .ModifyDBInstanceMessage.AllocatedStorage).
    """
    if asked is None or asked == old:
        return old
    if asked < old:
        raise AwsError(
            "InvalidParameterValue",
            "The allocated storage size can't be less than the source snapshot or backup size.",
        )
    return asked if engine.startswith("sqlserver") else max(asked, -(-old * 11 // 10))


def least(kind: str) -> int:
    """The smallest storage of a type, in GiB."""
    return LEAST_PROVISIONED if kind in PROVISIONED else LEAST


def most(engine: str) -> int:
    """The largest storage of an engine, in GiB."""
    return 16_384 if engine.startswith("sqlserver") else 65_536


def check_limit(size: int, most: int) -> None:
    """Refuses a limit of autoscaling that is too near to the `size` that there is.

    RDS/USER_PIOPS.Autoscaling: "at least 10% more than the current allocated storage", in words of
    GH:ministryofjustice/cloud-platform-environments#24422, #7483.
    """
    if most < size:
        raise _combination("Max storage size must be greater than storage size")
    if most * 10 < size * 11:
        raise _combination(
            "The maximum allocated storage must be increased by at least 10 percent."
        )


def _combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)
