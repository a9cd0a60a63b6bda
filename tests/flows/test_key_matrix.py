"""The key matrix: whatever is taken away of what a flow, or a variant of one, needs is named.

The preflight names it and gives what mends it; where its roles may not ask beforehand, the plan
warns, and the restore ends by the name of what it lacks.
"""

import pytest
from permissions import matrix
from permissions.cases import taken_away
from permissions.lane import lane
from permissions.report import Report
from permissions.restoring import restored_without


@pytest.fixture(scope="module")
def report(request):
    """What is printed at the end."""
    return Report.of(request.config)


@pytest.fixture(scope="module")
def planned(request, cloud, report):
    """The outcomes of plans, of the flows whose tests are selected."""
    chosen = [lane(cloud, flow) for flow in flows(request, test_what_is_taken_away_is_named)]
    done = matrix.run(chosen, matrix.chosen, taken_away)
    for one in chosen:
        whole = len(done[one.flow]) == len(matrix.provable(one))
        how = "in full" if whole else f"a sample; again by MATRIX_SEED={matrix.SEED}"
        report.add(one.flow, how, counted(done[one.flow], "named by the preflight"))
    return done


@pytest.fixture(scope="module")
def restored(request, cloud, report):
    """The outcomes of restores whose roles may not ask, of the flows whose tests are selected."""
    chosen = [
        lane(cloud, flow) for flow in flows(request, test_what_cannot_be_proven_ends_a_restore)
    ]
    done = matrix.run(chosen, matrix.unprovable, restored_without)
    for flow, outcomes in done.items():
        how = f"restores, a sample; again by MATRIX_SEED={matrix.SEED}"
        report.add(flow, how, counted(outcomes, "refused by the plan"))
    return done


@pytest.mark.parametrize("flow", matrix.planned_flows())
def test_what_is_taken_away_is_named(planned, flow):
    outcomes = planned[flow]
    told(outcomes)
    mended = [str(it) for it in outcomes if it.defect and not it.failed]
    assert mended == [], "take these out of permissions.open"


@pytest.mark.parametrize("flow", matrix.restored_flows())
def test_what_cannot_be_proven_ends_a_restore(restored, flow):
    told(restored[flow])


def told(outcomes):
    """Every case is named or warned of, but for those of known defects."""
    assert outcomes
    assert [str(it) for it in outcomes if it.failed and not it.defect] == []


def counted(outcomes, named):
    """How many came out how."""
    return {
        "permissions": len(outcomes),
        named: sum(it.named for it in outcomes),
        "warned of": sum(it.warned for it in outcomes),
        "of known defects": sum(it.failed and bool(it.defect) for it in outcomes),
    }


def flows(request, test):
    """The flows for which a test is selected."""
    selected = [it for it in request.session.items if getattr(it, "function", None) is test]
    return [it.callspec.params["flow"] for it in selected]
