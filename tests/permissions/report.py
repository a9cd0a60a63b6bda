"""What the key matrix came to, at the end of pytest's output."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Report:
    """Counts per flow, registered as a plugin of pytest by whoever fills it."""

    lines: list[str] = field(default_factory=list)
    _flows: set[str] = field(default_factory=set)
    _sums: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, config: pytest.Config) -> Report:
        """The report of this session."""
        found = config.pluginmanager.get_plugin(NAME)
        if found is None:
            found = cls()
            config.pluginmanager.register(found, NAME)
        return found

    def add(self, flow: str, how: str, counts: dict[str, int]) -> None:
        """Adds one flow, gone through in full or in a sample."""
        told = ", ".join(f"{count} {what}" for what, count in counts.items())
        self.lines.append(f"  {flow:<32} {told} ({how})")
        self._flows.add(flow)
        self._sums.update(counts)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Prints it, however quiet pytest is."""
        terminalreporter.section("key matrix")
        for line in self.lines:
            terminalreporter.write_line(line)
        told = ", ".join(f"{count} {what}" for what, count in self._sums.items())
        terminalreporter.write_line(f"key matrix: {len(self._flows)} flows, {told}")


NAME = "key-matrix"
