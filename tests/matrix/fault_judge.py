"""What a refused restore left, held against what it says that it left."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from restore.check import end_state
from restore.check.outcome import KEPT, MARK, outcome_findings
from restore.check.remains import ROWS, asked_for, kept_copies
from restore.inventory import Thing
from restore.place import Place

from matrix.case import Run
from matrix.fault_expected import RESTORED, Expected

LISTED_AS = {
    "instance": "instances",
    "volume": "volumes",
    "snapshot": "EBS snapshots",
    "share of a snapshot": "shares",
    "share of a DB snapshot": "DB snapshots",
    "security group": "security groups",
    "DB instance": "DB instances",
    "DB snapshot": "DB snapshots",
}
"""How a clean-up calls what it could not look for; grants it looks for key by key."""

COPYING = {"copy-snapshot", "reencrypt-copy"}
"""Steps without which there may be nothing to keep: who goes on with volumes copies nothing."""

COPY = re.compile(r":snapshot[/:]\S+$")
"""The ARN of a snapshot; that of one that was shared has its permission after it."""

OF_REMAINS = {row for rows in ROWS.values() for row in rows} | {"source as it was"}
"""The findings about what is left, which here are held against what is said of it."""


def problems_of(run: Run, expected: Expected, may_leave: bool) -> Iterator[str]:
    """What is not as it has to be, in words."""
    succeeded = expected.status == RESTORED
    if succeeded != run.ended.succeeded or (
        not succeeded and run.ended.error != f"Restore.{expected.status}"
    ):
        words = f"{run.ended.error}: {run.ended.cause}" if run.ended.error else "RESTORED"
        yield f"ended {run.ended.status} {words}; expected {expected.status}"
        return
    said = told(run)
    if run.ended.succeeded:
        yield from _not_as_asked(run, expected.believed)
    yield from _unsaid(expected, run.ended.cause if not succeeded else said)
    if expected.leaves and not said:
        yield "nothing is told as left"
    if said and not (expected.leaves or may_leave):
        yield f"told as left: {said}"
    if expected.believed:
        return
    shared = run.after.changed_since(run.scene.before)
    for thing in left_by(run):
        kind = f"share of a {thing.kind}" if thing in shared else thing.kind
        name, listed = thing.id, LISTED_AS.get(kind)
        if kind == "grant":
            # It is told by its key and its own name.
            key = run.after.things[thing]["key"]
            name, listed = f"{key} (grant ", f"grants on {key}"
        if not _is_told(name, thing.place, listed, said):
            yield f"left without a word: {thing}"


def told(run: Run) -> str:
    """What is told as left: the outcome's `left`, or what the cause ends with.

    Without the copies that were to be kept and are marked so: those are as asked.
    """
    if run.ended.succeeded:
        left = [it for it in run.ended.output.get("left", []) if it["why"] != KEPT]
        return json.dumps(left) if left else ""
    return run.ended.cause.partition("Left behind: ")[2]


def left_by(run: Run) -> list[Thing]:
    """What is there, or is otherwise than before, and should not be."""
    before, after = run.scene.before, run.after
    new = after.new_since(before)
    if run.ended.succeeded:
        new -= asked_for(run.scene, after)
        new -= {it for it in kept_copies(run.scene, after) if MARK in after.things[it]["tags"]}
    return sorted({*new, *after.changed_since(before)})


def _not_as_asked(run: Run, believed: bool) -> Iterator[str]:
    findings = [
        *(it for it in end_state(run.cloud, run.scene, run.after) if it.what not in OF_REMAINS),
        *outcome_findings(run.cloud, run.scene, run.ended.output),
    ]
    excused = {"cleaned up"} if believed else set()
    if not _has_copied(run.ended.output):
        excused.add("copies kept")
    for it in findings:
        if not it.ok and it.what not in excused:
            yield f"{it.what}: {it.differences}"
    for thing in run.after.gone_since(run.scene.before):
        yield f"gone: {thing}"


def _has_copied(outcome: dict[str, Any]) -> bool:
    """Whether a restore that went on with an earlier run's volumes had, or had found, copies."""
    steps = {it["step"] for it in outcome.get("timeline", [])}
    removed = outcome.get("cleanedUp", [])
    return bool(steps & COPYING) or any(COPY.search(arn) for arn in removed)


def _unsaid(expected: Expected, words: str) -> Iterator[str]:
    for word in expected.says:
        if word not in words:
            yield f"nothing is said of {word}: {words}"


def _is_told(name: str, at: Place, listed: str | None, said: str) -> bool:
    """Whether a thing is named as left, or its place, or its kind there, as not looked at."""
    place = f"what this restore made in {at.account} {at.region}"
    return any(words in said for words in (name, f'"{place}', f'"{listed}: {place}'))
