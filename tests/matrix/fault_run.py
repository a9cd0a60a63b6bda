"""One restore that is refused something, and whether it ended as it has to."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from restore.arrange import Scene
from restore.cloud import Cloud
from restore.follow import Ended

from matrix.case import Armed, Run
from matrix.detours import STRAIGHT, WAYS, go
from matrix.execution import waits
from matrix.fault_answers import Answer
from matrix.fault_expected import Expected
from matrix.fault_judge import left_by, problems_of
from matrix.fault_outcomes import WAITED_FOR
from matrix.fault_sites import Site
from matrix.world import World

DEADLINE_SECONDS = 20
"""Until which is waited for what never comes: longer than planning takes.

A detour takes twice as long, and so does it until a quota has been met more than once.
"""

QUOTA_SECONDS = 60
"""How long before its deadline a restore gives up what meets a quota: see `step::serve`."""

ALREADY_RUNNING = "Restore.AlreadyRunning"


@dataclass(frozen=True)
class Refusal:
    """What a call is answered instead of what it asks for."""

    site: Site
    answer: Answer
    times: int | None = 1
    """How often; None: forever."""
    path: str = ""

    def injection(self, scene: Scene) -> dict[str, Any]:
        """The body of `POST /rules/injections`.

        Once: of that function's calls. Forever: of all that role's calls there, from it on.
        """
        once = self.times is not None
        match = self.site.own_match if once else self.site.match
        match = match | {"session": scene.restore_id}
        if role := match["params"].get("RoleArn"):
            arns = (scene.request[side].get("roleArn", "") for side in ("source", "target"))
            [arn] = {arn for arn in arns if arn.endswith(f"/{role}")}
            match["params"] = {"RoleArn": arn}
        skip = self.site.skip_own if once else self.site.skip
        rest = {"skip": skip, "times": self.times}
        return self.answer.injection | {"match": match} | rest

    def __str__(self) -> str:
        """As a report names it."""
        often = "forever" if self.times is None else f"{self.times} times"
        return f"{self.site.function} {self.site}: {self.answer.kind} {self.answer.code} {often}"


@dataclass(frozen=True)
class Fault:
    """Refusals in one restore of a flow, and how it has to end."""

    flow: str
    refusals: tuple[Refusal, ...]
    expected: Expected
    may_leave: bool = False
    """Whether the clean-up meets a refusal too, so that something may be told as left."""
    reports: tuple[Refusal, ...] = ()
    """Those that it is about: the others only bring the restore to where these are met."""

    @property
    def waits(self) -> bool:
        """Whether a quota never empties, and is waited for until the deadline."""
        return any(it.path == WAITED_FOR and it.times is None for it in self.refusals)


@dataclass(frozen=True)
class Result:
    """How it came out."""

    fault: Fault
    problems: tuple[str, ...]
    fired: tuple[int, ...] = ()
    """How often each refusal was met."""
    seconds: float = 0.0
    left: bool = False
    """Whether something was left."""
    restore_id: str = ""

    def __str__(self) -> str:
        """One line, for a report."""
        what = " + ".join(map(str, self.fault.refusals)) or "undisturbed"
        return f"{self.fault.flow}: {what}: {'; '.join(self.problems) or 'as expected'}"


def run_fault(world: World, fault: Fault) -> Result:
    """Arranges, refuses, follows and judges one restore, and removes what it brought back."""
    began = time.monotonic()
    try:
        return _run(world, fault, began)
    except Exception as error:
        # The other cases go on; this one has failed, whoever is to blame.
        world.forget()
        trace = traceback.format_exc(limit=-3)
        return Result(fault, (f"{type(error).__name__}: {error}\n{trace}",))


def _run(world: World, fault: Fault, began: float) -> Result:
    cloud, scene = world.cloud, _scene(world, fault)
    way = WAYS.get(fault.flow, STRAIGHT)
    refusals = (it.injection(scene) for it in fault.refusals)
    # A clean-up that the end has set off must not meet what is over.
    with Armed(cloud, scene.restore_id, (*way.injections, *refusals)) as armed:
        end = way.act(cloud, scene)
        run = Run(world, way.seen_as(cloud, scene), end, world.looked_at(scene))
    problems = list(problems_of(run, fault.expected, fault.may_leave))
    problems += _not_met(fault, way.injections, armed.fired)
    fired = armed.fired[len(way.injections) :]
    if fault.waits:
        problems += _not_waited(run, fired)
    left = left_by(run)
    after = run.after
    if left and not fault.expected.believed:
        problems += _put_right(run, run.scene if end.succeeded else scene)
        after = world.looked_at(scene)
    world.tidy(scene, after)
    seconds = time.monotonic() - began
    return Result(fault, tuple(problems), fired, seconds, bool(left), scene.restore_id)


def _not_met(fault: Fault, others: tuple, fired: tuple[int, ...]) -> Iterator[str]:
    met = (*(it["match"]["action"] for it in others), *fault.refusals)
    yield from (f"not met: {it}" for it, count in zip(met, fired, strict=True) if not count)


def _not_waited(run: Run, fired: tuple[int, ...]) -> Iterator[str]:
    """What is not as it should be where something was tried until the deadline, again and again."""
    waited = waits(run.cloud, run.ended.arn, "Restore.QuotaExceeded")
    if min(fired) < ATTEMPTS or sum(waited) < QUOTA_SECONDS:
        yield f"tried {min(fired)} times, with waits of {[round(it) for it in waited]} s between"


ATTEMPTS = 3
"""The least in which a wait for a quota shows; they wait a minute and more, but for jitter."""


def scene_of(world: World, flow: str, **options: object) -> Scene:
    """The flow's example, asked to keep nothing of a failure: what stays then could not go."""
    scene = world.scene(flow)
    wanted = {"onFailure": "cleanUp"} | options
    return scene.asking(options=scene.request.get("options", {}) | wanted)


def _scene(world: World, fault: Fault) -> Scene:
    if fault.expected.status != "TimedOut":
        return scene_of(world, fault.flow)
    seconds = DEADLINE_SECONDS
    if fault.flow in WAYS or fault.waits:
        seconds += DEADLINE_SECONDS
    if fault.waits:
        seconds += QUOTA_SECONDS
    return scene_of(world, fault.flow, timeoutHours=seconds / 3600)


def _put_right(run: Run, scene: Scene) -> list[str]:
    """What the same request, made again once nothing is refused any more, does not put right."""
    options = scene.request.get("options", {}) | {"timeoutHours": 1}
    scene = scene.asking(options=options)
    again = _again(run.cloud, scene)
    after = run.world.looked_at(scene)
    found = problems_of(Run(run.world, scene, again, after), Expected("RESTORED"), False)
    return [f"made again: {it}" for it in found]


def _again(cloud: Cloud, scene: Scene, patience: float = 60) -> Ended:
    """The end of the same request, once what still cleans up after the first has ended."""
    deadline = time.monotonic() + patience
    while True:
        end = go(cloud, scene)
        if end.error != ALREADY_RUNNING or time.monotonic() > deadline:
            return end
        time.sleep(0.5)
