"""What each volume type may be (BC:ec2.CreateVolumeRequest Size, Iops, Throughput)."""

from __future__ import annotations

from dataclasses import dataclass

from resource_plane.error import AwsError


@dataclass(frozen=True)
class Range:
    """The least and the most, and the most for each unit of something else."""

    least: int
    most: int
    ratio: float | None = None


@dataclass(frozen=True)
class VolumeType:
    """The limits of a volume type; None where it takes no such setting."""

    size: Range
    iops: Range | None = None
    throughput: Range | None = None
    default_iops: int | None = None
    default_throughput: int | None = None
    bootable: bool = True


# Ratios of IOPS to GiB, and of MiB/s to IOPS: EBS/provisioned-iops, EBS/general-purpose.
TYPES = {
    "standard": VolumeType(Range(1, 1024)),
    "gp2": VolumeType(Range(1, 16384)),
    "gp3": VolumeType(Range(1, 65536), Range(3000, 80000, 500), Range(125, 2000, 0.25), 3000, 125),
    "io1": VolumeType(Range(4, 16384), Range(100, 64000, 50)),
    "io2": VolumeType(Range(4, 65536), Range(100, 256000, 1000)),
    "st1": VolumeType(Range(125, 16384), bootable=False),
    "sc1": VolumeType(Range(125, 16384), bootable=False),
}

DEFAULT_TYPE = "gp2"


def limits(volume_type: str) -> VolumeType:
    """The limits of a volume type, which must be one there is."""
    if volume_type not in TYPES:
        message = f"Unsupported volume type '{volume_type}' for volume creation."
        raise AwsError("UnknownVolumeType", message)
    return TYPES[volume_type]


def checked_size(volume_type: str, size: int) -> int:
    """A size that fits the type."""
    of = limits(volume_type).size
    for wrong, word, bound, limit in (
        (size < of.least, "small", "minimum", of.least),
        (size > of.most, "large", "maximum", of.most),
    ):
        if wrong:
            message = f"Volume of {size}GiB is too {word} for volume type {volume_type}"
            raise AwsError("InvalidParameterValue", f"{message}; {bound} is {limit}GiB.")
    return size


def checked_iops(volume_type: str, iops: int | None, size: int) -> int | None:
    """The IOPS of a volume: as asked, within the limits, or the type's own."""
    of = limits(volume_type)
    if of.iops is None:
        if iops is not None:
            raise _not_supported("iops", volume_type)
        # EBS/general-purpose: gp2 has 3 IOPS for each GiB, from 100 to 16,000.
        return min(max(100, 3 * size), 16000) if volume_type == "gp2" else None
    if iops is None:
        if of.default_iops is None:
            message = f"The parameter iops must be specified for {volume_type} volumes."
            raise AwsError("MissingParameter", message)
        return of.default_iops
    _within(of.iops, iops, "iops")
    # gp3 has its 3,000 IOPS at any size.
    if iops != of.default_iops and iops / size > of.iops.ratio:
        message = f"Iops to volume size ratio of {iops / size:f} is too high"
        raise AwsError("InvalidParameterValue", f"{message}; maximum is {of.iops.ratio}.")
    return iops


def checked_throughput(volume_type: str, throughput: int | None, iops: int | None) -> int | None:
    """The throughput of a volume: as asked, within the limits, or the type's own."""
    of = limits(volume_type)
    if of.throughput is None:
        if throughput is not None:
            raise _not_supported("throughput", volume_type)
        return None
    if throughput is None:
        return of.default_throughput
    _within(of.throughput, throughput, "throughput")
    if throughput / iops > of.throughput.ratio:
        message = f"Throughput (MiBps) to iops ratio of {throughput / iops:f} is too high"
        maximum = f"maximum is {of.throughput.ratio:f} MiBps per iops."
        raise AwsError("InvalidParameterValue", f"{message}; {maximum}")
    return throughput


def check_multi_attach(volume_type: str, wanted: bool | None) -> None:
    """Refuses Multi-Attach for a type that cannot have it."""
    if wanted and volume_type not in ("io1", "io2"):
        message = "Multi-Attach is only supported with io1 and io2 volumes"
        raise AwsError("InvalidParameterCombination", message)


def _within(of: Range, value: int, what: str) -> None:
    if value < of.least:
        message = f"Volume {what} of {value} is too low; minimum is {of.least}."
        raise AwsError("InvalidParameterValue", message)
    if value > of.most:
        message = f"Volume {what} of {value} is too high; maximum is {of.most}."
        raise AwsError("InvalidParameterValue", message)


def _not_supported(what: str, volume_type: str) -> AwsError:
    message = f"The parameter {what} is not supported for {volume_type} volumes."
    return AwsError("InvalidParameterCombination", message)
