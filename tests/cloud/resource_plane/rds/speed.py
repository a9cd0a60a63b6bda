"""How fast the storage of a DB instance may be: its IOPS and its throughput.

RDS/CHAP_Storage "gp3 storage", "Provisioned IOPS SSD storage".
"""

from __future__ import annotations

from dataclasses import dataclass

PROVISIONED = ("io1", "io2")
THROUGHPUT_PER_IOPS = 0.25
"""In MiB/s, of gp3 at the most (BC:rds.ValidStorageOptions.StorageThroughputToIopsRatio)."""


@dataclass(frozen=True)
class Range:
    """From `least` to `most`."""

    least: float
    most: float

    def __contains__(self, figure: float) -> bool:
        """Whether a figure is within it."""
        return self.least <= figure <= self.most


@dataclass(frozen=True)
class Speed:
    """What can be asked for of one type of storage."""

    iops: Range
    iops_per_gib: Range | None = None
    throughput: Range | None = None


BASELINE = (3000, 125)
"""The IOPS and the throughput of gp3 below the size from which they can be set."""


def of(engine: str, kind: str) -> Speed | None:
    """What an engine's storage of that type can be asked to do; None where it cannot be asked."""
    on_one_volume = engine.startswith("sqlserver")
    if kind == "gp3":
        if on_one_volume:
            return Speed(Range(3000, 16_000), throughput=Range(125, 1000))
        return Speed(Range(12_000, 64_000), throughput=Range(500, 4000))
    if kind not in PROVISIONED:
        return None
    most = 64_000 if on_one_volume else 256_000
    # BC:rds.CreateDBInstanceMessage.Iops knows one ratio for all, which is older than io2: what
    # RDS takes of that for each GiB is left open here.
    per_gib = Range(1 if on_one_volume else 0.5, 50) if kind == "io1" else None
    return Speed(Range(1000, most), per_gib)


def is_set(engine: str, kind: str, size: int) -> bool:
    """Whether storage of that type and size has a speed that is asked for."""
    return kind in PROVISIONED or (kind == "gp3" and size >= threshold(engine))


def threshold(engine: str) -> int:
    """The size in GiB from which the speed of gp3 can be set."""
    if engine.startswith("oracle"):
        return 200
    return 20 if engine.startswith("sqlserver") else 400
