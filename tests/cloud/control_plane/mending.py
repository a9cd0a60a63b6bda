"""Closes ministack's gaps, a module each: it says what AWS does, `tests/cloud/states` tests it.

Importing this imports ministack, which reads its settings then: `__main__` sets them before.
"""

from control_plane import (
    clock,
    conditions,
    endings,
    evaluation,
    invoking,
    limits,
    logs,
    nested,
    outputs,
    refusals,
    retries,
    starts,
    stops,
    tasks,
)
from control_plane.maps import state as maps


def mend() -> None:
    """Puts right, in the ministack of this process, what it does otherwise than AWS."""
    # `endings` comes after `retries`: what is stopped while it waits is not tried again. It comes
    # after `maps`: what is stopped runs over no items.
    states = (clock, limits, logs, outputs, retries, nested, maps, endings, refusals, starts, stops)
    calls = (tasks, invoking)
    for gap in (*calls, *states, conditions, evaluation):
        gap.mend()
