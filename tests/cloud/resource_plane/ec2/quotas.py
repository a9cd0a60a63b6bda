"""How much an account may have, or have under way, in a Region: quotas of EC2 and EBS.

EBS/ebs-resource-quotas; the wording of the errors is that seen in GH:aws-samples/copy-encrypted-
ami#3 (copies), GH:pingcap/tidb#44325 (pending snapshots), GH:kubernetes-sigs/aws-ebs-csi-driver
#2512 (storage) and GH:xlang-ai/OSWorld#366 (vCPUs). Each is a limit of the settings. That of vCPUs
is off at first: AWS gives a new account few, and more as it uses them.
"""

from __future__ import annotations

from collections.abc import Iterable

from moto.ec2.models import EC2Backend

from resource_plane import consistency
from resource_plane.ec2.instances import types
from resource_plane.ec2.instances.model import Instance
from resource_plane.ec2.volumes.limits import TYPES
from resource_plane.ec2.volumes.planning import Plan
from resource_plane.error import AwsError
from resource_plane.settings import declare_limit, limit

COPIES, PENDING, PER_VOLUME = "snapshotCopies", "pendingSnapshots", "pendingSnapshotsOfOneVolume"
SNAPSHOTS, VCPUS = "snapshots", "vcpus"

declare_limit(COPIES, 20)
declare_limit(PENDING, 100)
declare_limit(PER_VOLUME, 5)
declare_limit(SNAPSHOTS, 100_000)
declare_limit(VCPUS, None)
for _type in TYPES:
    declare_limit(f"tebibytes/{_type}", 20 if _type == "io2" else 50)
declare_limit("iops/io1", 300_000)
declare_limit("iops/io2", 100_000)

STANDARD = tuple("acdhimrtz")
"""EC2/ec2-on-demand-instances: the families whose vCPUs count together."""

FAILED_FOR_VOLUMES = "Client.VolumeLimitExceeded: Volume limit exceeded"
"""BC:ec2.StateReason: what becomes of a launch whose volumes are too many."""


@consistency.as_it_is()
def copies(backend: EC2Backend, more: int = 1) -> None:
    """Refuses copies beyond those that may be under way to this Region."""
    most = limit(COPIES)
    under_way = sum(it.is_copy and it.status == "pending" for it in backend.snapshots.values())
    if most is not None and under_way + more > most:
        message = f"Too many snapshot copies in progress. The limit is {most} for this"
        raise AwsError("ResourceLimitExceeded", f"{message} destination region.")
    _snapshots(backend, more)


@consistency.as_it_is()
def snapshots(backend: EC2Backend, volume_ids: Iterable[str]) -> None:
    """Refuses snapshots of volumes beyond those that may be there, or be pending."""
    wanted = list(volume_ids)
    pending = [
        it.volume.id
        for it in backend.snapshots.values()
        if it.status == "pending" and not it.is_copy
    ]
    most = limit(PER_VOLUME)
    if most is not None and any(pending.count(it) >= most for it in wanted):
        message = "Maximum allowed in-progress snapshots for a single volume exceeded."
        raise AwsError("ConcurrentSnapshotLimitExceeded", message)
    most = limit(PENDING)
    if most is not None and len(pending) + len(wanted) > most:
        message = f"You have exceeded the limit of {most} pending snapshots in this region."
        raise AwsError("PendingSnapshotLimitExceeded", message)
    _snapshots(backend, len(wanted))


@consistency.as_it_is()
def volumes(backend: EC2Backend, plans: Iterable[Plan]) -> None:
    """Refuses volumes beyond the storage and IOPS that there may be of their types."""
    wanted = list(plans)
    for kind in {it.volume_type for it in wanted}:
        new = [it for it in wanted if it.volume_type == kind]
        old = [it for it in backend.volumes.values() if it.volume_type == kind]
        tebibytes = limit(f"tebibytes/{kind}")
        if tebibytes is not None and sum(it.size for it in [*old, *new]) > tebibytes * 1024:
            raise _exceeded("VolumeLimitExceeded", f"{kind} storage limit of {tebibytes} TiB")
        iops = limit(f"iops/{kind}") if kind in ("io1", "io2") else None
        if iops is not None and sum(it.iops or 0 for it in [*old, *new]) > iops:
            raise _exceeded("MaxIOPSLimitExceeded", f"{kind} IOPS limit of {iops}")


@consistency.as_it_is()
def fitting(there: Iterable[Instance], instance_type: str, least: int, most: int) -> int:
    """How many of `least` to `most` new instances may run beside those `there`; refuses too few."""
    allowed, each = limit(VCPUS), _vcpus(instance_type)
    if allowed is None or each == 0:
        return most
    free = int((allowed - _running(there)) // each)
    if free < least:
        raise _too_many_vcpus(allowed)
    return min(free, most)


@consistency.as_it_is()
def starts(there: Iterable[Instance], stopped: Iterable[Instance]) -> None:
    """Refuses to start instances that may not run beside those `there`."""
    allowed, wanted = limit(VCPUS), sum(_vcpus(it.instance_type) for it in stopped)
    if allowed is not None and wanted and _running(there) + wanted > allowed:
        raise _too_many_vcpus(allowed)


def _running(there: Iterable[Instance]) -> int:
    running = (it for it in there if it.state in ("pending", "running"))
    return sum(_vcpus(it.instance_type) for it in running)


def _too_many_vcpus(allowed: float) -> AwsError:
    message = f"You have requested more vCPU capacity than your current vCPU limit of {allowed}"
    message += " allows for the instance bucket that the specified instance type belongs to."
    message += " Please visit http://aws.amazon.com/contact-us/ec2-request to request an"
    return AwsError("VcpuLimitExceeded", f"{message} adjustment to this limit.")


def _vcpus(instance_type: str) -> int:
    """What an instance counts for among the standard ones."""
    if not instance_type.startswith(STANDARD):
        return 0
    return types.known(instance_type)["VCpuInfo"]["DefaultVCpus"]


def _snapshots(backend: EC2Backend, more: int) -> None:
    most = limit(SNAPSHOTS)
    if most is not None and len(backend.snapshots) + more > most:
        message = f"You have exceeded the limit of {most} snapshots in this region."
        raise AwsError("SnapshotLimitExceeded", message)


def _exceeded(code: str, what: str) -> AwsError:
    end = "Please contact AWS Support to request an Elastic Block Store service limit increase."
    return AwsError(code, f"You have exceeded your maximum {what} in this region. {end}")
