"""An execution's history told as a story: which task it is at, what that waits for, how far.

Pure: events in, `Chapter`s out. A polling loop is one chapter, however often it turns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Event = dict[str, Any]

ENDS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


@dataclass
class Chapter:
    """One task of the execution, with all its turns where it is asked again and again."""

    state: str
    began: datetime
    ended: datetime | None = None
    turns: int = 0
    percent: float | None = None
    waiting_for: str = ""
    """What the task's last answer waits for, in its own words."""
    error: str | None = None
    retries: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the execution has gone on to another task."""
        return self.ended is not None


@dataclass
class Narrative:
    """What has happened so far, in the order in which the tasks were first entered."""

    chapters: list[Chapter] = field(default_factory=list)
    state: str | None = None
    """The task or the wait that the execution is in: the states that take time."""
    end: str | None = None
    last_event: int = 0

    def hear(self, events: Iterable[Event]) -> None:
        """Takes in events, oldest first; those heard before are passed over."""
        for event in events:
            if event["id"] > self.last_event:
                self.last_event = event["id"]
                self._hear(event)

    @property
    def current(self) -> Chapter | None:
        """The task that the execution is at, or that the state it is in belongs to."""
        return self.chapters[-1] if self.chapters else None

    def _hear(self, event: Event) -> None:
        kind, when = event["type"], event["timestamp"]
        if kind in ENDS:
            self.end = ENDS[kind]
            self._close(when)
        elif kind in ("TaskStateEntered", "WaitStateEntered"):
            self.state = event["stateEnteredEventDetails"]["name"]
            if kind == "TaskStateEntered":
                self._enter(self.state, when)
        elif kind in ("TaskSucceeded", "LambdaFunctionSucceeded"):
            self._answered(event)
        elif kind in ("TaskFailed", "LambdaFunctionFailed", "TaskTimedOut"):
            self._failed(event)

    def _enter(self, state: str, when: datetime) -> None:
        current = self.current
        if current is None or current.state != state:
            self._close(when)
            self.chapters.append(Chapter(state, when))
        self.chapters[-1].turns += 1

    def _close(self, when: datetime) -> None:
        if self.current and not self.current.is_over:
            self.current.ended = when

    def _answered(self, event: Event) -> None:
        chapter = self.current
        if chapter is None:
            return
        chapter.error = None
        answer = next(answers(event), {})
        percent = answer.get("percent")
        chapter.percent = percent if isinstance(percent, int | float) else None
        chapter.waiting_for = str(answer.get("waitingFor") or "")

    def _failed(self, event: Event) -> None:
        details = _details(event)
        if self.current:
            self.current.error = f"{details.get('error')}: {_words(details.get('cause'))}"
            self.current.retries += 1


def _details(event: Event) -> dict[str, Any]:
    return next((it for name, it in event.items() if name.endswith("EventDetails")), {})


def answers(event: Event) -> Iterator[dict[str, Any]]:
    """What the function answered, whether the task calls it directly or through `lambda:invoke`."""
    try:
        output = json.loads(_details(event).get("output", ""))
    except ValueError:
        return
    if isinstance(output, dict):
        payload = output.get("Payload", output)
        if isinstance(payload, dict):
            yield payload


def _words(cause: str | None) -> str:
    """A failure's cause in words: Lambda wraps what a function says of its error into JSON."""
    try:
        wrapped = json.loads(cause or "")
    except ValueError:
        return str(cause)
    return str(wrapped.get("errorMessage", cause)) if isinstance(wrapped, dict) else str(cause)
