"""The RTO/RPO table: what was reached, restore by restore, against what the plan asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

Outcome = dict[str, Any]

OBJECTIVES = {"rto": "complete after", "rpo": "oldest data"}
"""What is held against a target, and what is told of it."""

FOUND = "earlier"
"""What is told of a restore that an earlier run had finished, in the place of its status."""

HEAD = ("wave", "restore", "status", "age", "took", "met")


def rows(outcome: Outcome, names: Mapping[str, str]) -> list[tuple[str, ...]]:
    """A row for each restore; `names` tells by its path what it is called.

    It is held against the targets of the plan: whether it could be used within the RTO of the
    recovery's start, and whether its snapshots were no older, at that start, than the RPO. What is
    not known is not told as reached.
    """
    return [
        (
            it["wave"],
            names.get(it["path"], it["path"]),
            FOUND if it.get("foundFinished") else it["status"],
            span(it["rpo"].get("seconds")),
            span(it.get("seconds")),
            _met(it["status"], it["rto"], it["rpo"]),
        )
        for it in outcome["restores"]
    ]


def print_table(outcome: Outcome, names: Mapping[str, str], stream: TextIO) -> None:
    """Writes the rows under their heads, and what the recovery as a whole comes to."""
    table = [HEAD, *rows(outcome, names)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        print(f"  {'  '.join(cells)}".rstrip(), file=stream)
    print(file=stream)
    for name, what in OBJECTIVES.items():
        print(f"  {name.upper()}: {objective(outcome['summary'][name], what)}", file=stream)
    print(f"  left behind: {outcome['summary']['left'] or 'nothing'}", file=stream)


def objective(reached: dict[str, Any], what: str) -> str:
    """What was reached of the RTO or the RPO, in words."""
    target = reached.get("targetMinutes")
    asked = "no target" if target is None else f"target {span(target * 60)}"
    verdict = {True: "met", False: "MISSED"}.get(reached.get("met"), "not known to be met")
    told = f"{what} {span(reached.get('seconds'))}, {asked}"
    return told if target is None else f"{told}: {verdict}"


def span(seconds: float | None) -> str:
    """So many seconds as hours, minutes and seconds."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _met(status: str, *objectives: dict[str, Any]) -> str:
    """Whether what has a target met it, as far as it is known."""
    told = [it.get("met") for it in objectives if "targetMinutes" in it]
    if not told:
        return "-"
    if status != "succeeded" or False in told:
        return "NO"
    return "unknown" if None in told else "yes"
