"""The calls that an undisturbed restore makes: the points at which it can be disturbed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

LOOK = re.compile(r"^(sts:AssumeRole|\w+:Describe\w+)$")
"""Calls of which there are more or fewer, as a restore waits longer or less long."""


class Point(NamedTuple):
    """One call, told from others by its action and how many of these came before it."""

    action: str
    nth: int

    @property
    def is_look(self) -> bool:
        """Whether the number of such calls varies from run to run."""
        return bool(LOOK.match(self.action))

    def __str__(self) -> str:
        """As a report names it."""
        return f"{self.action} #{self.nth}"


def points(calls: Iterable[dict[str, Any]], restore_id: str) -> list[Point]:
    """The points of the restore among recorded calls, in their order."""
    seen: Counter[str] = Counter()
    found = []
    for call in calls:
        if _session(call) == restore_id:
            action = f"{call['service']}:{call['action']}"
            seen[action] += 1
            found.append(Point(action, seen[action]))
    return found


def _session(call: dict[str, Any]) -> str | None:
    if call["action"] == "AssumeRole":
        return call["params"].get("RoleSessionName")
    return str(call["callerArn"]).rpartition("/")[2]
