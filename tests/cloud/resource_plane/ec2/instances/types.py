"""Instance types, and which AMIs and zones they go with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from resource_plane.ec2.images.model import Image
from resource_plane.error import AwsError

DEFAULT = "m1.small"
"""BC:ec2.RunInstances: the type of an instance for which none is named."""


def known(name: str) -> dict[str, Any]:
    """What AWS says of an instance type (BC:ec2.InstanceTypeInfo)."""
    if name not in INSTANCE_TYPES:
        message = f"Invalid value '{name}' for InstanceType."
        raise AwsError("InvalidParameterValue", message)
    return INSTANCE_TYPES[name]


def boot_modes(name: str) -> list[str]:
    """The boot modes that a type supports."""
    return known(name).get("SupportedBootModes") or ["legacy-bios"]


def cpu_options(name: str) -> dict[str, int]:
    """The CPUs that instances of a type come with (BC:ec2.CpuOptions)."""
    cpus = known(name)["VCpuInfo"]
    return {"CoreCount": cpus["DefaultCores"], "ThreadsPerCore": cpus["DefaultThreadsPerCore"]}


def fits(name: str, image: Image) -> None:
    """Refuses an AMI that instances of the type cannot run."""
    info = known(name)
    fits_architecture(name, image.architecture, "AMI")
    if image.virtualization_type not in info.get("SupportedVirtualizationTypes", ["hvm"]):
        message = "Non-Windows instances with a virtualization type of"
        end = "are currently not supported for this instance type."
        raise AwsError(
            "InvalidParameterCombination", f"{message} '{image.virtualization_type}' {end}"
        )
    if info["NetworkInfo"].get("EnaSupport") == "required" and not image.ena_support:
        message = "Enhanced networking with the Elastic Network Adapter (ENA) is required for the"
        end = "Ensure that you are using an AMI that is enabled for ENA."
        raise AwsError("InvalidParameterCombination", f"{message} '{name}' instance type. {end}")
    if image.boot_mode in ("uefi", "legacy-bios") and image.boot_mode not in boot_modes(name):
        message = f"The instance type '{name}' does not support an AMI with boot mode"
        raise AwsError("UnsupportedOperation", f"{message} '{image.boot_mode}'.")


def fits_architecture(name: str, architecture: str, of: str) -> None:
    """Refuses a type for another architecture than that of an AMI, or of an instance."""
    supported = known(name)["ProcessorInfo"]["SupportedArchitectures"]
    if architecture not in supported:
        message = f"The architecture '{', '.join(supported)}' of the specified instance type does"
        end = f"not match the architecture '{architecture}' of the specified {of}."
        advice = "Specify an instance type and an AMI that have matching architectures."
        raise AwsError("InvalidParameterValue", f"{message} {end} {advice}")


def offered(name: str, zone: str) -> None:
    """Refuses a type that its zone does not have."""
    if (zone, name) not in _offerings(zone[:-1]):
        message = f"Your requested instance type ({name}) is not supported in your requested"
        raise AwsError("Unsupported", f"{message} Availability Zone ({zone}).")


@lru_cache
def _offerings(region: str) -> frozenset[tuple[str, str]]:
    found = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, ())
    return frozenset((one["Location"], one["InstanceType"]) for one in found)
