"""Closes ministack's gaps, a module each: it says what AWS does, `tests/cloud/states` tests it.

Importing this imports ministack, which reads its settings then: `__main__` sets them before.
"""

from control_plane import (
    alarms,
    cases,
    clock,
    conditions,
    credentials,
    deliveries,
    descriptions,
    elsewhere,
    endings,
    evaluation,
    histories,
    invoking,
    items,
    limits,
    logs,
    naming,
    nested,
    outputs,
    refusals,
    retries,
    starts,
    steering,
    stops,
    tasks,
    transport,
    turns,
)
from control_plane.maps import state as maps


def mend(resource_plane: str | None = None) -> None:
    """Puts right, in the ministack of this process, what it does otherwise than AWS.

    `resource_plane` is the endpoint of what it does not serve itself.
    """
    # `endings` comes after `retries`: what is stopped while it waits is not tried again. It comes
    # after `maps`: what is stopped runs over no items.
    states = (clock, limits, logs, outputs, retries, nested, maps, endings, starts)
    # What is refused by a test calls nobody: `refusals` comes after `credentials`. What `histories`
    # adds nobody else looks at: it comes first.
    calls = (histories, tasks, credentials, invoking, naming)
    by_tests = (refusals, stops, turns, descriptions, cases)
    events = (alarms, deliveries, steering)
    for gap in (*calls, *states, *by_tests, items, conditions, evaluation, transport, *events):
        gap.mend()
    elsewhere.mend(resource_plane)
