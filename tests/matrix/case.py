"""One restore that is disturbed, and how it came out."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from restore.arrange import Scene
from restore.cloud import Cloud
from restore.follow import Ended
from restore.inventory import Inventory
from restore.start import start

from matrix.execution import ended, is_held, settled
from matrix.world import World

PATIENCE = 120.0
"""Seconds that a restore may take to end."""


@dataclass(frozen=True)
class Run:
    """A restore that has ended, for an expectation to look at."""

    world: World
    scene: Scene
    ended: Ended
    after: Inventory
    """What there is now where the restore could have made something."""

    @property
    def cloud(self) -> Cloud:
        """The cloud of its world."""
        return self.world.cloud


Expectation = Callable[[Run], list[str]]
"""What is not as it should be at the end, in words; nothing where all is well."""

Act = Callable[[Cloud, Scene], Ended]
"""Starts a restore, and whatever else is done to it; the end of its (last) execution."""


def restore_once(cloud: Cloud, scene: Scene) -> Ended:
    """Starts it and waits for its end."""
    return ended(cloud, start(cloud, scene.request), PATIENCE)


@dataclass(frozen=True)
class Case:
    """A flow, what is injected into its calls, and how that must end."""

    flow: str
    name: str
    """What is done to it, in a few words: unique within the flow."""
    expect: Expectation
    injections: tuple[dict[str, Any], ...] = ()
    """Bodies of `POST /rules/injections`; each is made to match this restore's calls alone.

    Their `after` is the place of an earlier one among them.
    """
    asking: dict[str, Any] = field(default_factory=dict)
    """Other values of the request: see `Scene.asking`."""
    act: Act = restore_once
    act_in: Callable[[World], Act] | None = None
    """In its place, of what is done with something that is arranged in the same world."""
    stays_held: bool = False
    """Whether its lease is held at the end, though nobody works under it: stale from then on."""
    may_miss: frozenset[int] = frozenset()
    """The injections (by their place) whose call the restore may end without: looks, of which there
    are more or fewer as time goes by."""


@dataclass(frozen=True)
class Outcome:
    """How a case came out."""

    case: Case
    problems: tuple[str, ...]
    restore_id: str = ""
    fired: tuple[int, ...] = ()
    """How often each injection fired."""
    ended: Ended | None = None
    seconds: float = 0.0

    @property
    def reached(self) -> bool:
        """Whether every injection has fired: else it has shown nothing."""
        return len(self.fired) == len(self.case.injections) and all(self.fired)

    @property
    def passed(self) -> bool:
        """Whether it was disturbed as it should be and ended as it should."""
        return self.reached and not self.problems

    @property
    def failed(self) -> bool:
        """Whether something is wrong: a call that is not reached is, unless it may be missed."""
        missed = {place for place, times in enumerate(self.fired) if not times}
        return bool(self.problems) or not missed <= self.case.may_miss

    def __str__(self) -> str:
        """One line, for a report."""
        words = list(self.problems) if self.reached else ["not reached", *self.problems]
        return f"{self.case.flow}: {self.case.name}: {'; '.join(words) or 'passed'}"


def run(world: World, case: Case) -> Outcome:
    """Arranges, disturbs, follows and checks one restore, and removes what it brought back."""
    began = time.monotonic()
    try:
        return _run(world, case, began)
    except Exception as error:
        # The other cases go on; this one has failed, whoever is to blame.
        world.forget()
        trace = traceback.format_exc(limit=-3)
        return Outcome(case, (f"{type(error).__name__}: {error}\n{trace}",))


def _run(world: World, case: Case, began: float) -> Outcome:
    # Before the scene: what is arranged now is there before the restore.
    act = case.act_in(world) if case.act_in else case.act
    cloud, scene = world.cloud, world.scene(case.flow).asking(**case.asking)
    with Armed(cloud, scene.restore_id, case.injections) as armed:
        end = act(cloud, scene)
        problems = []
    if case.stays_held:
        if not is_held(cloud, scene.restore_id):
            problems.append("its lease is held no more")
    elif end.succeeded and is_held(cloud, scene.restore_id) != keeps_its_lease(end):
        problems.append(f"its lease is {'no more' if keeps_its_lease(end) else 'still'} held")
    elif not end.succeeded and not settled(cloud, scene.restore_id):
        problems.append("its lease is held, and so its clean-up has not ended")
    after = world.looked_at(scene)
    problems += case.expect(Run(world, scene, end, after))
    world.tidy(scene, after)
    seconds = time.monotonic() - began
    return Outcome(case, tuple(problems), scene.restore_id, armed.fired, end, seconds)


def keeps_its_lease(end: Ended) -> bool:
    """Whether a restore that succeeded says that it keeps its lease."""
    return any(left["resource"].startswith("the lease of ") for left in end.output.get("left", []))


class Armed:
    """Injections that wait for the calls of one restore, within the block."""

    def __init__(self, cloud: Cloud, restore_id: str, injections: tuple[dict[str, Any], ...]):
        """Makes them match the restore's sessions."""
        self._cloud = cloud
        self._wanted = [
            one | {"match": one.get("match", {}) | {"session": restore_id}} for one in injections
        ]
        self._ids: list[int] = []
        self.fired: tuple[int, ...] = ()
        """How often each has fired, once they are disarmed."""

    def __enter__(self) -> Armed:
        """Arms them."""
        for one in self._wanted:
            after = {"after": self._ids[one["after"]]} if "after" in one else {}
            self._ids.append(self._cloud.steer("POST", "/rules/injections", one | after)["id"])
        return self

    def __exit__(self, *_: object) -> None:
        """Disarms them, and sees how often each has fired."""
        shown = [
            one
            for number in self._ids
            for one in self._cloud.steer("DELETE", f"/rules/injections/{number}")["injections"]
        ]
        self.fired = tuple(one["fired"] for one in shown)
