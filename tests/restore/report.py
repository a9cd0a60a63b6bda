"""The result of a restore as a short table, and of several as a summary."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any, TextIO

from restore.check import Finding

WIDTH = 80
LABEL = 22


@dataclass(frozen=True)
class Result:
    """How one flow came out."""

    flow: str
    seconds: float
    findings: list[Finding] = field(default_factory=list)
    error: str = ""
    """Why there is nothing to check, in words."""

    @property
    def ok(self) -> bool:
        """Whether the restore ended well and every check passed."""
        return not self.error and bool(self.findings) and all(it.ok for it in self.findings)


def print_table(result: Result, stream: TextIO) -> None:
    """Writes one row per check; under one that failed, what is and what should be."""
    for finding in result.findings:
        mark = "ok " if finding.ok else "OFF"
        row = f"  {mark} {finding.what:<{LABEL}} {finding.shown}"
        print(_cut(row), file=stream)
        for name, (wanted, found) in finding.differences.items():
            print(f"        {name}: {_words(found)}, wanted {_words(wanted)}", file=stream)
    if result.error:
        print(textwrap.indent(textwrap.fill(result.error, WIDTH - 6), " " * 6), file=stream)
    passed = sum(it.ok for it in result.findings)
    verdict = "restored as asked" if result.ok else "NOT as asked"
    print(
        f"\n{result.flow}: {verdict}; {passed} of {len(result.findings)} checks passed, "
        f"{result.seconds:.0f} s\n",
        file=stream,
    )


def print_summary(results: list[Result], stream: TextIO) -> None:
    """Writes one row per flow."""
    for result in results:
        passed = sum(it.ok for it in result.findings)
        mark = "ok " if result.ok else "OFF"
        count = f"{passed}/{len(result.findings)} checks"
        print(f"  {mark} {result.flow:<34} {count:<16} {result.seconds:4.0f} s", file=stream)
    good = sum(it.ok for it in results)
    print(f"\n{good} of {len(results)} restores as asked", file=stream)


def _words(value: Any) -> str:
    return "nothing" if value in (None, [], {}) else str(value)


def _cut(row: str) -> str:
    return row if len(row) <= WIDTH else f"{row[: WIDTH - 1]}…"
