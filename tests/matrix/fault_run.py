"""One restore that is refused something, and whether it ended as it has to."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import Any

from restore.arrange import Scene
from restore.cloud import Cloud
from restore.follow import Ended
from restore.start import start

from matrix.case import Run
from matrix.execution import ended
from matrix.fault_answers import Answer
from matrix.fault_judge import left_by, problems_of
from matrix.fault_outcomes import Expected
from matrix.fault_sites import Site
from matrix.world import World

DEADLINE_SECONDS = 20
"""Until which is waited for what never comes: longer than planning takes."""

PATIENCE = 240
"""Seconds that a restore may take to end: it may be refused everything eight times over."""

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
    armed = [cloud.steer("POST", "/rules/injections", it.injection(scene)) for it in fault.refusals]
    try:
        end = ended(cloud, start(cloud, scene.request), PATIENCE)
        run = Run(world, scene, end, world.looked_at(scene))
    finally:
        # A clean-up that the end has set off must not meet what is over.
        shown = [
            cloud.steer("DELETE", f"/rules/injections/{one['id']}")["injections"][0]
            for one in armed
        ]
    fired = tuple(one["fired"] for one in shown)
    problems = list(problems_of(run, fault.expected, fault.may_leave))
    problems += [
        f"not met: {it}" for it, count in zip(fault.refusals, fired, strict=True) if not count
    ]
    left = left_by(run)
    after = run.after
    if left and not fault.expected.believed:
        problems += _put_right(run)
        after = world.looked_at(scene)
    world.tidy(scene, after)
    seconds = time.monotonic() - began
    return Result(fault, tuple(problems), fired, seconds, bool(left), scene.restore_id)


def scene_of(world: World, flow: str, **options: object) -> Scene:
    """The flow's example, asked to keep nothing: what stays is then for want of being removed."""
    scene = world.scene(flow)
    wanted = {"keepCopies": False, "onFailure": "cleanUp"} | options
    return scene.asking(options=scene.request.get("options", {}) | wanted)


def _scene(world: World, fault: Fault) -> Scene:
    if fault.expected.status == "TimedOut":
        return scene_of(world, fault.flow, timeoutHours=DEADLINE_SECONDS / 3600)
    return scene_of(world, fault.flow)


def _put_right(run: Run) -> list[str]:
    """What the same request, made again once nothing is refused any more, does not put right."""
    options = run.scene.request.get("options", {}) | {"timeoutHours": 1}
    scene = run.scene.asking(options=options)
    again = _again(run.cloud, scene)
    after = run.world.looked_at(scene)
    found = problems_of(Run(run.world, scene, again, after), Expected("RESTORED"), False)
    return [f"made again: {it}" for it in found]


def _again(cloud: Cloud, scene: Scene, patience: float = 60) -> Ended:
    """The end of the same request, once what still cleans up after the first has ended."""
    deadline = time.monotonic() + patience
    while True:
        end = ended(cloud, start(cloud, scene.request), PATIENCE)
        if end.error != ALREADY_RUNNING or time.monotonic() > deadline:
            return end
        time.sleep(0.5)
