"""Closes ministack's gaps, a module each: it says what AWS does, `tests/cloud/states` tests it.

Importing this imports ministack, which reads its settings then: `__main__` sets them before.
"""

from control_plane import clock, endings, limits, logs, outputs, refusals, retries, starts, stops


def mend() -> None:
    """Puts right, in the ministack of this process, what it does otherwise than AWS."""
    # `endings` comes after `retries`: what is stopped while it waits is not tried again.
    for gap in (clock, limits, logs, outputs, retries, endings, refusals, starts, stops):
        gap.mend()
