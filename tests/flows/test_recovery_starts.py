"""Restores that Step Functions does not start for a recovery, or of whose end it does not tell.

A start is tried twenty times, whatever refuses it, and what became of it is asked of the execution
under the restore's name: each restore is made once, or ends with the words of the refusal.
"""

import json
import secrets

import pytest
from recovering import plan, remove_database, restore_of, start, statuses, written
from recovery.deployed import Deployed, execution_name, preflight_name
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow

ALWAYS = 99
"""More often than it is tried."""

ONE_LOOK = 7
"""As often as a look is tried."""

NO_ROOM = "StepFunctions.ExecutionLimitExceededException"
DENIED = "StepFunctions.AWSStepFunctionsException"
"""What an error is called that StartExecution does not list, as a missing permission is."""


@pytest.fixture
def scene(cloud, database):
    """What a recovery restores; the DB instance goes with the test."""
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    yield scene.asking(target__rds__deletionProtection=False)
    remove_database(cloud, scene)


def recovered(cloud, scene, case=""):
    """The end of a recovery of the scene that is refused what the case says."""
    return follow(cloud, start(cloud, {"plan": plan([restore_of(scene)])}, case=case))


def restores(cloud, ended):
    """The names of the executions that the recovery has started."""
    return {name for name, _ in Deployed.on(cloud).executions(ended.arn)}


@pytest.mark.parametrize("refusal", [f"{NO_ROOM} 2 times in", "States.TaskFailed 1 times after"])
@pytest.mark.parametrize("state", ["Plan restore", "Restore"])
def test_a_restore_that_is_not_started_at_once_or_not_heard_of_is_made_once(
    cloud, scene, state, refusal
):
    since = cloud.last_call()

    ended = recovered(cloud, scene, f"{refusal} {state}")

    ended.raise_unless_succeeded()
    assert statuses(written(cloud, ended)) == ["succeeded"]
    calls = cloud.calls(since)
    made = [it for it in calls if it["action"] == "RestoreDBInstanceFromDBSnapshot"]
    assert [it["outcome"] for it in made] == ["ok"]


def test_a_restore_that_is_never_started_ends_with_the_words_of_the_refusal(cloud, scene):
    ended = recovered(cloud, scene, f"{DENIED} {ALWAYS} times in Restore")

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed")
    [restore] = written(cloud, ended)["restores"]
    assert (restore["status"], restore["error"]) == ("failed", "Restore.Unexpected")
    assert restore["cause"] == f"{DENIED}: refused by a test"
    assert restores(cloud, ended) == {preflight_name(restore["restoreId"], ended.arn)}


def test_a_restore_whose_planning_is_never_started_is_begun_all_the_same(cloud, scene):
    ended = recovered(cloud, scene, f"{DENIED} {ALWAYS} times in Plan restore")

    ended.raise_unless_succeeded()
    [restore] = written(cloud, ended)["restores"]
    assert restore["status"] == "succeeded"
    assert restores(cloud, ended) == {execution_name(restore["restoreId"], ended.arn)}


def test_a_restore_that_cannot_be_looked_at_is_looked_at_again_and_ends_by_its_own_words(
    cloud, scene
):
    cloud.fail_next("db-snapshot-copy", "failed", "", account=scene.target.account)

    ended = recovered(cloud, scene, f"{DENIED} {ONE_LOOK} times in Look at restore")

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed")
    [restore] = written(cloud, ended)["restores"]
    assert (restore["status"], restore["error"]) == ("failed", "Restore.ResourceFailed")


def test_what_somebody_else_has_started_under_the_name_of_a_restore_is_not_taken_for_it(
    cloud, scene
):
    recovery = f"recovery-{secrets.token_hex(4)}"
    restore = {**restore_of(scene), "restoreId": scene.restore_id}
    taken = execution_name(scene.restore_id, recovery)
    other = {**restore, "restoreId": f"other-{secrets.token_hex(3)}", "options": {"dryRun": True}}
    ended_under(cloud, taken, other).raise_unless_succeeded()

    ended = follow(cloud, start(cloud, {"plan": plan([restore])}, name=recovery))

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed")
    [told] = written(cloud, ended)["restores"]
    assert (told["status"], told["error"]) == ("failed", "Restore.Unexpected")
    assert "ExecutionAlreadyExists" in told["cause"] and taken in told["cause"]


def test_what_somebody_else_has_started_under_the_name_of_a_planning_is_not_taken_for_it(
    cloud, scene
):
    recovery = f"recovery-{secrets.token_hex(4)}"
    restore = {**restore_of(scene), "restoreId": scene.restore_id}
    other = {**restore, "restoreId": "of somebody else"}
    name = preflight_name(scene.restore_id, recovery)
    assert not ended_under(cloud, name, other).succeeded

    ended = follow(cloud, start(cloud, {"plan": plan([restore])}, name=recovery))

    ended.raise_unless_succeeded()
    assert statuses(written(cloud, ended)) == ["succeeded"]


def ended_under(cloud, name, request):
    """The end of an execution of that name, which somebody starts by hand."""
    started = cloud.step_functions.start_execution(
        stateMachineArn=cloud.state_machine, name=name, input=json.dumps(request)
    )
    return follow(cloud, started["executionArn"])
