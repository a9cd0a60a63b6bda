"""What the matrices print at the end of a run, whether all went well or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from matrix.case import Outcome


@dataclass
class Report:
    """Titles, each with lines."""

    lines: list[str] = field(default_factory=list)

    def add(self, title: str, outcomes: Iterable[Outcome], notes: Iterable[str] = ()) -> None:
        """A title with its count, lines of its own, and each outcome that did not pass."""
        self.lines.append(title)
        self.lines += [f"  {note}" for note in notes]
        self.lines += [f"  NOT PASSED {it}" for it in outcomes if not it.passed]


def counted(outcomes: Iterable[Outcome]) -> str:
    """How many there are, and how many of them passed."""
    outcomes = list(outcomes)
    return f"{len(outcomes)} cases, {sum(it.passed for it in outcomes)} passed"
