"""EBS volumes and their attachments: moto's volumes, with states that take time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.ec2.models import elastic_block_store
from moto.ec2.models.elastic_block_store import Volume as MotoVolume

if TYPE_CHECKING:
    from resource_plane.ec2.instances.model import Instance


class Volume(MotoVolume):
    """A volume; `state` is `creating`, `available`, `in-use`, `deleting` or `error`."""

    initialization_rate: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes what moto's volume takes; it is available at once unless told otherwise."""
        super().__init__(*args, **kwargs)
        self.state = "available"
        self.attached: list[Attachment] = []

    @property
    def status(self) -> str:
        """The state, under the name that moto knows it by."""
        return self.state


@dataclass(eq=False)
class Attachment:
    """A volume at a device of an instance.

    `state` is `attaching`, `attached`, `detaching`, or, where a guest keeps the device, `busy`.
    """

    volume: Volume
    instance: Instance
    device: str
    state: str
    delete_on_termination: bool
    attach_time: datetime

    @property
    def id(self) -> str:
        """What the work on the attachment is known by."""
        return f"{self.volume.id}:{self.instance.id}"

    @property
    def is_root(self) -> bool:
        """Whether the instance boots from it."""
        return self.device == self.instance.root_device_name

    def described(self) -> dict[str, Any]:
        """The attachment as BC:ec2.VolumeAttachment."""
        return {
            "VolumeId": self.volume.id,
            "InstanceId": self.instance.id,
            "Device": self.device,
            "State": self.state,
            "AttachTime": self.attach_time,
            "DeleteOnTermination": self.delete_on_termination,
        }


def connect(
    volume: Volume, instance: Instance, device: str, *, delete_on_termination: bool
) -> Attachment:
    """Begins to attach: from now on the device is taken and the volume in use."""
    made = Attachment(volume, instance, device, "attaching", delete_on_termination, utcnow())
    volume.attached.append(made)
    instance.attached[device] = made
    return made


def disconnect(attachment: Attachment) -> None:
    """Frees the device, and the volume unless it is attached elsewhere too."""
    volume, instance = attachment.volume, attachment.instance
    volume.attached.remove(attachment)
    if instance.attached.get(attachment.device) is attachment:
        del instance.attached[attachment.device]
    if not volume.attached and volume.state == "in-use":
        volume.state = "available"


# moto makes its volumes by this name.
elastic_block_store.Volume = Volume
