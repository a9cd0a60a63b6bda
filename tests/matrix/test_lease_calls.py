"""What a restore is refused where it takes, reads and gives back its lease ends as it has to.

The calls are the state machine's own, on the control plane. Refused once, before or after it took
effect, the restore ends as asked; refused as often as it is made, it fails by a name of the
vocabulary and leaves nothing, or, once all is done, is restored all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from matrix.case import Case
from matrix.expectations import failed_as, restored_as_asked
from matrix.pool import run_all
from matrix.report import counted
from matrix.stopping import refused

FLOW = "rds-same-location"

DYNAMODB = (
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.InternalServerErrorException",
    "DynamoDB.AccessDeniedException",
    "States.Timeout",
)
STEP_FUNCTIONS = ("Sfn.SfnException", "States.Timeout")

OWN = {"Take lease": DYNAMODB, "Record plan": DYNAMODB, "Release lease": DYNAMODB}
"""The states in which a restore is with an id that nobody holds, and what AWS can answer."""

OF_ANOTHER = {
    "Read lease": DYNAMODB,
    "Look at its holder": STEP_FUNCTIONS,
    "Take over lease": DYNAMODB,
}
"""Those with an id that an ended execution holds."""

AFTER_FAILURE = {"Release lease after failure": DYNAMODB}

ALWAYS = 99
"""More often than any retrier tries."""

DENIED = {"code": "AccessDenied", "message": "User is not authorized.", "status": 403}
FAILS = {
    "match": {
        "function": "restore-create-instance",
        "action": "rds:RestoreDBInstanceFromDBSnapshot",
    },
    "kind": "error",
    "error": DENIED,
    "times": 1,
}
"""What ends a restore once it is at work."""


@pytest.fixture(scope="module")
def outcomes(worlds, report):
    """Every answer in every state."""
    together = [it for it in worlds if it.cloud.control == worlds[0].cloud.control]
    [before] = run_all(together[:1], [Case(FLOW, "undisturbed", restored_as_asked)])
    assert before.passed, before
    cases = [*_own(), *_of_another(before.ended.arn), *_after_failure()]
    done = run_all(together, cases)
    report.add(f"lease, {FLOW}: {counted(done)}", done)
    return done


def _own() -> Iterator[Case]:
    for state, answers in OWN.items():
        for answer in answers:
            yield from _once(state, answer)
            if state == "Release lease":
                # The restore is done, and the lease stale.
                yield _always(state, answer, restored_as_asked, stays_held=True)
            else:
                yield _always(state, answer, _unexpected(answer))


def _of_another(execution: str) -> Iterator[Case]:
    for state, answers in OF_ANOTHER.items():
        for answer in answers:
            yield from _once(state, answer, execution)
            # It is not this restore's to give back.
            yield _always(state, answer, _unexpected(answer), execution, stays_held=True)


def _after_failure() -> Iterator[Case]:
    for state, answers in AFTER_FAILURE.items():
        for answer in answers:
            for often in (1, ALWAYS):
                # Where it is not given back, the clean-up state machine takes it over.
                what = f"{answer} {often} times in {state}"
                fails = failed_as("Restore.AccessDenied")
                yield Case(FLOW, what, fails, (FAILS,), act=refused(what))


def _once(state: str, answer: str, of: str = "") -> Iterator[Case]:
    for when in ("in", "after"):
        what = f"{answer} 1 times {when} {state}"
        yield Case(FLOW, what, restored_as_asked, act=refused(what, of))


def _always(state: str, answer: str, expect, of: str = "", stays_held: bool = False) -> Case:
    what = f"{answer} {ALWAYS} times in {state}"
    return Case(FLOW, what, expect, act=refused(what, of), stays_held=stays_held)


def _unexpected(answer: str):
    return failed_as("Restore.Unexpected", saying=[answer])


def test_a_restore_that_is_refused_its_lease_ends_as_asked_or_by_name(outcomes):
    assert outcomes
    assert [str(it) for it in outcomes if it.failed] == []


def test_nothing_at_all_is_left_of_all_these_restores(outcomes, worlds):
    assert outcomes
    assert [left for world in worlds if (left := world.left_over())] == []
