"""In which tasks a restore is stopped, on which way it comes there, and how it is gone on with.

Each flow goes through the tasks of its own; here are those that only some restores come to, and
those that do something else there. No task of the definitions may be missing, but drills' own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from restore.arrange import Scene
from restore.cloud import Cloud

from matrix.case import Act, Case, Expectation
from matrix.cleaning import cleaned_up_again, left_behind, restored_after_all
from matrix.detours import (
    MODIFIED,
    REFUSED_EC2,
    REFUSED_RDS,
    WAYS,
    with_another_class,
    with_another_zone,
)
from matrix.expectations import restored_as_asked, stopped_clean
from matrix.stopping import (
    STRAIGHT_ON,
    Approach,
    stopped_and_cleaned_up_after,
    stopped_and_started_at_once,
)
from matrix.world import World

EC2, RDS = "ec2-cross-account-cross-region", "rds-cross-account-cross-region"
FLOWS = (EC2, RDS)
"""Stopped in all of their tasks."""

AT_ONCE = "at once"
STARTS = {
    "once cleaned up, all kept": (stopped_and_cleaned_up_after, "keep"),
    "once cleaned up": (stopped_and_cleaned_up_after, "cleanUp"),
    AT_ONCE: (stopped_and_started_at_once, "keep"),
}
"""When the same request is started again, and what the first had been asked to do on failure."""


def tasks_of(definition: str) -> set[str]:
    """The tasks of a state machine."""
    path = Path(__file__).parents[2] / "statemachine" / f"{definition}.asl.json"
    states = json.loads(path.read_text())["States"]
    return {name for name, it in states.items() if it["Type"] == "Task"}


OF_DRILLS = {
    "Send command",
    "Look at command",
    "Call validation function",
    "Note what was seen",
    "Tear down",
    "Record drill",
    "Release lease after drill",
}
"""The tasks that no other restore comes to."""


@dataclass(frozen=True)
class Stops:
    """Some tasks, in each of which a restore of a flow, a variant or a detour is stopped."""

    flow: str
    tasks: tuple[str, ...]
    approach: Approach = STRAIGHT_ON
    injections: tuple[dict[str, Any], ...] = ()
    ends: Expectation = restored_as_asked
    starts: tuple[str, ...] = tuple(STARTS)
    """Those of `STARTS` that there are: a stop without a lease is not cleaned up after."""
    earlier: str = ""
    """A flow: a restore of it under the same id has been cut off before."""

    @property
    def count(self) -> int:
        """How many cases there are of it."""
        return len(self.tasks) * len(self.starts)

    def case(self, task: str, when: str) -> Case:
        """It is stopped in the task and started again."""
        act, on_failure = STARTS[when]
        case = Case(
            self.flow,
            f"stopped in {task}, started again {when}",
            self.ends,
            self.injections,
            asking={"options": {"onFailure": on_failure}},
        )
        if self.earlier:
            return replace(case, act_in=lambda world: act(task, self._after_another(world)))
        return replace(case, act=act(task, self.approach))

    def _after_another(self, world: World) -> Approach:
        earlier = world.scene(self.earlier).asking(options={"onFailure": "cleanUp"})

        def begins(cloud: Cloud, scene: Scene) -> Scene:
            left_behind(cloud, earlier.asking(restoreId=scene.restore_id), *MADE[self.flow], *EARLY)
            return scene

        return replace(self.approach, begins=begins)


MADE = {EC2: ("Look at attachments",), RDS: ("Look at DB instance",)}
"""Where a restore has made all there is to it."""

EARLY = ("Name restore",)
"""Where its clean-up has not taken the lease over, and leaves that to who comes next."""


def _after_one_cut_off(flow: str) -> Approach:
    def begins(cloud: Cloud, scene: Scene) -> Scene:
        left_behind(cloud, scene, *MADE[flow], *EARLY)
        return scene

    return Approach(begins)


def _lacking_twice(cloud: Cloud, scene: Scene) -> Scene:
    with_another_class(cloud, scene)
    return with_another_class(cloud, scene)


STAGED = ("Stage snapshots", "Look at staged snapshots")
GRANTED = ("Share snapshots", "Look at shared snapshots", "Clean up")
FAILED = ("Clean up after failure", "Release lease after failure")

NOT_CLEANED_UP = Approach(meanwhile="Lambda.ServiceException 7 times in Clean up")
"""As often as it is tried."""

OFF_THE_WAY = (
    Stops(f"{EC2}, staged and granted", STAGED + GRANTED),
    Stops(f"{RDS}, staged", STAGED),
    Stops(f"{RDS}, granted", GRANTED),
    Stops(
        "ec2, in another zone",
        ("Give up place",),
        Approach(with_another_zone),
        WAYS["ec2, in another zone"].injections,
        WAYS["ec2, in another zone"].expect,
    ),
    Stops(
        "rds, of another class",
        ("Give up DB place",),
        Approach(_lacking_twice),
        ends=WAYS["rds, of another class"].expect,
    ),
    # What it failed of does not last.
    Stops("ec2, after a failure", FAILED, injections=(REFUSED_EC2 | {"times": 1},)),
    Stops("rds, after a failure", FAILED, injections=(MODIFIED, REFUSED_RDS)),
    *(Stops(flow, ("Start clean-up",), NOT_CLEANED_UP) for flow in FLOWS),
    *(
        Stops(
            flow,
            ("Read lease", "Look at its holder"),
            _after_one_cut_off(flow),
            starts=(AT_ONCE,),
        )
        for flow in FLOWS
    ),
    *(Stops(flow, ("Take over lease",), _after_one_cut_off(flow)) for flow in FLOWS),
    Stops(RDS, ("Clean up after earlier run",), earlier="rds-cross-account"),
)
"""The tasks that no flow comes to by itself, and those that do more in a variant."""

CLEAN_UPS = (
    ("Look at execution",),
    ("Name restore",),
    ("Take over its lease",),
    ("Clean up",),
    ("Release lease",),
    ("Clean up", "Read lease"),
    ("Take over its lease", "Look at that clean-up"),
)
"""Where the clean-ups after a restore that was stopped are stopped, one after the other."""

AGAIN: dict[str, tuple[Callable[..., Act], Expectation, str]] = {
    "cleaned up again": (cleaned_up_again, stopped_clean, "cleanUp"),
    "started again": (restored_after_all, restored_as_asked, "cleanUp"),
    "started again, all kept": (restored_after_all, restored_as_asked, "keep"),
}
"""What is done then, how it must end, and what the restore had been asked to do on failure."""


def clean_up_cases() -> Iterator[Case]:
    """A clean-up stopped in each of its tasks, after a restore of each service."""
    for flow in (f"{EC2}, staged and granted", RDS):
        made = MADE[flow.partition(", ")[0]]
        for stops in CLEAN_UPS:
            for how, (act, ends, on_failure) in AGAIN.items():
                yield Case(
                    flow,
                    f"its clean-up stopped in {' and in '.join(stops)}, {how}",
                    ends,
                    asking={"options": {"onFailure": on_failure}},
                    act=act(*made, *stops),
                )
