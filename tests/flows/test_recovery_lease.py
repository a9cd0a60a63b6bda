"""One id, one recovery: a second start waits for nobody and disturbs nobody."""

import json

import pytest
from recovering import plan, recover, remove_database, restore_of, start
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from stopped import until


@pytest.fixture
def scene(cloud, database):
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    yield scene
    remove_database(cloud, scene)


def leases(cloud, recovery_id):
    """The execution that holds the recovery; none where nobody does."""
    client = cloud.home_client("dynamodb")
    [table] = [it for it in client.list_tables()["TableNames"] if "Leases" in it]
    key = {"restoreId": {"S": f"recovery/{recovery_id}"}}
    found = client.get_item(TableName=table, Key=key, ConsistentRead=True)
    return found.get("Item", {}).get("executionArn", {}).get("S")


def test_a_second_start_under_one_id_is_refused_with_the_name_of_the_first(cloud, scene):
    document = plan([restore_of(scene)])
    first = start(cloud, {"plan": document, "recoveryId": "one-at-a-time"})
    until(cloud, first, "Preflight restores")

    second = recover(cloud, document, recoveryId="one-at-a-time")

    assert (second.status, second.error) == ("FAILED", "Restore.AlreadyRunning"), second.cause
    assert first in second.cause
    assert leases(cloud, "one-at-a-time") == first
    follow(cloud, first).raise_unless_succeeded()
    assert leases(cloud, "one-at-a-time") is None


def test_a_start_to_which_the_one_before_is_not_known_yet_asks_again(cloud, scene):
    document = plan([restore_of(scene)])
    first = start(cloud, {"plan": document, "recoveryId": "just-begun"})
    until(cloud, first, "Preflight restores")

    # DescribeExecution "may not reflect very recent updates" (BC:stepfunctions.DescribeExecution).
    case = "Sfn.ExecutionDoesNotExistException 3 times in Look at its holder"
    given = {"plan": document, "recoveryId": "just-begun"}
    second = follow(cloud, start(cloud, given, case=case))

    assert (second.status, second.error) == ("FAILED", "Restore.AlreadyRunning"), second.cause
    assert first in second.cause
    follow(cloud, first).raise_unless_succeeded()


def test_a_dry_run_gets_in_nobodys_way(cloud, scene):
    document = plan([restore_of(scene)])
    first = start(cloud, {"plan": document, "recoveryId": "beside-a-dry-run"})
    until(cloud, first, "Preflight restores")

    recover(cloud, document, recoveryId="beside-a-dry-run", dryRun=True).raise_unless_succeeded()

    follow(cloud, first).raise_unless_succeeded()


def test_what_a_stopped_recovery_held_is_taken_over(cloud, scene):
    document = plan([restore_of(scene)])
    first = start(cloud, {"plan": document, "recoveryId": "stopped-early"})
    until(cloud, first, "Preflight restores")
    cloud.step_functions.stop_execution(executionArn=first, cause="stopped by a person")
    assert leases(cloud, "stopped-early") == first

    again = recover(cloud, document, recoveryId="stopped-early")

    again.raise_unless_succeeded()
    assert leases(cloud, "stopped-early") is None


def test_a_recovery_that_fails_gives_its_id_back(cloud, scene):
    document = plan([restore_of(scene, target__kmsKeyId="alias/nowhere")])

    ended = recover(cloud, document, recoveryId="never-begun")

    assert ended.status == "FAILED"
    history = cloud.step_functions.get_execution_history(executionArn=ended.arn, maxResults=1000)
    assert "Take lease" in json.dumps(history["events"], default=str)
    assert leases(cloud, "never-begun") is None
