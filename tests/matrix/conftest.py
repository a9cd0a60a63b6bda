"""Local AWSs with room for many restores side by side, and what the matrices print."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from restore import local

from matrix.execution import SCALE
from matrix.report import Report
from matrix.world import World

WORLDS = int(os.environ.get("MATRIX_WORLDS", "16"))
"""How many restores run side by side."""

PLANES = 2
"""How many local AWSs they share: each has one process that answers all its calls, on one core."""

REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def worlds():
    """Worlds for one restore each; in none is anything left at the end."""
    with ExitStack() as up, ThreadPoolExecutor(PLANES) as pool:
        starting = [
            pool.submit(up.enter_context, local.side_by_side(len(range(at, WORLDS, PLANES)), SCALE))
            for at in range(PLANES)
        ]
        yield [World(cloud) for started in starting for cloud in started.result()]


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
