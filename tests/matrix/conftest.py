"""One local AWS with room for many restores side by side, and what the matrices print."""

import os

import pytest
from restore import local

from matrix.report import Report
from matrix.world import World

SCALE = 0.01
"""Nobody watches: an hour of waiting takes 36 s."""

WORLDS = int(os.environ.get("MATRIX_WORLDS", "16"))
"""How many restores run side by side."""

REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def worlds():
    """Worlds for one restore each, on one local AWS; in none is anything left at the end."""
    with local.side_by_side(WORLDS, SCALE) as clouds:
        yield [World(cloud) for cloud in clouds]


@pytest.fixture(scope="session")
def report(request):
    """What is printed at the end."""
    return request.config.stash.setdefault(REPORT, Report())


def pytest_terminal_summary(terminalreporter, config):
    """Prints what has been counted, however quiet pytest is."""
    if found := config.stash.get(REPORT, None):
        terminalreporter.section("matrices")
        for line in found.lines:
            terminalreporter.write_line(line)
