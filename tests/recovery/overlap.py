"""How many of many spans of time overlap. Pure."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[float, float]
"""When something began, and when it ended."""


def most_at_once(spans: Iterable[Span]) -> int:
    """The most spans that overlap; one that ends as another begins does not."""
    ends: list[float] = []
    most = 0
    for began, ended in sorted(spans):
        ends = [*(it for it in ends if it > began), ended]
        most = max(most, len(ends))
    return most
