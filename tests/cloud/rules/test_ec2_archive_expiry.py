"""A temporary restore from the archive ends at its time."""

from datetime import datetime, timedelta
from types import SimpleNamespace

from moto.core.utils import utcnow
from resource_plane.ec2.snapshots.model import Snapshot, SourceVolume


def restored_until(expiry: datetime) -> Snapshot:
    backend = SimpleNamespace(account_id="111122223333")
    snapshot = Snapshot(backend, "snap-1", SourceVolume("vol-1", 1), "")
    snapshot.restore_expiry_time = expiry
    return snapshot


def test_until_then_the_snapshot_can_be_used_and_then_no_more():
    now, hour = utcnow(), timedelta(hours=1)

    assert (restored_until(now + hour).tier, restored_until(now + hour).archived) == (
        "standard",
        False,
    )
    assert (restored_until(now - hour).tier, restored_until(now - hour).archived) == (
        "archive",
        True,
    )
