"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Facts = dict[str, Any]

MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it should be, and how it is."""

    what: str
    wanted: Facts
    found: Facts
    shown: str = ""
    """The found facts in a few words, for the report."""

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """The facts that are not as they should be: wanted, found."""
        return {
            name: (self.wanted.get(name), self.found.get(name))
            for name in sorted(self.wanted.keys() | self.found.keys())
            if self.wanted.get(name) != self.found.get(name)
        }

    @property
    def ok(self) -> bool:
        """Whether everything is as it should be."""
        return not self.differences


def short(identifier: str) -> str:
    """An ARN or id as a row of the report has room for it."""
    name = identifier.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return name if len(name) <= 24 else f"…{name[-12:]}"
