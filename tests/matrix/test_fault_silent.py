"""What AWS fails at without a word ends by the name of what it most likely is, and leaves nothing.

All of it in the two flows with the most steps whenever the tests run, a sample of the others, other
ones each day; `MATRIX=all` tries all of it in each.
"""

import random

import pytest

from matrix.fault_flows import at_once
from matrix.fault_silent import run_silent, silent_cases
from matrix.pool import run_all
from matrix.selection import EVERYTHING, SEED
from matrix.test_faults import IN_FULL

SAMPLE = 6
"""How many cases are tried of all other flows together."""


@pytest.fixture(scope="module")
def results(worlds, report):
    """How all that was chosen came out."""
    with at_once(worlds):
        done = run_all(worlds, chosen(), run_silent)
    good = sum(not it.problems for it in done)
    what = "all" if EVERYTHING else f"the others a sample; again by MATRIX_SEED={SEED}"
    report.lines += [f"silent failures, {what}: {good} of {len(done)} named as they have to be"]
    report.lines += [f"  {it}" for it in done]
    return done


def chosen():
    """The cases that are tried."""
    cases = silent_cases()
    if EVERYTHING:
        return cases
    full = [it for it in cases if it.flow in IN_FULL]
    others = [it for it in cases if it.flow not in IN_FULL]
    return [*full, *random.Random(SEED).sample(others, SAMPLE)]


def test_a_silent_failure_has_the_name_of_what_it_most_likely_is(results):
    assert results
    assert [str(it) for it in results if it.problems] == []
