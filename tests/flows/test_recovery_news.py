"""Recoveries are started by events, and told of: once as a whole, and each restore that fails."""

import json
import secrets

import expect
import pytest
from delivering import recoveries
from drilling import drill
from news import eventually, heard, subscribed
from recovering import plan, recover, restore_of, start
from recovery.deployed import Deployed
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from stopped import until


@pytest.fixture
def scene(cloud, database):
    return arrange(cloud, example("rds-cross-account"), database=database)


def test_a_recovery_that_an_event_asks_for_is_run(cloud, scene):
    restore = {**restore_of(scene), "restoreId": scene.restore_id}
    document = plan([restore], planId="asked-by-event")
    cloud.home_client("events").put_events(
        Entries=[
            {
                "Source": "operations",
                "DetailType": "Recovery Requested",
                "Detail": json.dumps({"plan": document}),
            }
        ]
    )

    [started] = eventually(lambda: recoveries(cloud, "asked-by-event"), "execution")
    follow(cloud, started).raise_unless_succeeded()

    expect.ends_as_asked(cloud, scene)


def test_a_recovery_is_told_of_in_two_messages_and_its_restores_in_events(cloud, scene):
    with heard(cloud) as events, subscribed(cloud) as notifications:
        document = plan([restore_of(scene)], rtoMinutes=10_000, rpoMinutes=10_000)
        ended = recover(cloud, document, recoveryId="told")
        ended.raise_unless_succeeded()
        told = eventually(
            lambda: (
                {"Recovery Started", "Recovery Succeeded"} <= (it := events(ended.arn)).keys()
                and it
            ),
            "event of the end",
        )
        [restore] = restores_of(cloud, ended.arn)
        eventually(lambda: events(restore).get("Restore Succeeded"), "event of the restore's end")
        first, message = eventually(
            lambda: (
                len(it := [it for it in notifications() if ended.arn in it["Message"]]) == 2 and it
            ),
            "two notifications",
        )
        assert [it for it in notifications() if restore in it["Message"]] == []

    assert told["Recovery Succeeded"]["report"] == ended.output
    assert first["Subject"] == "Recovery started: told"
    assert message["Subject"] == "Recovery succeeded: told"
    summary = ended.output["summary"]
    for words in (
        "1 of 1 restores succeeded",
        ended.output["key"],
        f"Recovery time: {summary['rto']['seconds']} s of 600000 s, met.",
        f"Age of the data: {summary['rpo']['seconds']} s of 600000 s, met.",
    ):
        assert words in message["Message"]


def test_a_recovery_that_never_begins_a_restore_is_told_of_with_the_reason(cloud, scene):
    document = plan([restore_of(scene, target__kmsKeyId="alias/nowhere")])
    with heard(cloud) as events, subscribed(cloud) as notifications:
        refused = recover(cloud, document, recoveryId="refused")
        unread = recover(cloud, {"planId": "orders-dr", "waves": []}, recoveryId="unread")
        for ended, words in ((refused, "alias/nowhere"), (unread, "waves")):
            told = eventually(lambda arn=ended.arn: events(arn).get("Recovery Failed"), "event")
            assert (told["error"], told["cause"]) == (ended.error, ended.cause)
            found = eventually(
                lambda arn=ended.arn: [
                    it
                    for it in notifications()
                    if arn in it["Message"] and it["Subject"].startswith("Recovery failed: ")
                ],
                "notification",
            )
            assert words in found[0]["Message"]
            assert "before any restore was begun" in found[0]["Message"]


def test_a_dry_run_of_a_recovery_is_nobodys_news(cloud, scene):
    with heard(cloud) as events:
        dry = recover(cloud, plan([restore_of(scene)]), recoveryId="dry", dryRun=True)
        dry.raise_unless_succeeded()
        run = recover(cloud, plan([restore_of(scene)]), recoveryId="run")
        eventually(lambda: events(run.arn).get("Recovery Succeeded"), "event of the end")

        assert events(dry.arn) == {}


@pytest.mark.parametrize(
    ("mode", "said"),
    [("restore", "Recovery {} was stopped"), ("drill", "The drill of recovery {} was stopped")],
)
def test_a_recovery_that_is_stopped_is_announced_as_failed_and_once(cloud, scene, mode, said):
    """The plan lies where only the recovery reads it, and so does its mode."""
    recovery_id = f"stopped-{secrets.token_hex(3)}"
    bucket, key = Deployed.on(cloud).bucket, f"plans/{recovery_id}.json"
    restore = {**restore_of(scene), "drill": drill(cloud, scene).request["drill"]}
    document = plan([restore], mode=mode)
    cloud.home_client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(document))
    given = {"recoveryId": recovery_id, "planObject": {"bucket": bucket, "key": key}}
    with heard(cloud) as events, subscribed(cloud) as notifications:
        started = start(cloud, given, name=recovery_id)
        until(cloud, started, "Preflight restores")
        cloud.step_functions.stop_execution(executionArn=started, cause="stopped by a person")
        told = eventually(lambda: events(started).get("Recovery Failed"), "event of the end")
        message = eventually(
            lambda: [it for it in notifications() if "was stopped" in it["Message"]],
            "notification of the end",
        )

    assert (told["status"], told["mode"], told["recoveryId"]) == ("ABORTED", mode, recovery_id)
    [message] = [it for it in message if started in it["Message"]]
    assert said.format(recovery_id) in message["Message"]
    assert f"under its recoveryId {recovery_id}" in message["Message"]


def test_a_recovery_that_has_told_of_its_end_is_told_of_by_nobody_else(cloud, scene):
    recovery_id = f"once-{secrets.token_hex(3)}"
    failing = plan([restore_of(scene, target__kmsKeyId="alias/nowhere")])
    with subscribed(cloud) as notifications:
        ended = recover(cloud, failing, recoveryId=recovery_id)
        [announcement] = eventually(lambda: announcements_of(cloud, ended.arn), "announcement")
        announced = follow(cloud, announcement)
        announced.raise_unless_succeeded()
        told = eventually(
            lambda: [it for it in notifications() if "failed" in it["Subject"]], "notification"
        )

    assert announced.output == {}
    assert [it["Subject"] for it in told if ended.arn in it["Message"]] == [
        f"Recovery failed: {recovery_id}"
    ]


def test_each_restore_that_fails_is_told_of_by_itself(cloud, scene):
    cloud.fail_next("db-snapshot-copy", "failed", "", account=scene.target.account)
    with subscribed(cloud) as notifications:
        ended = recover(cloud, plan([restore_of(scene)], rtoMinutes=60), recoveryId="failing")
        [restore] = restores_of(cloud, ended.arn)
        [told] = eventually(
            lambda: [it for it in notifications() if restore in it["Message"]], "notification"
        )
        whole = eventually(
            lambda: [it for it in notifications() if it["Subject"] == "Recovery failed: failing"],
            "notification of the whole",
        )[0]

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed")
    assert told["Subject"].startswith("Restore failed: ")
    assert "1 restores failed" in whole["Message"]
    assert "Recovery time: unknown of 3600 s, missed." in whole["Message"]


def announcements_of(cloud, recovery):
    """The executions that EventBridge has started to announce the end of a recovery."""
    pages = cloud.step_functions.get_paginator("list_executions").paginate(
        stateMachineArn=f"{cloud.state_machine}-announce"
    )
    found = [
        cloud.step_functions.describe_execution(executionArn=it["executionArn"])
        for page in pages
        for it in page["executions"]
    ]
    return [
        it["executionArn"]
        for it in found
        if json.loads(it["input"])["detail"]["executionArn"] == recovery
    ]


def restores_of(cloud, recovery):
    """The restores that a recovery has started, dry runs aside: their input says by whom."""
    runs = cloud.step_functions.list_map_runs(executionArn=recovery)["mapRuns"]
    children = {
        child["executionArn"]
        for run in runs
        for child in cloud.step_functions.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    }
    pages = cloud.step_functions.get_paginator("list_executions").paginate(
        stateMachineArn=cloud.state_machine
    )
    found = []
    for execution in (it for page in pages for it in page["executions"]):
        described = cloud.step_functions.describe_execution(executionArn=execution["executionArn"])
        asked = json.loads(described["input"])
        by = asked.get("AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID")
        if by in children and not asked.get("options", {}).get("dryRun"):
            found.append(execution["executionArn"])
    return found
