"""Runs a recovery: started from a plan in S3, shown while it runs, read at its end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from restore.check import Finding
from restore.follow import Ended, RestoreFailed, follow

from recovery.account import account_findings, ended_well, targets_met
from recovery.deployed import Deployed
from recovery.live import LiveWaves
from recovery.progress import Progress

Tell = Callable[[str], None]

Plan = dict[str, Any]


@dataclass(frozen=True)
class Recovered:
    """A recovery that has ended, well or badly."""

    plan: Plan
    ended: Ended
    outcome: dict[str, Any]
    """What became of every restore, as it was written to S3."""
    seconds: float

    @property
    def arn(self) -> str:
        """Its execution."""
        return self.ended.arn

    def findings(self) -> list[Finding]:
        """What it says of itself: that it ended well and in time, and accounts for everything."""
        status = self.ended.status
        return [
            Finding("recovery", {"status": "SUCCEEDED"}, {"status": status}, status),
            *account_findings(self.plan, self.outcome),
            ended_well(self.outcome),
            targets_met(self.outcome),
        ]


def recover(
    deployed: Deployed,
    plan: Plan,
    tell: Tell,
    look: Callable[[], None] = lambda: None,
    every: float = 0.3,
    timeout: float = 900,
) -> Recovered:
    """Recovers the plan, shown on standard output; `look` is called as often as it is looked at."""
    began = time.monotonic()
    arn = deployed.start(plan)
    tell(f"started {arn.rsplit(':', 1)[-1]}")
    states, live = deployed.cloud.step_functions, LiveWaves.on(sys.stdout)

    def show(progress: Progress) -> None:
        for run in progress.unfinished_runs:
            progress.saw(states.describe_map_run(mapRunArn=run))
        look()
        live.show(progress)

    ended = follow(deployed.cloud, arn, show, every, timeout, Progress.of(plan))
    outcome = deployed.outcome(ended)
    if outcome is None:
        raise RestoreFailed(f"{ended.status}: {ended.error}: {ended.cause}")
    return Recovered(plan, ended, outcome, time.monotonic() - began)
