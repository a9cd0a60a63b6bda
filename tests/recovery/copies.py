"""How many copies were under way at the same time, by the calls that the resource plane recorded.

Pure. A copy is under way from the call that began it for as long as the plane lets copies last; one
that was refused never was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from restore.check.calls import operation

from recovery.overlap import most_at_once

Call = dict[str, Any]

SLOW = {"RequestLimitExceeded", "Throttling", "ThrottlingException"}
"""By which codes calls are refused that come too fast."""

FULL = {"ResourceLimitExceeded", "SnapshotQuotaExceeded"}
"""By which copies are refused that are too many."""

LATE = 0.05
"""Seconds within which a call that has begun a copy is recorded. A copy is counted for so much less
than it lasts: else one that takes the place of another could be counted beside it."""


class Kind(NamedTuple):
    """How the plane names the quota of copies from other Regions, and their duration."""

    limit: str
    work: str


KINDS = {
    "ec2:CopySnapshot": Kind("snapshotCopies", "snapshot-copy"),
    "rds:CopyDBSnapshot": Kind("dbSnapshotCopies", "db-snapshot-copy"),
}


@dataclass
class Copies:
    """The copies between Regions that were begun, by operation and destination."""

    begun: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    """Copies that met the quota, by operation."""
    throttled: int = 0
    calls: int = 0
    last_call: int = 0

    def hear(self, calls: Iterable[Call]) -> None:
        """Takes in calls, oldest first; those heard before are passed over."""
        for call in calls:
            if call["n"] > self.last_call:
                self.last_call = call["n"]
                self._hear(call)

    def peaks(self, lasting: dict[str, float]) -> dict[str, int]:
        """The most at the same time to one destination, by operation, if a copy lasts so long."""
        peaks = dict.fromkeys(KINDS, 0)
        for (what, _, _), began in self.begun.items():
            peaks[what] = max(peaks[what], peak(began, lasting[KINDS[what].work] - LATE))
        return peaks

    def count(self, what: str) -> int:
        """How many copies this operation has begun."""
        return sum(len(began) for (name, _, _), began in self.begun.items() if name == what)

    def _hear(self, call: Call) -> None:
        what, outcome = operation(call), call["outcome"]
        self.calls += 1
        self.throttled += outcome in SLOW
        if what not in KINDS or _source_region(call) == call["region"]:
            return
        if outcome in FULL:
            self.refused[what] += 1
        elif outcome == "ok":
            when = datetime.fromisoformat(call["time"]).timestamp()
            to = (what, call["account"], call["region"])
            self.begun.setdefault(to, []).append(when)


def _source_region(call: Call) -> str:
    """EC2 is told it, RDS sees it in the ARN of a snapshot that is not in its own."""
    params = call["params"]
    arn = params.get("SourceDBSnapshotIdentifier", "").split(":")
    return params.get("SourceRegion") or (arn[3] if len(arn) > 3 else call["region"])


def peak(began: Iterable[float], lasts: float) -> int:
    """The most intervals of this length that overlap."""
    return most_at_once((start, start + lasts) for start in began)
