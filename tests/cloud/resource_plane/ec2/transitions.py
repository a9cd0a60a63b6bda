"""What becomes of resources when the work on them is done.

`after` begins work (see `progress`) and says what is to happen at its end. Nothing happens by
itself: before the rules of any EC2 call, all that has become due since is applied, in the order
of its due times, so that every call sees the resources as they are at its moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from resource_plane import progress, settings
from resource_plane.frame import Call, Proceed, rule
from resource_plane.progress import Failure, Work
from resource_plane.reset import on_reset

Effect = Callable[[Work], None]

SWIFT = 0.3
"""Seconds for what takes AWS seconds rather than minutes."""

settings.declare_duration("attachment", SWIFT)
settings.declare_duration("detachment", SWIFT)
settings.declare_duration("volume-deletion", SWIFT)
settings.declare_duration("volume-modification")
settings.declare_duration("volume-optimization")
settings.declare_duration("instance-stop")
settings.declare_duration("instance-termination")
settings.declare_duration("instance-status")
settings.declare_duration("ssm-agent")
settings.declare_duration("snapshot-tier")


@dataclass
class _Transition:
    work: Work
    effect: Effect

    @property
    def due(self) -> float:
        return self.work.started + self.work.seconds


_waiting: dict[str, _Transition] = {}


def after(
    kind: str,
    resource_id: str,
    effect: Effect,
    *,
    failure: Failure | None = None,
    following: Work | None = None,
    **facts: Any,
) -> Work:
    """Begins work of `kind`, at whose end `effect` is called with it.

    It takes the place of whatever work was under way on `resource_id`. Work `following` another
    begins when that one was done, which may be some time before anybody looked.
    """
    work = progress.begin(kind, resource_id, failure=failure, **facts)
    if following is not None:
        work.started = following.started + following.seconds
    _waiting[resource_id] = _Transition(work, effect)
    return work


def later(seconds: float, name: str, effect: Callable[[], None]) -> None:
    """Lets `effect` happen after `seconds` of AWS's time; it is no work, and nobody sees it."""
    work = Work("memory", name, seconds / settings.pace())
    _waiting[name] = _Transition(work, lambda _: effect())


def cancel(resource_id: str) -> None:
    """Leaves undone what was to become of a resource."""
    _waiting.pop(resource_id, None)
    progress.forget(resource_id)


def settle() -> None:
    """Applies all that is due, and what that makes due in turn."""
    while due := [one for one in _waiting.values() if one.work.done]:
        first = min(due, key=lambda one: one.due)
        del _waiting[first.work.resource_id]
        first.effect(first.work)


@rule("ec2", "*")
def settled(_: Call, proceed: Proceed) -> Any:
    """Every call finds all settled that was due when it came."""
    settle()
    return proceed()


@on_reset
def forget_all() -> None:
    """Forgets all that was to come."""
    _waiting.clear()
