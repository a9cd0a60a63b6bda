"""EBS snapshots: moto's, with what moto forgets about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import elastic_block_store
from moto.ec2.models.elastic_block_store import Snapshot as MotoSnapshot

from resource_plane import progress

COPIED_FROM_NO_VOLUME = "vol-ffffffff"
"""The volume id of every copy: "an arbitrary source volume ID" (BC:ec2.CopySnapshot)."""


@dataclass(frozen=True)
class SourceVolume:
    """What a snapshot remembers of the volume it was taken of, whatever becomes of that."""

    id: str
    size: int


class Snapshot(MotoSnapshot):
    """A snapshot, which may still be pending, and may end in error."""

    state_message: str | None = None
    completion_time: datetime | None = None
    completion_minutes: int | None = None
    """The duration that a time-based copy was asked to take at most."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes what moto's snapshot takes."""
        super().__init__(*args, **kwargs)
        of = self.volume
        # moto keeps the volume itself, whose size may change and which may be gone.
        self.volume = SourceVolume(of.id, of.size)
        # moto's CreateSnapshot forgets the key of the volume.
        if self.encrypted and self.kms_key_id is None:
            self.kms_key_id = of.kms_key_id
        self.ebs_id = of.id
        """The id in the encryption context of the snapshot's data key (KMS/services-ebs)."""

    @property
    def progress(self) -> str:
        """How far the snapshot is: moto's is always at its end."""
        work = progress.work_on(self.id)
        if self.status == "completed" or work is None:
            return "100%"
        return f"{work.percent}%"

    @property
    def is_copy(self) -> bool:
        """Whether it was made by CopySnapshot."""
        return self.volume.id == COPIED_FROM_NO_VOLUME

    @property
    def archived(self) -> bool:
        """Whether it lies in the archive, where nothing can be done with it but restore it."""
        return self.tier == "archive"

    @property
    def tier(self) -> str:
        """The storage tier: a temporary restore ends at its expiry time."""
        expired = self.restore_expiry_time is not None and utcnow() >= self.restore_expiry_time
        return "archive" if expired else self.storage_tier


# moto makes its snapshots by this name.
elastic_block_store.Snapshot = Snapshot
