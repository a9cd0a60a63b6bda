"""The RTO/RPO table: what was reached, restore by restore, against what the plan asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TextIO

Outcome = dict[str, Any]

HEAD = ("wave", "restore", "status", "age", "took", "met")


def rows(outcome: Outcome, names: Mapping[str, str]) -> list[tuple[str, ...]]:
    """A row for each restore; `names` tells by its path what it is called.

    Its targets are met if it ended within the plan's RTO of the recovery's start, and if its
    snapshots were no older, at that start, than the plan's RPO. What is not known is not told as
    reached.
    """
    summary = outcome["summary"]
    began = datetime.fromisoformat(summary["startedAt"])
    rto, rpo = (summary[it].get("targetMinutes") for it in ("rto", "rpo"))
    return [
        (
            it["wave"],
            names.get(it["path"], it["path"]),
            it["status"],
            span(it.get("recoveryPointAgeSeconds")),
            span(it.get("seconds")),
            _met(
                it,
                (_after(began, it.get("endedAt")), rto),
                (it.get("recoveryPointAgeSeconds"), rpo),
            ),
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
    for name, what in (("rto", "complete after"), ("rpo", "oldest data")):
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


def _after(began: datetime, ended: str | None) -> float | None:
    return None if ended is None else (datetime.fromisoformat(ended) - began).total_seconds()


def _met(restore: dict[str, Any], *held: tuple[float | None, int | None]) -> str:
    """Whether what was measured is within its target in minutes, for each that has one."""
    targets = [(measured, minutes * 60) for measured, minutes in held if minutes is not None]
    if not targets:
        return "-"
    if restore["status"] != "succeeded":
        return "NO"
    if any(measured is None for measured, _ in targets):
        return "unknown"
    return "yes" if all(measured <= most for measured, most in targets) else "NO"
