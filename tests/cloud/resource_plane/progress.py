"""Things take time: the clock by which asynchronous work becomes ready, or fails.

No thread runs. Work is begun with a duration, and how far it is is worked out from the clock
whenever somebody looks: a rule maps that to the states that AWS shows.

    begin("snapshot-copy", snapshot.id, account=call.account, region=call.region)
    …
    work = work_on(snapshot.id)        # None when nothing was ever begun on it
    work.percent                       # 0 … 99, and 100 when done
    work.done                          # the time is over, well or badly
    work.failure                       # how it failed (state, message), once done; else None

A resource id that is not unique over accounts and Regions (a DB snapshot's) is given as its ARN.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from resource_plane import settings
from resource_plane.error import AwsError
from resource_plane.reset import on_reset

_ahead = 0.0


def clock() -> float:
    """Seconds on the clock by which work goes on."""
    return time.monotonic() + _ahead


def elapse(seconds: float) -> None:
    """Lets so many seconds go by at once; dates and sessions stay those of the machine's clock."""
    global _ahead
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 <= seconds <= threading.TIMEOUT_MAX:
        raise AwsError("ValidationException", f"{seconds!r} is not a number of seconds")
    _ahead += seconds


@dataclass(frozen=True)
class Failure:
    """How a piece of work ends badly: the state that AWS shows, and its message."""

    state: str
    message: str


@dataclass
class Work:
    """One piece of asynchronous work on one resource."""

    kind: str
    resource_id: str
    seconds: float
    fate: Failure | None = None
    """What the work will turn out to have failed with, unknown to callers until it is done."""
    started: float = field(default_factory=lambda: clock())

    @property
    def part(self) -> float:
        """How much of the time is over: 0.0 … 1.0."""
        if self.seconds <= 0:
            return 1.0
        return min(1.0, (clock() - self.started) / self.seconds)

    @property
    def done(self) -> bool:
        """Whether the time is over."""
        return self.part >= 1.0

    @property
    def percent(self) -> int:
        """How far the work is: 0 … 99, and 100 only when it is done."""
        return 100 if self.done else min(99, int(self.part * 100))

    @property
    def failure(self) -> Failure | None:
        """How the work failed, once it is done."""
        return self.fate if self.done else None


@dataclass
class _Order:
    """A failure that a test has ordered, for the next work that it matches."""

    kind: str
    failure: Failure
    match: dict[str, Any]
    count: int

    def takes(self, kind: str, facts: dict[str, Any]) -> bool:
        return (
            self.count > 0
            and kind == self.kind
            and all(facts.get(name) == value for name, value in self.match.items())
        )


_under_way: dict[str, Work] = {}
_orders: list[_Order] = []


def begin(
    kind: str,
    resource_id: str,
    *,
    seconds: float | None = None,
    failure: Failure | None = None,
    **facts: Any,
) -> Work:
    """Begins work of `kind` on a resource, in place of any earlier work on it.

    It takes the `seconds` given, else those that the settings hold for its kind. It ends with
    `failure` when one is given (a rule knows already that the work cannot succeed), else with the
    first failure ordered for its kind whose match agrees with `facts` (`account`, `region`, and
    whatever else the rule tells) and with `id`, the resource's id.
    """
    lasts = settings.duration(kind) if seconds is None else seconds
    work = Work(kind, resource_id, lasts, failure)
    if failure is None:
        order = next((o for o in _orders if o.takes(kind, facts | {"id": resource_id})), None)
        if order is not None:
            order.count -= 1
            work.fate = order.failure
    _under_way[resource_id] = work
    return work


def work_on(resource_id: str) -> Work | None:
    """The latest work on a resource."""
    return _under_way.get(resource_id)


def forget(resource_id: str) -> None:
    """Forgets the work on a resource that is gone."""
    _under_way.pop(resource_id, None)


def order_failure(
    kind: str, state: str, message: str, match: dict[str, Any] | None = None, count: int = 1
) -> None:
    """Makes the next `count` works of `kind` that `match` end in `state` with `message`.

    Work already under way on the resource whose id `match` names fails too, and counts.
    """
    match = {} if match is None else match
    if not isinstance(match, dict) or not isinstance(count, int) or count < 1:
        raise AwsError("ValidationException", "match is an object, and count a positive number")
    settings.duration(kind)  # Refuses a kind of work that there is not.
    failure = Failure(state, message)
    work = _under_way.get(str(match.get("id", "")))
    if work is not None and work.kind == kind and not work.done:
        work.fate = failure
        count -= 1
    if count > 0:
        _orders.append(_Order(kind, failure, match, count))


@on_reset
def forget_all() -> None:
    """Forgets all work and all ordered failures."""
    _under_way.clear()
    _orders.clear()
