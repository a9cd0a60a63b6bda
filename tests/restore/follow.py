"""Following an execution while it runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from restore.cloud import Cloud
from restore.narrative import Event, Narrative

Told = TypeVar("Told", bound=Narrative)


@dataclass(frozen=True)
class Ended:
    """How an execution ended."""

    arn: str
    status: str
    output: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    cause: str = ""
    narrative: Narrative = field(default_factory=Narrative)

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self.status == "SUCCEEDED"

    def raise_unless_succeeded(self) -> None:
        """Raises with the execution's own words when it did not end well."""
        if not self.succeeded:
            raise RestoreFailed(f"{self.status}: {self.error}: {self.cause}")


class RestoreFailed(Exception):
    """An execution did not end well."""


def follow(
    cloud: Cloud,
    execution: str,
    show: Callable[[Told], None] = lambda narrative: None,
    every: float = 0.3,
    timeout: float = 300,
    narrative: Told | None = None,
) -> Ended:
    """Waits for the end of the execution, showing how far it is each time that it is looked at.

    It is told as a `narrative`, unless as another that is given. An execution that is not waited
    for to its end, because of Ctrl-C or after `timeout` seconds, is stopped.
    """
    narrative = narrative or Narrative()
    deadline = time.monotonic() + timeout
    try:
        while time.monotonic() < deadline:
            described = cloud.step_functions.describe_execution(executionArn=execution)
            narrative.hear(_new_events(cloud, execution, narrative.last_event))
            show(narrative)
            if described["status"] != "RUNNING":
                return _ended(described, narrative)
            time.sleep(every)
    except KeyboardInterrupt:
        cloud.step_functions.stop_execution(executionArn=execution, cause="interrupted")
        raise
    cloud.step_functions.stop_execution(executionArn=execution, cause="nobody waits any more")
    raise RestoreFailed(f"{execution} did not end within {timeout:.0f} s: {narrative.state}")


def _ended(described: dict[str, Any], narrative: Narrative) -> Ended:
    return Ended(
        described["executionArn"],
        described["status"],
        json.loads(described.get("output") or "{}"),
        described.get("error", ""),
        described.get("cause", ""),
        narrative,
    )


def _new_events(cloud: Cloud, execution: str, after: int) -> list[Event]:
    """The events after the one numbered `after`, oldest first.

    They are read from the newest back, so that a look at a long execution stays cheap.
    """
    pages = cloud.step_functions.get_paginator("get_execution_history").paginate(
        executionArn=execution, reverseOrder=True, PaginationConfig={"PageSize": 100}
    )
    events: list[Event] = []
    for page in pages:
        events += [event for event in page["events"] if event["id"] > after]
        if not page["events"] or page["events"][-1]["id"] <= after + 1:
            break
    return events[::-1]
