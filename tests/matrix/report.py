"""What the matrices print at the end of a run, whether all went well or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from matrix.case import Outcome


@dataclass
class Report:
    """Titles, each with lines."""

    lines: list[str] = field(default_factory=list)

    def add(self, title: str, outcomes: Iterable[Outcome], notes: Iterable[str] = ()) -> None:
        """How many of the outcomes passed, and each that did not."""
        outcomes = list(outcomes)
        passed = sum(it.passed for it in outcomes)
        missed = sum(not it.reached and not it.failed for it in outcomes)
        extra = f", {missed} not reached" if missed else ""
        self.lines.append(f"{title}: {len(outcomes)} cases, {passed} passed{extra}")
        self.lines += [f"  {note}" for note in notes]
        self.lines += [f"  NOT PASSED {it}" for it in outcomes if not it.passed]


def by_action(outcomes: Iterable[Outcome]) -> list[str]:
    """One line for each action that was hit, with how often and how often all went well."""
    hit, passed = Counter(), Counter()
    for outcome in outcomes:
        for action in outcome.hits:
            hit[action] += 1
            passed[action] += outcome.passed
    return [f"{action:<40} {passed[action]:>4} of {count}" for action, count in hit.items()]
