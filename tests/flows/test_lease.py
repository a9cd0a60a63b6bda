"""One id, one execution; and what one that was stopped leaves is cleaned up or gone on with."""

from __future__ import annotations

import json

import expect
import pytest
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.inventory import Inventory
from restore.start import start
from stopped import clean_up_after, clean_up_machine, nobody_told, states_of, stop_at, until

NO_SUCH_EXECUTION = "Sfn.ExecutionDoesNotExistException"


@pytest.fixture
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)


@pytest.fixture
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account-cross-region"), database=database)


# One at a time


def test_of_two_starts_at_once_one_restores_and_the_other_names_it(cloud, ec2):
    first, second = (follow(cloud, arn) for arn in [start(cloud, ec2.request) for _ in range(2)])
    restored, refused = (first, second) if first.succeeded else (second, first)

    restored.raise_unless_succeeded()
    assert refused.error == "Restore.AlreadyRunning"
    assert restored.arn in refused.cause
    expect.as_asked(cloud, expect.Restored(ec2, restored))


def test_a_start_to_which_the_one_before_is_not_known_yet_asks_again(cloud, rds):
    first = start(cloud, rds.request)
    until(cloud, first, "Look at copies in target account")

    # DescribeExecution "may not reflect very recent updates" (BC:stepfunctions.DescribeExecution).
    second = expect.run(cloud, rds, f"{NO_SUCH_EXECUTION} 3 times in Look at its holder")

    assert (second.status, second.error) == ("FAILED", "Restore.AlreadyRunning"), second.cause
    assert first in second.cause
    restored = follow(cloud, first)
    restored.raise_unless_succeeded()
    expect.as_asked(cloud, expect.Restored(rds, restored))


def test_a_lease_of_an_execution_that_is_long_gone_is_taken_over(cloud, rds):
    machine = cloud.state_machine.replace(":stateMachine:", ":execution:")
    hold(cloud, rds.restore_id, f"{machine}:{rds.restore_id}-of-last-year")

    restored = expect.restored(cloud, rds)

    assert "Take over lease" in states_of(cloud, restored.ended.arn)
    expect.as_asked(cloud, restored)
    assert rds.restore_id not in leases(cloud)


def test_an_id_is_free_again_however_its_restore_ended(cloud, rds):
    expect.run(cloud, rds.asking(options={"timeoutHours": 1e-6}))
    assert rds.request["restoreId"] not in leases(cloud)

    expect.run(cloud, rds.asking(options={"dryRun": True}))
    assert rds.request["restoreId"] not in leases(cloud)

    expect.restored(cloud, rds)
    assert rds.request["restoreId"] not in leases(cloud)


def test_a_dry_run_gets_in_nobodys_way(cloud, ec2):
    running = start(cloud, ec2.request)
    until(cloud, running, "Look at copies")

    planned = expect.run(cloud, ec2.asking(options={"dryRun": True}))

    planned.raise_unless_succeeded()
    follow(cloud, running).raise_unless_succeeded()


# Stopped


def test_a_start_at_once_after_a_stop_lets_the_function_end_that_was_called_last(cloud, rds):
    with nobody_told(cloud):
        stop_at(cloud, rds, "Look at copies in target account")
    restored = expect.restored(cloud, rds)

    assert "Let its last function end" in states_of(cloud, restored.ended.arn)
    expect.ends_as_asked(cloud, rds)


@pytest.mark.parametrize(
    "state",
    [
        "Look at shared snapshots",
        "Look at copies",
        "Look at launch",
        "Look at volumes",
        "Attach volumes",
        "Look at status checks",
    ],
)
def test_an_ec2_restore_that_is_stopped_is_cleaned_up(cloud, ec2, state):
    stopped_restore_is_cleaned_up(cloud, ec2, state)


@pytest.mark.parametrize("state", ["Look at copies in target account", "Look at DB instance"])
def test_an_rds_restore_that_is_stopped_is_cleaned_up(cloud, rds, state):
    stopped_restore_is_cleaned_up(cloud, rds, state)


def stopped_restore_is_cleaned_up(cloud, scene, state):
    before = Inventory.taken(cloud)
    stopped = stop_at(cloud, scene, state)

    cleaned = clean_up_after(cloud, stopped)

    assert cleaned["left"] == []
    expect.unchanged_since(cloud, before)
    assert scene.request["restoreId"] not in leases(cloud)


def test_a_stopped_restore_that_was_to_keep_what_it_made_keeps_it_but_shares_nothing(cloud, ec2):
    before = Inventory.taken(cloud)
    stopped = stop_at(cloud, ec2.asking(options={"onFailure": "keep"}), "Look at copies")

    clean_up_after(cloud, stopped)

    after = Inventory.taken(cloud)
    assert {thing.kind for thing in after.new_since(before)} == {"snapshot"}
    assert after.changed_since(before) == {}


@pytest.mark.parametrize("state", ["Look at copies", "Look at launch", "Look at attachments"])
def test_a_stopped_restore_is_gone_on_with_by_the_next_start(cloud, ec2, state):
    stopped = stop_at(cloud, ec2, state)

    expect.restored(cloud, ec2)

    assert clean_up_after(cloud, stopped)["cleanedUp"] == []
    expect.ends_as_asked(cloud, ec2)


def test_what_a_stopped_run_left_elsewhere_is_cleaned_up_before_the_next_begins(cloud, ec2, rds):
    before = Inventory.taken(cloud)
    stop_at(cloud, ec2, "Look at copies")

    rds = rds.asking(restoreId=ec2.request["restoreId"])
    expect.restored(cloud, rds)

    expect.ends_as_asked(cloud, rds)
    after = Inventory.taken(cloud)
    assert {thing.kind for thing in after.new_since(before)} == {"DB instance"}
    assert after.changed_since(before) == {}


def test_what_a_stopped_run_left_is_cleaned_up_when_the_next_one_is_refused(cloud, ec2):
    before = Inventory.taken(cloud)
    stop_at(cloud, ec2, "Look at copies")
    elsewhere = {**ec2.request["target"]["ec2"], "subnetId": "subnet-00000000000000000"}

    refused = expect.run(cloud, ec2.asking(target={**ec2.request["target"], "ec2": elsewhere}))

    assert refused.error == "Restore.InvalidInput", refused.cause
    expect.unchanged_since(cloud, before)
    assert ec2.request["restoreId"] not in leases(cloud)


def test_a_restore_that_runs_is_not_cleaned_up_after(cloud, ec2):
    running = start(cloud, ec2.request)
    until(cloud, running, "Look at copies")

    refused = follow(
        cloud,
        cloud.step_functions.start_execution(
            stateMachineArn=clean_up_machine(cloud), input=json.dumps({"executionArn": running})
        )["executionArn"],
    )

    assert refused.error == "Restore.AlreadyRunning"
    follow(cloud, running).raise_unless_succeeded()
    expect.ends_as_asked(cloud, ec2)


def leases(cloud):
    """The ids that are held."""
    dynamodb, table = table_of_leases(cloud)
    return {item["restoreId"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}


def hold(cloud, restore_id, execution):
    """Has the execution hold the id."""
    dynamodb, table = table_of_leases(cloud)
    item = {"restoreId": {"S": restore_id}, "executionArn": {"S": execution}}
    dynamodb.put_item(TableName=table, Item=item)


def table_of_leases(cloud):
    """A client of DynamoDB, and the name of the table."""
    dynamodb = cloud.home_client("dynamodb")
    [table] = [it for it in dynamodb.list_tables()["TableNames"] if "Leases" in it]
    return dynamodb, table
