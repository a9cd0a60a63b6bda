"""A restore that AWS refuses a call ends as the vocabulary says, and tells what is left.

For every call that a restore makes, in every function: each kind of answer that AWS has for it,
once, and from then on forever. How each has to end is said in `fault_outcomes`, what AWS can answer
in `fault_answers` and `fault_calls`, which refusals are tried together in `fault_cases`. Whatever
is left is told, by its id or as not looked at; and once nothing is refused any more, the same
request made again leaves nothing.

Of answers that take the same path from a call on, one is tried, another each day; `MATRIX=all`
tries each. Of restores that are staged, granted, or come off their way (`variants`, `detours`), it
is the calls that those of their flow do not make. Calls of DynamoDB and Step Functions, by which an
execution holds its restore id or hands its clean-up over, are the state machine's own:
`test_lease_calls.py` and `test_hand_over.py` have them.
"""

from __future__ import annotations

import random

import pytest
from restore.example import FLOWS

from matrix.detours import GOING_ON
from matrix.fault_cases import Chosen, faults_of, once_of
from matrix.fault_flows import at_once, sites_in
from matrix.fault_hits import verified
from matrix.fault_run import run_fault
from matrix.fault_table import LEGEND, counts, table
from matrix.pool import run_all
from matrix.selection import EVERYTHING, SEED, due
from matrix.variants import VARIANTS
from matrix.world import calls_in

IN_FULL = ("ec2-cross-account-cross-region", "rds-cross-account-cross-region")
"""Flows of which every path is tried whenever the tests run; `MATRIX=all` does so with all."""

SAMPLE = 6
"""How many restores of each of the other flows are refused something, others each day."""

OWN_SAMPLE = 3
"""The same of a variant or a detour, of whose calls its flow makes most."""

VARIANTS_A_DAY, DETOURS_A_DAY = 1, 1
"""Of how many, others each day."""


@pytest.fixture(scope="module")
def results(request, worlds, report):
    """The results of the flows whose tests are selected, by flow."""
    flows = [
        item.callspec.params["flow"]
        for item in request.session.items
        if getattr(item, "function", None) is test_a_refused_restore_ends_as_the_vocabulary_says
    ]
    with at_once(worlds):
        sites = sites_in(worlds, flows)
        faults = [it for flow in flows for it in chosen(flow, sites[flow])]
        done = run_all(worlds, faults, run_fault)
        # Where a call was made again, the restore has not shown how it ends when refused once.
        done += run_all(worlds, once_of(done), run_fault)
    done = verified(done, calls_in(worlds))
    by_flow = {flow: [it for it in done if it.fault.flow == flow] for flow in flows}
    for flow, mine in by_flow.items():
        whole = flow in IN_FULL or EVERYTHING
        tried = "one answer of each path" if whole else "a sample"
        what = "every answer" if EVERYTHING else f"{tried}; again by MATRIX_SEED={SEED}"
        lines = list(table(sites[flow], mine)) if whole else [str(it) for it in mine]
        report.lines += [f"fault matrix, {flow}, {what}: {counts(mine)}", LEGEND, *lines]
        report.lines += [f"  NOT AS EXPECTED {it}" for it in mine if it.problems]
    return by_flow


def chosen(flow, sites):
    """All the faults of a flow, or a sample that the seed decides."""
    faults = faults_of(sites, Chosen(EVERYTHING, SEED))
    if flow in IN_FULL or EVERYTHING:
        return faults
    count = min(SAMPLE if flow in FLOWS else OWN_SAMPLE, len(faults))
    return random.Random(f"{SEED} {flow}").sample(faults, count)


@pytest.mark.parametrize(
    "flow", [*FLOWS, *due(VARIANTS, VARIANTS_A_DAY), *due(GOING_ON, DETOURS_A_DAY)]
)
def test_a_refused_restore_ends_as_the_vocabulary_says(results, flow):
    assert results[flow]
    assert [str(it) for it in results[flow] if it.problems] == []


def test_nothing_at_all_is_left_of_all_the_refused_restores(results, worlds):
    assert results
    assert [left for world in worlds if (left := world.left_over())] == []
