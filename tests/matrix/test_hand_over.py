"""A clean-up that fails after a success is handed over, whatever the call that does so is refused.

Nothing on the resource plane makes the function of a clean-up fail: here Lambda refuses it as often
as it is tried, and Step Functions refuses the `StartExecution` by which the restore hands it over.
Both calls are the state machine's own, on the control plane, out of the injector's reach (see
`control_plane.refusals`). Refused once, before or after it took effect, the clean-up is begun once
and leaves nothing; refused as often as it is made, the outcome tells how a person begins it.
Some of that is tried whenever the tests run, other each day; with `MATRIX=all` all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from restore.arrange import Scene
from restore.check import end_state
from restore.cloud import Cloud
from restore.follow import Ended

from matrix.case import PATIENCE, Act, Case, Expectation, Run
from matrix.execution import ended, settled
from matrix.pool import run_all
from matrix.report import counted
from matrix.selection import EVERYTHING, again, due
from matrix.stopping import NotStopped, refused

FLOW = "rds-cross-account"

NOT_CLEANED_UP = "Lambda.ServiceException 7 times in Clean up"
"""As often as it is tried."""

HAND_OVER = "Start clean-up"
ANSWERS = (
    "StepFunctions.AWSStepFunctionsException",
    "StepFunctions.ExecutionLimitExceededException",
    "States.Timeout",
)
"""What it can be answered: as the first what StartExecution does not list, such as a denial."""

ALWAYS = 99
"""More often than any retrier tries."""

SAMPLE = 4
"""How many are tried when not everything is."""


def handed_over(what: str, by_hand: bool = False) -> Act:
    """A restore that hands over its clean-up, refused `what`; the end, once that is done.

    Where nobody has begun it, it is begun as the outcome says.
    """
    start = refused(f"{NOT_CLEANED_UP} and {what}")

    def act(cloud: Cloud, scene: Scene) -> Ended:
        end = start(cloud, scene)
        if by_hand:
            begun = cloud.step_functions.start_execution(
                stateMachineArn=f"{cloud.state_machine}-clean-up",
                input=json.dumps({"executionArn": end.arn}),
            )
            cleaned = ended(cloud, begun["executionArn"], PATIENCE)
            if not cleaned.succeeded:
                raise NotStopped(f"the clean-up ended {cleaned.error}: {cleaned.cause}")
        if not settled(cloud, scene.restore_id):
            raise NotStopped(f"nobody has cleaned up after {end.arn}")
        return end

    return act


def told(*words: str) -> Expectation:
    """Restored, with nothing left; the outcome tells of the clean-up alone as left, so."""

    def expect(run: Run) -> list[str]:
        if not run.ended.succeeded:
            return [f"it ended {run.ended.status} {run.ended.error}: {run.ended.cause}"]
        left = run.ended.output["left"]
        said = json.dumps(left).replace('\\"', '"')
        problems = [f"nothing is said of {word}: {said}" for word in words if word not in said]
        if [it["resource"] for it in left] != ["clean-up"]:
            problems.append(f"told as left: {said}")
        findings = end_state(run.cloud, run.scene, run.after)
        return problems + [f"{it.what}: {it.differences}" for it in findings if not it.ok]

    return expect


GOES_ON = told("Lambda.ServiceException", "It goes on by itself", ":restore-clean-up:")


def cases() -> Iterator[Case]:
    """Every answer: once, before or after, and always."""
    for answer in ANSWERS:
        for when in ("in", "after"):
            what = f"{answer} 1 times {when} {HAND_OVER}"
            yield Case(FLOW, what, GOES_ON, act=handed_over(what))
        what = f"{answer} {ALWAYS} times in {HAND_OVER}"
        not_begun = told("could not be handed over", answer, '{"executionArn": "')
        yield Case(FLOW, what, not_begun, act=handed_over(what, by_hand=True))
    # It is begun all the same, whatever the outcome has to say.
    what = f"{ANSWERS[-1]} {ALWAYS} times after {HAND_OVER}"
    yield Case(FLOW, what, told("could not be handed over"), act=handed_over(what))


@pytest.fixture(scope="module")
def outcomes(worlds, report):
    """Every answer, or a sample."""
    all_cases = {it.name: it for it in cases()}
    done = run_all(worlds, [all_cases[name] for name in due(all_cases, SAMPLE)])
    notes = [] if EVERYTHING else [again(len(all_cases)), *(it.case.name for it in done)]
    report.add(f"hand-over of a failed clean-up, {FLOW}: {counted(done)}", done, notes)
    return done


def test_a_clean_up_that_is_handed_over_is_done_whatever_that_is_refused(outcomes):
    assert outcomes
    assert [str(it) for it in outcomes if it.failed] == []


def test_nothing_at_all_is_left_of_all_these_restores(outcomes, worlds):
    assert outcomes
    assert [left for world in worlds if (left := world.left_over())] == []
