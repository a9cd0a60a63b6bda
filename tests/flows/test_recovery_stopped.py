"""A recovery that a person stops in the middle of a wave, and that is gone on with."""

import json
import secrets
from dataclasses import dataclass, replace

import expect
import pytest
from drilling import drill, evidence_of
from news import eventually, heard
from recovering import plan, recover, remove_database, restore_of, start, statuses, written
from recovery.deployed import Deployed, execution_name
from restore import waiting
from restore.arrange import arrange
from restore.check import end_state
from restore.check.remains import asked_for
from restore.example import example
from restore.inventory import Inventory
from stopped import clean_up_after, clean_up_machine, until
from test_lease import leases

HELD = 30
"""Seconds that a copy takes which is not to end before its restore is stopped.

The clean-up after its restore waits for its end as well.
"""

PATIENCE = 120
"""Seconds that a recovery may take to come to where it is stopped."""

THEN = "wave-2"


@dataclass(frozen=True)
class Stopped:
    """A recovery that was stopped, when every restore of it that it had begun has ended."""

    recovery_id: str
    execution: str

    def restore(self, cloud, scene):
        """The execution of one of its restores."""
        place = cloud.state_machine.replace(":stateMachine:", ":execution:")
        return f"{place}:{execution_name(scene.restore_id, self.execution)}"

    def begun(self, cloud):
        """The names of the restores' executions, those that only planned aside."""
        found = Deployed.on(cloud).executions(self.execution)
        return {name for name, _ in found if "--plan-" not in name}


@pytest.fixture
def ec2(cloud, instance):
    """What takes long to copy."""
    return arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)


@pytest.fixture
def rds(cloud, database):
    """What is up at once; it goes with the test."""
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    scene = scene.asking(options={})
    yield scene
    remove_database(cloud, scene)


@pytest.fixture
def later(cloud, database):
    """Another, of a later wave; it goes with the test."""
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    scene = scene.asking(options={})
    yield scene
    remove_database(cloud, scene)


def named(scene):
    """A restore of a plan that has the scene's id."""
    return {**restore_of(scene), "restoreId": scene.restore_id}


def stopped(cloud, document, held, up):
    """Starts the recovery, and stops it once all of `up` are up and `held` waits for its copies."""
    recovery_id = f"stopped-{secrets.token_hex(3)}"
    with cloud.lasting(snapshot_copy=HELD):
        execution = start(cloud, {"plan": document, "recoveryId": recovery_id})
        recovery = Stopped(recovery_id, execution)
        arn = recovery.restore(cloud, held)
        for scene in up:
            wait_for(cloud, recovery.restore(cloud, scene), "SUCCEEDED")
        wait_for(cloud, arn, "RUNNING")
        until(cloud, arn, "Look at copies")
        cloud.step_functions.stop_execution(executionArn=execution, cause="stopped by a person")
        wait_for(cloud, arn, "ABORTED")
    return recovery


def wait_for(cloud, execution, status):
    """Waits until there is such an execution, and until that is its status."""
    client = cloud.step_functions

    def has_come():
        try:
            return client.describe_execution(executionArn=execution)["status"] == status
        except client.exceptions.ExecutionDoesNotExist:
            return False

    waiting.eventually(f"{execution} as {status}", has_come, timeout=PATIENCE)


def at_work_after(cloud, execution):
    """The clean-up after the execution, once it holds its id and has something to wait for."""
    client, machine = cloud.step_functions, clean_up_machine(cloud)

    def found():
        for it in client.list_executions(stateMachineArn=machine)["executions"]:
            asked = client.describe_execution(executionArn=it["executionArn"])["input"]
            if json.loads(asked)["executionArn"] == execution:
                return it["executionArn"]
        return None

    arn = eventually(found, f"clean-up after {execution}")
    until(cloud, arn, "Wait for clean-up")
    return arn


def are_as_asked(cloud, before, *scenes):
    """Each is there as it was asked for, and nothing else than all of them."""
    after = Inventory.taken(cloud)
    scenes = [replace(it, before=before) for it in scenes]
    for scene in scenes:
        others = set().union(*(asked_for(it, after) for it in scenes if it is not scene))
        seen = Inventory({it: facts for it, facts in after.things.items() if it not in others})
        findings = end_state(cloud, scene, seen)
        assert {it.what: it.differences for it in findings if not it.ok} == {}, scene.restore_id


def objects(cloud, recovery):
    """The names of the objects that the recovery has left."""
    pages = cloud.home_client("s3").get_paginator("list_objects_v2")
    prefix = f"recoveries/{recovery.recovery_id}/"
    found = pages.paginate(Bucket=Deployed.on(cloud).bucket, Prefix=prefix)
    return {it["Key"].rsplit("/", 1)[-1] for page in found for it in page.get("Contents", [])}


def test_what_was_up_stays_what_was_under_way_is_cleaned_up_and_the_rest_is_never_begun(
    cloud, rds, ec2, later
):
    before = Inventory.taken(cloud)
    document = plan([named(rds), named(ec2)], [named(later)])
    with heard(cloud) as events:
        recovery = stopped(cloud, document, held=ec2, up=[rds])
        cleaned = clean_up_after(cloud, recovery.restore(cloud, ec2))
        told = eventually(lambda: events(recovery.execution).get("Recovery Failed"), "event")
        under_way = recovery.restore(cloud, ec2)
        of_it = eventually(lambda: events(under_way).get("Restore Failed"), "event")
        up = eventually(
            lambda: events(recovery.restore(cloud, rds)).get("Restore Succeeded"), "event"
        )

    assert cleaned["left"] == []
    are_as_asked(cloud, before, rds)
    names = {execution_name(it.restore_id, recovery.execution) for it in (rds, ec2)}
    assert recovery.begun(cloud) == names
    runs = cloud.step_functions.list_map_runs(executionArn=recovery.execution)["mapRuns"]
    described = [
        cloud.step_functions.describe_map_run(mapRunArn=it["mapRunArn"])["status"] for it in runs
    ]
    assert "RUNNING" not in described
    # The recovery itself accounts for nothing any more: each of its restores tells of itself.
    assert "outcome.json" not in objects(cloud, recovery)
    assert (told["status"], told["report"]) == ("ABORTED", None)
    assert of_it["status"] == "ABORTED"
    assert up["outcome"]["target"]["dbInstanceIdentifier"]

    again = recover(cloud, document, recoveryId=recovery.recovery_id)

    again.raise_unless_succeeded()
    report = written(cloud, again)
    assert statuses(report) == ["succeeded"] * 3
    assert [it["restoreId"] for it in report["restores"]] == [
        it.restore_id for it in (rds, ec2, later)
    ]
    # What was up by then is not said to have come up in no time.
    assert [("upAt" in it) for it in report["restores"]] == [False, True, True]
    are_as_asked(cloud, before, rds, ec2, later)
    assert not leases(cloud) & {f"recovery/{recovery.recovery_id}", ec2.restore_id}


def test_a_recovery_goes_on_from_the_wave_in_which_it_was_stopped(cloud, rds, ec2, later):
    before = Inventory.taken(cloud)
    document = plan([named(rds)], [named(ec2), named(later)], rtoMinutes=10_000)
    recovery = stopped(cloud, document, held=ec2, up=[rds, later])
    assert clean_up_after(cloud, recovery.restore(cloud, ec2))["left"] == []
    are_as_asked(cloud, before, rds, later)

    again = recover(cloud, document, recoveryId=recovery.recovery_id, fromWave=THEN)

    again.raise_unless_succeeded()
    report = written(cloud, again)
    assert statuses(report) == ["skipped", "succeeded", "succeeded"]
    summary = report["summary"]
    assert [it["status"] for it in summary["waves"]] == ["skipped", "succeeded"]
    assert (summary["counts"]["skipped"], summary["counts"]["succeeded"]) == (1, 2)
    # Nobody knows how long all of it has taken.
    assert "met" not in summary["rto"]
    begun = Stopped(recovery.recovery_id, again.arn).begun(cloud)
    assert begun == {execution_name(it.restore_id, again.arn) for it in (ec2, later)}
    are_as_asked(cloud, before, rds, ec2, later)


def test_what_is_being_cleaned_up_is_refused_and_who_cannot_wait_stops_its_clean_up(
    cloud, rds, ec2
):
    before, since = Inventory.taken(cloud), cloud.last_call()
    document = plan([named(rds), named(ec2)])
    recovery = stopped(cloud, document, held=ec2, up=[rds])
    clean_up = at_work_after(cloud, recovery.restore(cloud, ec2))

    refused = recover(cloud, document, recoveryId=recovery.recovery_id)

    assert refused.error == "Restore.ResourceFailed", refused.cause
    told = written(cloud, refused)["restores"][1]
    assert (told["status"], told["error"]) == ("failed", "Restore.AlreadyRunning")
    assert clean_up in told["cause"]

    cloud.step_functions.stop_execution(executionArn=clean_up, cause="stopped by a person")
    again = recover(cloud, document, recoveryId=recovery.recovery_id)

    again.raise_unless_succeeded()
    assert statuses(written(cloud, again)) == ["succeeded", "succeeded"]
    are_as_asked(cloud, before, rds, ec2)
    # What was being copied all the while was not copied once more.
    copied = [it for it in cloud.calls(since, "CopySnapshot") if it["outcome"] == "ok"]
    assert len(copied) == len(ec2.instance.volumes)


def test_a_recovery_that_failed_in_its_second_wave_goes_on_from_there(cloud, ec2, rds):
    document = plan([named(ec2)], [named(rds)])
    before = Inventory.taken(cloud)
    recovery = f"second-{secrets.token_hex(3)}"
    # None but the second wave's restore copies a DB snapshot.
    cloud.fail_next("db-snapshot-copy", "failed", "", account=rds.target.account)
    first = recover(cloud, document, recoveryId=recovery)
    assert first.error == "Restore.ResourceFailed", first.cause
    assert statuses(written(cloud, first)) == ["succeeded", "failed"]
    are_as_asked(cloud, before, ec2)

    again = recover(cloud, document, recoveryId=recovery, fromWave=THEN)

    again.raise_unless_succeeded()
    assert statuses(written(cloud, again)) == ["skipped", "succeeded"]
    are_as_asked(cloud, before, ec2, rds)


def test_a_drill_of_a_plan_that_is_stopped_leaves_nothing_but_evidence(cloud, rds, ec2, later):
    drilled = [drill(cloud, it) for it in (rds, ec2, later)]
    restores = [{**named(it), "drill": it.request["drill"]} for it in drilled]
    document = plan(restores[:2], restores[2:], mode="drill")
    held = ec2.asking(restoreId=f"drill-{ec2.restore_id}")
    passed = rds.asking(restoreId=f"drill-{rds.restore_id}")
    before = Inventory.taken(cloud)

    recovery = stopped(cloud, document, held=held, up=[passed])
    cleaned = clean_up_after(cloud, recovery.restore(cloud, held))

    assert cleaned["left"] == []
    expect.unchanged_since(cloud, before)
    names = {execution_name(it.restore_id, recovery.execution) for it in (passed, held)}
    assert recovery.begun(cloud) == names
    told = eventually(lambda: evidence_of(cloud, recovery.restore(cloud, held)), "evidence")
    assert told["status"] == "FAILED" and "ABORTED" in told["failure"]["Cause"]
    assert evidence_of(cloud, recovery.restore(cloud, passed))["status"] == "PASSED"

    again = recover(cloud, document, recoveryId=recovery.recovery_id)

    again.raise_unless_succeeded()
    assert statuses(written(cloud, again)) == ["succeeded"] * 3
    expect.unchanged_since(cloud, before)
