"""What the tests of the flows expect of an execution, in their own words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from restore.arrange import Scene, arrange
from restore.check import check, end_state
from restore.check.calls import COPIES, by_roles, is_dry, operation
from restore.check.remains import asked_for
from restore.cloud import Cloud, Role
from restore.example import example
from restore.follow import Ended, follow
from restore.inventory import Inventory
from restore.start import start

FOR_THE_ID = {"Name restore", "Take lease", "Record plan", "Release lease"}
"""The tasks by which an execution holds its id: the same for every restore."""

ON_THE_PATH = {
    "Stage snapshots",
    "Share snapshots",
    "Copy snapshots into target account",
    "Copy snapshots",
    "Re-encrypt copy",
}
"""The tasks that bring snapshots to where the instance is made."""

READS = re.compile(r"^(sts:AssumeRole|iam:SimulatePrincipalPolicy|\w+:(Describe|List|Get)\w+)$")


@dataclass(frozen=True)
class Restored:
    """A restore that ended well, and what it was started with."""

    scene: Scene
    ended: Ended

    @property
    def tasks(self) -> list[str]:
        """The tasks of the path it took, without those for its id and the looks in between."""
        states = [chapter.state for chapter in self.ended.narrative.chapters]
        return [it for it in states if it not in FOR_THE_ID and not it.startswith("Look at ")]


def run(cloud: Cloud, scene: Scene, case: str = "") -> Ended:
    """Starts the scene's request and waits for the end, good or bad; disturbed as the case says."""
    return follow(cloud, start(cloud, scene.request, case))


def restored(cloud: Cloud, scene: Scene) -> Restored:
    """Runs a restore that must end well."""
    ended = run(cloud, scene)
    ended.raise_unless_succeeded()
    return Restored(scene, ended)


def restored_example(cloud: Cloud, flow: str) -> Restored:
    """Runs the example of the flow on a source made for it."""
    return restored(cloud, arrange(cloud, example(flow)))


def as_asked(cloud: Cloud, restore: Restored) -> None:
    """Every check of `make restore` passes."""
    findings = check(cloud, restore.scene, restore.ended.output)
    assert {it.what: it.differences for it in findings if not it.ok} == {}


def ends_as_asked(cloud: Cloud, scene: Scene) -> None:
    """Every check of the end state passes, however it came about."""
    findings = list(end_state(cloud, scene))
    assert {it.what: it.differences for it in findings if not it.ok} == {}


def end_as_asked_beside_each_other(cloud: Cloud, *scenes: Scene) -> None:
    """Restores that ran at once have made what was asked of each, and nothing else is there."""
    after = Inventory.taken(cloud)
    for scene in scenes:
        others = {it for one in scenes if one is not scene for it in asked_for(one, after)}
        before = scene.before.things | {it: after.things[it] for it in others}
        findings = list(end_state(cloud, replace(scene, before=Inventory(before)), after))
        assert {it.what: it.differences for it in findings if not it.ok} == {}


def doubles_nothing(cloud: Cloud, restore: Restored) -> None:
    """The same request under the same id ends well again, by way of no snapshot, and leaves
    everything as it is.
    """
    before = Inventory.taken(cloud)
    again = restored(cloud, restore.scene)
    assert again.ended.output["target"] == restore.ended.output["target"]
    assert ON_THE_PATH.isdisjoint(again.tasks)
    unchanged_since(cloud, before)
    ends_as_asked(cloud, restore.scene)


def unchanged_since(cloud: Cloud, before: Inventory) -> None:
    """Nothing has been made, removed or changed in any account or Region."""
    after = Inventory.taken(cloud)
    assert after.new_since(before) == set()
    assert after.gone_since(before) == set()
    assert after.changed_since(before) == {}


def no_grant_left(cloud: Cloud, before: Inventory) -> None:
    """There is no grant on any key that there was not before."""
    new = Inventory.taken(cloud).new_since(before)
    assert {thing for thing in new if thing.kind == "grant"} == set()


def refused(cloud: Cloud, scene: Scene, error: str, *words: str) -> Ended:
    """The execution fails as `error`, with a cause that has `words`, and has only read."""
    since = cloud.last_call()
    ended = run(cloud, scene)
    assert (ended.status, ended.error) == ("FAILED", error), ended.cause or ended.output
    for word in words:
        assert word in ended.cause
    only_read(cloud, since)
    return ended


def copies(cloud: Cloud, scene: Scene, role: Role) -> list[dict[str, Any]]:
    """What the role asked for in the calls by which it copied snapshots, in their order."""
    return [
        call["params"]
        for call in by_roles(cloud.calls(scene.calls_before))
        if operation(call) in COPIES and call["roleArn"] == role.arn and not is_dry(call)
    ]


def only_read(cloud: Cloud, since: int) -> None:
    """No call that could change anything was even tried."""
    made = {operation(call) for call in by_roles(cloud.calls(since)) if not is_dry(call)}
    assert {it for it in made if not READS.match(it)} == set()
