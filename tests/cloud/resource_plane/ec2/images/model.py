"""AMIs: what an instance is launched from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami

EBS = (
    "SnapshotId",
    "VolumeSize",
    "VolumeType",
    "Iops",
    "Throughput",
    "DeleteOnTermination",
    "Encrypted",
)
"""What an AMI tells of a device's volume (BC:ec2.EbsBlockDevice)."""


class Image(Ami):
    """An AMI that has the devices it was registered with.

    moto's own makes a volume and a snapshot of 15 GiB for every AMI, whatever it is registered
    with, and knows no boot mode, ENA support or further devices; so nothing of its beginning is
    used here.
    """

    def __init__(
        self,
        ec2_backend: EC2Backend,
        ami_id: str,
        settings: Mapping[str, Any],
        devices: Mapping[str, Mapping[str, Any]],
        instance_id: str | None = None,
    ) -> None:
        """Takes RegisterImage's parameters, and the Ebs settings of each device by its name."""
        self.ec2_backend = ec2_backend
        self.id = ami_id
        self.owner_id = ec2_backend.account_id
        self.owner_alias = None
        self.state = "available"
        self.name = settings["Name"]
        self.description = settings.get("Description") or ""
        self.creation_date = utcnow()
        # BC:ec2.RegisterImageRequest: the defaults are those of the oldest AMIs.
        self.architecture = settings.get("Architecture") or "i386"
        self.virtualization_type = settings.get("VirtualizationType") or "paravirtual"
        self.boot_mode = settings.get("BootMode")
        self.ena_support = bool(settings.get("EnaSupport"))
        self.sriov = settings.get("SriovNetSupport")
        self.tpm_support = settings.get("TpmSupport")
        self.imds_support = settings.get("ImdsSupport")
        self.kernel_id = settings.get("KernelId")
        self.ramdisk_id = settings.get("RamdiskId")
        self.platform = settings.get("Platform")
        self.platform_details = settings.get("PlatformDetails") or "Linux/UNIX"
        self.usage_operation = settings.get("UsageOperation") or "RunInstances"
        self.hypervisor = "xen"
        self.image_type = "machine"
        self.image_location = f"{self.owner_id}/{self.name}"
        self.root_device_name = settings.get("RootDeviceName")
        self.root_device_type = "ebs"
        self.product_codes: set[str] = set()
        self.launch_permissions: list[dict[str, str]] = []
        self.instance_id = instance_id
        self.devices = {name: dict(ebs) for name, ebs in devices.items()}

    @property
    def snapshot_ids(self) -> set[str]:
        """The snapshots that the AMI needs."""
        return {ebs["SnapshotId"] for ebs in self.devices.values() if ebs.get("SnapshotId")}

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        """The devices as BC:ec2.BlockDeviceMappingList."""
        return [
            {"DeviceName": name, "Ebs": {key: ebs[key] for key in EBS if key in ebs}}
            for name, ebs in self.devices.items()
        ]
