"""The states that DB instances and DB snapshots pass through, one stage after the other.

A resource's course is a row of stages, each with the status that AWS shows while it lasts and
the kind of work (see `progress`) that its length and its failures are set by. Nothing runs: every
RDS call first lets all courses catch up with the clock. A stage begins when the one before it
ended, however late anybody looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from moto.rds.models import RDSBaseModel

from resource_plane import progress, settings
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Failure
from resource_plane.reset import on_reset

Moment = float
"""A reading of `progress.clock`."""
Ended = Callable[[Moment], None]

for _kind in (
    "db-snapshot-copy",
    "db-instance-modification",
    "db-instance-deletion",
):
    settings.declare_duration(_kind)


CREATING = "creating"
"""The stage after whose good end a resource `is_made`."""


@dataclass(frozen=True)
class Stage:
    """A status that lasts as long as work of `kind`, and what its good end brings about."""

    status: str
    kind: str
    ended: Ended = lambda moment: None
    fate: Failure | None = None
    """How the stage will turn out to have failed, where that is known."""


class Course:
    """The stages that a resource has yet to pass, the first of them under way."""

    def __init__(
        self, resource: RDSBaseModel, stages: Iterable[Stage], failed: Ended, begun: Moment | None
    ) -> None:
        """Begins the first stage, now or in the past."""
        self.resource = resource
        self.arn = resource.arn
        self.stages = deque(stages)
        self.failed = failed
        self._begin(begun)

    def _begin(self, moment: Moment | None) -> None:
        stage = self.stages[0]
        self.resource.status = stage.status
        if stage.status == CREATING:
            self.resource.is_made = False
        work = progress.begin(
            stage.kind,
            self.arn,
            failure=stage.fate,
            account=self.resource.account_id,
            region=self.resource.region,
            identifier=self.resource.resource_id,
            status=stage.status,
        )
        if moment is not None:
            work.started = moment

    def catch_up(self) -> bool:
        """Ends the present stage if its time is over; False while it lasts."""
        work = progress.work_on(self.arn)
        if work is None or not work.done:
            return False
        moment = work.started + work.seconds
        if work.failure is not None:
            stop(self.arn)
            self.resource.status = work.failure.state
            self.failed(moment)
            return True
        stage = self.stages.popleft()
        if stage.status == CREATING:
            self.resource.is_made = True
        if self.stages:
            stage.ended(moment)
            self._begin(moment)
            return True
        stop(self.arn)
        self.resource.status = "available"
        stage.ended(moment)
        return True


_courses: dict[str, Course] = {}


def start(
    resource: RDSBaseModel,
    *stages: Stage,
    failed: Ended = lambda moment: None,
    begun: Moment | None = None,
) -> None:
    """Sets a resource on a course of stages, after which it is `available`.

    A stage that fails ends the course in the status that its failure names, and `failed` is told.
    What a stage's `ended` does may change that last status, or start another course.
    """
    stop(resource.arn)
    _courses[resource.arn] = Course(resource, stages, failed, begun)


def stop(arn: str) -> None:
    """Leaves a resource in the status that it has."""
    _courses.pop(arn, None)
    progress.forget(arn)


def percent(resource: RDSBaseModel) -> int:
    """How far the stage of a resource is: 100 when it rests in a good state, 0 in a bad one."""
    work = progress.work_on(resource.arn)
    if resource.arn in _courses and work is not None:
        return work.percent
    return 100 if resource.status == "available" else 0


def fail_now(resource: RDSBaseModel, state: str) -> None:
    """Ends what a resource is going through, badly and at once."""
    course = _courses.get(resource.arn)
    if course is None:
        return
    stop(resource.arn)
    resource.status = state
    course.failed(progress.clock())


def settle() -> None:
    """Lets everything catch up with the clock."""
    while any([course.catch_up() for course in list(_courses.values())]):
        pass


@rule("rds", "*")
def as_time_passes(call: Call, proceed: Proceed) -> Any:
    """RDS's resources change while nobody looks."""
    settle()
    return proceed()


@on_reset
def forget_courses() -> None:
    """Forgets what everything was going through."""
    _courses.clear()
