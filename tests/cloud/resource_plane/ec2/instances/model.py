"""Instances: moto's, with states that take time, and with what they boot by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.ec2.models import instances
from moto.ec2.models.instances import Instance as MotoInstance
from moto.ec2.models.instances import InstanceState, StateReason
from moto.ec2.responses._base_response import EC2BaseResponse

from resource_plane.ec2.instances import types

if TYPE_CHECKING:
    from resource_plane.ec2.images.model import Image
    from resource_plane.ec2.volumes.model import Attachment

CODES = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}
"""BC:ec2.InstanceState.Code."""

FAILED_LAUNCH = "Client.InternalError: Client error on launch"
"""BC:ec2.StateReason: what becomes of a launch whose key cannot be used."""


class Instance(MotoInstance):
    """An instance and its volumes by device name."""

    boot_mode: str | None = None
    current_instance_boot_mode: str | None = None
    ena_support: bool = False
    tpm_support: str | None = None
    platform_details: str = "Linux/UNIX"
    usage_operation: str = "RunInstances"
    ramdisk_id: str | None = None
    cpus_asked: Mapping[str, Any] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes what moto's instance takes."""
        self.attached: dict[str, Attachment] = {}
        super().__init__(*args, **kwargs)

    def boots_from(self, image: Image, supported_boot_modes: list[str]) -> None:
        """Takes on what the AMI decides, which moto forgets or takes from the wrong account."""
        self.architecture = image.architecture
        self.virtualization_type = image.virtualization_type
        self.root_device_name = image.root_device_name
        self.platform = image.platform
        self.platform_details = image.platform_details
        self.usage_operation = image.usage_operation
        self.boot_mode = image.boot_mode
        self.ena_support = image.ena_support
        self.tpm_support = image.tpm_support
        self.kernel_id, self.ramdisk_id = image.kernel_id, image.ramdisk_id
        self.current_instance_boot_mode = boot_mode(image, supported_boot_modes)

    def become(self, state: str, reason: str = "") -> dict[str, Any]:
        """Changes the state, and returns what it was; `reason` is AWS's "Code: message"."""
        before = self.state_described
        self._state = InstanceState(state, CODES[state])
        if reason or state in ("pending", "running"):
            self.state_reason = StateReason(reason, reason.partition(":")[0])
            self._reason = reason
        return before

    @property
    def state_described(self) -> dict[str, Any]:
        """The state as BC:ec2.InstanceState."""
        return {"Code": self.state_code, "Name": self.state}

    @property
    def cpu_options(self) -> dict[str, Any]:
        """As the launch asked for, else as the type has them; moto tells none."""
        return types.cpu_options(self.instance_type) | (self.cpus_asked or {})

    @property
    def root(self) -> Attachment | None:
        """The attachment of the root volume, unless it has been detached."""
        return self.attached.get(self.root_device_name)

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        """What is attached, as BC:ec2.InstanceBlockDeviceMappingList."""
        return [
            {
                "DeviceName": device,
                "Ebs": {
                    "VolumeId": attachment.volume.id,
                    "Status": attachment.state,
                    "AttachTime": attachment.attach_time,
                    "DeleteOnTermination": attachment.delete_on_termination,
                },
            }
            for device, attachment in self.attached.items()
        ]


def boot_mode(image: Image, supported: list[str]) -> str:
    """How an instance boots (EC2/ami-boot): as the AMI says, else by the type's own default."""
    if image.boot_mode in ("uefi", "legacy-bios"):
        return image.boot_mode
    if image.boot_mode == "uefi-preferred":
        return "uefi" if "uefi" in supported else "legacy-bios"
    return "legacy-bios" if "legacy-bios" in supported else "uefi"


# moto makes its instances by this name.
instances.Instance = Instance

# moto puts a first state into these answers, whatever the state is; here it is what it is.
for _path in ("RunInstances.Reservation.Instances.Instance.State", "CreateVolumeResponse.State"):
    del EC2BaseResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER[_path]
