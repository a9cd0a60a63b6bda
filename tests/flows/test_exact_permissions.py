"""With exactly the permissions of the table, and no other, every flow does all that it does.

So does a restore that is staged, or gives grants.
"""

import expect
import pytest
from permissions.cases import plan
from permissions.lane import lane
from permissions.matrix import SEED, exact_flows
from permissions.report import Report
from permissions.table import UNDO

FAILS_LATE = {"ec2": ("volume", "error"), "rds": ("db-instance", "failed")}
"""What goes wrong when all else has been made."""


def failing_late(cloud, scene):
    """Lets what the scene's restore makes last fail, and not what another test has left at work."""
    kind, state = FAILS_LATE[scene.service]
    match = {"account": scene.target.account, "region": scene.target.region}
    if scene.service == "rds":
        match["identifier"] = scene.request["target"]["rds"]["dbInstanceIdentifier"]
    cloud.fail_next(kind, state, "", **match)


@pytest.fixture(scope="module", params=exact_flows())
def exact(cloud, request):
    """A flow's own roles and keys, which are given exactly what the flow needs.

    Services alone may use the keys: a direct call, and so a dry run, is refused.
    """
    made = lane(cloud, request.param)
    made.give(made.needed, via=made.scene.service)
    again = f"restored with exactly these; again by MATRIX_SEED={SEED}"
    Report.of(request.config).add(made.flow, again, {"permissions given": len(made.needed)})
    return made


def test_a_plan_says_what_it_cannot_prove_when_its_roles_may_not_ask(exact):
    planned = plan(exact)

    assert planned.passed, planned.cause
    assert {row["proof"] for row in planned.rows} == {"allowed", "cannotBeProven"}
    unproven = {row["action"] for row in planned.rows if row["proof"] == "cannotBeProven"}
    assert {"kms:Decrypt", "kms:CreateGrant"} <= unproven


def test_a_restore_that_fails_late_leaves_nothing(exact):
    cloud, scene = exact.view, exact.scene.now(exact.view)
    failing_late(cloud, scene)
    exact.watch()

    ended = expect.run(cloud, scene)

    assert ended.status == "FAILED", ended.output
    expect.unchanged_since(cloud, scene.before)
    assert set(undone(exact)) <= {it.action for it in exact.asked()}


def test_a_restore_succeeds_and_asks_for_all_that_it_is_given(exact):
    cloud, scene = exact.view, exact.scene.now(exact.view)
    exact.watch()

    expect.as_asked(cloud, expect.restored(cloud, scene))

    asked, only_undone = exact.asked(), undone(exact)
    given = [it for it in exact.needed if it.action not in only_undone]
    assert [it.shown for it in given if not it.is_asked(asked)] == []


def undone(made):
    """The actions that only a restore which fails asks for."""
    return [action for row in UNDO[made.scene.service] for action in row.actions.split()]
