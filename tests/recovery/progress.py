"""How far a recovery is: its waves, and how many restores of each are planned, run and have ended.

Pure: the parent's events and what DescribeMapRun tells in, `Stage`s out. The children of Map Runs
are not in the parent's history: their numbers are read from the Map Runs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from restore.narrative import ENDS, Event, Narrative, answers

MapRun = dict[str, Any]

FAILED = ("failed", "timedOut", "aborted")

PREFLIGHT, SCHEDULE = "Preflight restores", "Schedule waves"
WAVE, AFTER_WAVE = "Run wave", "Account for wave"
"""States of `statemachine/recovery.asl.json` at which a stage begins, and ends."""


@dataclass
class Stage:
    """The preflight, or a wave."""

    name: str
    restores: int
    """As many as the plan has."""
    began: datetime | None = None
    ended: datetime | None = None
    runs: dict[str, MapRun] = field(default_factory=dict)
    """Its Map Runs by their ARNs, as they were last seen."""

    @property
    def counts(self) -> Counter[str]:
        """How many children are in which state, over all of its Map Runs."""
        return sum((Counter(it.get("executionCounts", {})) for it in self.runs.values()), Counter())

    @property
    def running(self) -> int:
        """How many restores are under way."""
        return self.counts["running"]

    @property
    def succeeded(self) -> int:
        """How many have ended well."""
        return self.counts["succeeded"]

    @property
    def failed(self) -> int:
        """How many have ended otherwise."""
        return sum(self.counts[it] for it in FAILED)

    @property
    def done(self) -> int:
        """How many have ended."""
        return self.succeeded + self.failed

    @property
    def is_over(self) -> bool:
        """Whether the recovery has gone on to another stage."""
        return self.ended is not None


@dataclass
class Progress(Narrative):
    """The narrative of a recovery, with its stages."""

    preflight: Stage = field(default_factory=lambda: Stage("preflight", 0))
    waves: list[Stage] = field(default_factory=list)
    _to_run: list[Stage] = field(default_factory=list)
    """The waves that are still to be begun, as they were scheduled."""
    _at: Stage | None = None

    @classmethod
    def of(cls, plan: dict[str, Any]) -> Progress:
        """That of a recovery by this plan, which has not begun."""
        waves = [Stage(it["name"], len(it["restores"])) for it in plan["waves"]]
        return cls(preflight=Stage("preflight", sum(it.restores for it in waves)), waves=waves)

    @property
    def stages(self) -> list[Stage]:
        """All of it, in order."""
        return [self.preflight, *self.waves]

    @property
    def unfinished_runs(self) -> list[str]:
        """The Map Runs that have not been seen to have ended."""
        return [
            arn
            for stage in self.stages
            for arn, run in stage.runs.items()
            if run.get("status", "RUNNING") == "RUNNING"
        ]

    def saw(self, run: MapRun) -> None:
        """Takes in what DescribeMapRun tells."""
        for stage in self.stages:
            if run["mapRunArn"] in stage.runs:
                stage.runs[run["mapRunArn"]] = run

    def _hear(self, event: Event) -> None:
        super()._hear(event)
        kind, when = event["type"], event["timestamp"]
        name = event.get("stateEnteredEventDetails", {}).get("name")
        if kind == "MapRunStarted" and self._at:
            self._at.runs[event["mapRunStartedEventDetails"]["mapRunArn"]] = {}
        elif name == PREFLIGHT:
            self._begin(self.preflight, when)
        elif name == WAVE and self._to_run:
            self._begin(self._to_run.pop(0), when)
        elif name in (SCHEDULE, AFTER_WAVE) or kind in ENDS:
            self._end(when)

    def _answered(self, event: Event) -> None:
        super()._answered(event)
        if self.state == SCHEDULE:
            self._to_run = [self.waves[it["wave"]] for it in next(answers(event))["waves"]]

    def _begin(self, stage: Stage, when: datetime) -> None:
        stage.began, self._at = when, stage

    def _end(self, when: datetime) -> None:
        if self._at:
            self._at.ended, self._at = when, None
