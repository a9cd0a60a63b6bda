"""A Map Run: so many children at once, until every item is done or too many have failed."""

import threading
from dataclasses import dataclass
from functools import partial

from ministack.services import stepfunctions as states

from control_plane import endings
from control_plane.maps.processor import Processor

AT_ONCE = 1_000
"""Where no `MaxConcurrency` is given: AWS runs up to 10,000, more than one machine bears."""

STOPPED = "The Map Run has ended."
"""Why a child was stopped. AWS gives a cause too, in words that are not documented."""

COUNTS = {
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timedOut",
    "ABORTED": "aborted",
}
OTHER_COUNTS = ("resultsWritten", "failuresNotRedrivable", "pendingRedrive")


@dataclass
class Tolerated:
    """The failures that a Map Run tolerates; none where neither is given."""

    count: int | None
    percentage: float | None

    def exceeded_by(self, failed: int, total: int) -> bool:
        """Whether `failed` items of `total` are more than either tolerates.

        "If you specify both values, the workflow fails when it exceeds either value"
        (SFN/state-map-distributed, "Failure thresholds").
        """
        limits = []
        if self.count is not None:
            limits.append(failed > self.count)
        if self.percentage is not None:
            limits.append(failed * 100 > self.percentage * total)
        return any(limits) if limits else failed > 0


class MapRun:
    """One run of a distributed Map state."""

    def __init__(
        self, parent: dict, processor: Processor, concurrency: int, tolerated: Tolerated
    ) -> None:
        """Makes the Map Run known; `run` runs it."""
        self.parent = parent
        self.processor = processor
        self.tolerated = tolerated
        self.arn = processor.map_run_arn()
        self.children: list[dict] = []
        """Those started, in the order of their items."""
        self.inputs: list[str] = []
        self._changed = threading.Condition()
        self.record = {
            "mapRunArn": self.arn,
            "executionArn": parent["executionArn"],
            "status": "RUNNING",
            "startDate": states.now_iso(),
            "maxConcurrency": concurrency,
            "toleratedFailurePercentage": float(tolerated.percentage or 0),
            "toleratedFailureCount": tolerated.count or 0,
            "itemCounts": {},
            "executionCounts": {},
            "redriveCount": 0,
            "_stateMachineArn": processor.arn,
        }
        self._counts = dict.fromkeys(["pending", "running", "total"], 0)
        self._counts |= dict.fromkeys([*COUNTS.values(), *OTHER_COUNTS], 0)
        # Without batches every child has one item.
        self.record |= {"itemCounts": self._counts, "executionCounts": self._counts}
        states._map_runs[self.arn] = self.record
        started = {"mapRunStartedEventDetails": {"mapRunArn": self.arn}}
        states._add_event(parent, "MapRunStarted", started)

    @property
    def pending(self) -> list[str]:
        """The inputs of the children that were never started."""
        return self.inputs[len(self.children) :]

    def run(self, inputs: list[str]) -> None:
        """Runs a child for each of `inputs`, and returns when they have ended.

        When the failures exceed what is tolerated, or the parent ends, no other is started and
        those that run are stopped.
        """
        self.inputs = inputs
        self._counts |= {"total": len(inputs), "pending": len(inputs)}
        endings.watch(self.parent, self._wake)
        while self._awaits_turn():
            self._start_next()
        for child in self.children:
            endings.stop(child, STOPPED)

    def raise_if_exceeded(self) -> None:
        """Raises what AWS fails the state with, for no tolerance as for some (as recorded)."""
        if self._exceeded():
            raise states._ExecutionError(
                "States.ExceedToleratedFailureThreshold",
                "The specified tolerated failure threshold was exceeded",
            )

    def succeed(self) -> None:
        """Ends the Map Run."""
        self._end("SUCCEEDED" if self.parent["status"] == "RUNNING" else "ABORTED")
        if self.record["status"] == "SUCCEEDED":
            states._add_event(self.parent, "MapRunSucceeded")

    def fail(self, error: Exception) -> None:
        """Ends the Map Run with `error`, or as stopped if its parent was."""
        self._end("FAILED" if self.parent["status"] == "RUNNING" else "ABORTED")
        if self.record["status"] == "FAILED":
            details = {"error": error.error, "cause": error.cause}
            states._add_event(self.parent, "MapRunFailed", {"mapRunFailedEventDetails": details})

    def _end(self, status: str) -> None:
        self._counts["resultsWritten"] = self._counts["total"]
        self.record |= {"status": status, "stopDate": states.now_iso()}

    def _awaits_turn(self) -> bool:
        """Waits until another child may start; false when none will."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over() or self._has_room())
            return not self._is_over()

    def _is_over(self) -> bool:
        counts = self._counts
        done = not counts["pending"] and not counts["running"]
        return done or self.parent["status"] != "RUNNING" or self._exceeded()

    def _has_room(self) -> bool:
        # Read each time: UpdateMapRun changes it.
        room = self.record["maxConcurrency"] or AT_ONCE
        return self._counts["pending"] > 0 and self._counts["running"] < room

    def _exceeded(self) -> bool:
        # "The total number of failed or timed out items" (SFN/state-map-distributed): one that
        # somebody stops is neither.
        failed = self._counts["failed"] + self._counts["timedOut"]
        return self.tolerated.exceeded_by(failed, self._counts["total"])

    def _start_next(self) -> None:
        child = self.processor.start(self.inputs[len(self.children)], self.arn, self.parent)
        with self._changed:
            self.children.append(child)
            self._counts["pending"] -= 1
            self._counts["running"] += 1
        endings.watch(child, partial(self._count, child))
        self.processor.begin(child)

    def _count(self, child: dict) -> None:
        with self._changed:
            self._counts["running"] -= 1
            self._counts[COUNTS[child["status"]]] += 1
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
