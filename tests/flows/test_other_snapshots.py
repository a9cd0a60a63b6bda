"""A start under the id of one that was stopped, which asks for other snapshots.

What the first has made is never told as made from those.
"""

from dataclasses import replace

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import db_snapshot
from restore.arrange.scene import instant
from restore.example import example
from restore.inventory import Inventory
from stopped import clean_up_after, stop_at

KINDS = {"ec2": "instance", "rds": "DB instance"}


def two_sets(_, scene):
    """The scene asking for the snapshots of an earlier instant, and for the newest."""
    earlier = instant(scene.instance.sets[0].taken_at)
    return scene.asking(source__ec2__at=earlier), scene.asking(source__ec2__at="latest")


def two_snapshots(cloud, scene):
    """The scene, and the same asking for a DB snapshot that has been taken since."""
    taken = db_snapshot(cloud, scene.database)
    other = replace(scene, database=scene.database.with_snapshot(taken))
    return scene, other.asking(source__rds__dbSnapshotIdentifier=taken.identifier)


@pytest.mark.parametrize(
    ("flow", "state", "asked"),
    [
        ("ec2-same-location", "Look at attachments", two_sets),
        ("ec2-same-location", "Look at status checks", two_sets),
        ("rds-same-location", "Look at DB instance", two_snapshots),
    ],
)
def test_what_was_made_of_other_snapshots_is_refused_until_it_is_removed(cloud, flow, state, asked):
    scene, other = asked(cloud, arrange(cloud, example(flow)))
    other = other.now(cloud)
    assert not set(scene.snapshots.values()) & set(other.snapshots.values())
    keep, clean_up = ({"onFailure": it} for it in ("keep", "cleanUp"))
    clean_up_after(cloud, stop_at(cloud, scene.asking(options=keep), state))
    made = Inventory.taken(cloud, [scene.target], [KINDS[scene.service]]).new_since(other.before)
    assert len(made) == 1

    for options in (keep, clean_up):
        refused = expect.run(cloud, other.asking(options=options))

        assert (refused.status, refused.error) == ("FAILED", "Restore.AlreadyExists"), refused.cause
        assert "onFailure `cleanUp`" in refused.cause
        pairs = [(scene.snapshots[it], other.snapshots[it]) for it in scene.snapshots]
        named = [pair for pair in pairs if all(snapshot in refused.cause for snapshot in pair)]
        assert named, refused.cause
        left = Inventory.taken(cloud, [scene.target], [KINDS[scene.service]])
        assert (made <= left.things.keys()) == (options is keep)

    restored = expect.restored(cloud, other)
    expect.ends_as_asked(cloud, other)

    again = expect.restored(cloud, scene)
    assert again.ended.output["target"] == restored.ended.output["target"]
    assert again.ended.output["recoveryPoint"] is None
    expect.ends_as_asked(cloud, other)
