"""Every restore says on the event bus and by the topic that it has started and how it has ended."""

import expect
import pytest
from delivering import requested, started_by
from news import eventually, heard, subscribed
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.start import start
from stopped import disturbed, stop_at


@pytest.fixture
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account"), database=database)


@pytest.fixture
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account"), instance=instance)


def test_a_restore_says_that_it_has_started_and_that_it_is_done(cloud, ec2):
    with heard(cloud) as events, subscribed(cloud) as notifications:
        restore = expect.restored(cloud, ec2)
        arn = restore.ended.arn
        found = eventually(
            lambda: {"Restore Started", "Restore Succeeded"} <= (got := events(arn)).keys() and got,
            "event of the end",
        )
        told = eventually(
            lambda: len(got := [it for it in notifications() if arn in it["Message"]]) == 2 and got,
            "notification of the end",
        )

    assert found["Restore Succeeded"]["outcome"] == restore.ended.output
    assert found["Restore Started"]["restoreId"] == ec2.restore_id
    assert {it["Subject"] for it in told} == {
        f"Restore started: {ec2.restore_id}",
        f"Restore succeeded: {ec2.restore_id}",
    }
    [done] = [it["Message"] for it in told if "succeeded" in it["Subject"]]
    instance = restore.ended.output["target"]["instanceId"]
    where = f"{ec2.target.account} {ec2.target.region}"
    assert ec2.request["target"]["ec2"]["start"] is False
    assert f"instance {instance} is there, left stopped, in {where}" in done


def test_a_restore_that_fails_says_why_and_what_to_do(cloud, rds):
    scene = rds.asking(target__kmsKeyId="alias/nowhere")
    with heard(cloud) as events:
        ended = expect.run(cloud, scene)
        found = eventually(lambda: events(ended.arn).get("Restore Failed"), "event of the end")

    assert (found["status"], found["error"], found["cause"]) == (
        "FAILED",
        ended.error,
        ended.cause,
    )
    for words in (ended.error, "alias/nowhere", "start the same request again"):
        assert words in found["message"]


def test_a_restore_without_an_id_is_announced_by_the_one_it_has(cloud, rds):
    with heard(cloud) as events:
        sent = requested(cloud, rds.asking(restoreId=...).request)
        ended = follow(cloud, started_by(cloud, sent))
        found = eventually(lambda: events(ended.arn).get("Restore Succeeded"), "event of the end")

    assert ended.output["restoreId"].startswith("r-")
    assert found["restoreId"] == ended.output["restoreId"]
    assert ended.output["restoreId"] in found["message"]
    assert f"is up in {rds.target.account} {rds.target.region}" in found["message"]


def test_a_start_that_finds_its_id_held_is_nobodys_news(cloud, rds):
    with heard(cloud) as events:
        first, second = (start(cloud, rds.request) for _ in range(2))
        ended = {arn: follow(cloud, arn) for arn in (first, second)}
        [refused] = [it for it in ended.values() if it.error == "Restore.AlreadyRunning"]
        [done] = [it for it in ended.values() if it.succeeded]
        eventually(lambda: events(done.arn).get("Restore Succeeded"), "event of the end")

        assert "Restore Failed" not in events(refused.arn)


def test_a_restore_that_is_stopped_is_announced_as_failed(cloud, rds):
    with heard(cloud) as events:
        stopped = stop_at(cloud, rds, "Look at re-encrypted copy")
        found = eventually(lambda: events(stopped).get("Restore Failed"), "event of the end")

    assert found["status"] == "ABORTED"
    assert "was stopped" in found["message"]


def test_a_restore_that_runs_out_of_time_is_announced_as_failed(cloud, rds):
    with heard(cloud) as events:
        timed_out = disturbed(cloud, rds, "time out in Look at re-encrypted copy")
        found = eventually(lambda: events(timed_out).get("Restore Failed"), "event of the end")

    assert found["status"] == "TIMED_OUT"
    assert "has run out of time" in found["message"]


def test_a_dry_run_is_nobodys_news(cloud, rds):
    with heard(cloud) as events, subscribed(cloud) as notifications:
        planned = expect.run(cloud, rds.asking(options={"dryRun": True}))
        planned.raise_unless_succeeded()
        restore = expect.restored(cloud, rds)
        eventually(lambda: events(restore.ended.arn).get("Restore Succeeded"), "event of the end")

        assert events(planned.arn) == {}
        assert [it for it in notifications() if planned.arn in it["Message"]] == []
