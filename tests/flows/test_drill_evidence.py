"""The evidence of a drill: where it lies is told, or that there is none; and its figures are."""

import json

import expect
import pytest
from delivering import physical
from drilling import drill, evidence, evidence_of, outcomes, told_in
from news import eventually, subscribed
from recording import environment
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.start import start
from stopped import clean_up, clean_up_after, nobody_told, stop, stop_at
from test_lease import leases

RECORDER = "restore-record-drill"

# As often as that a state is not left, as long as a test may take.
NOT_YET = "Restore.QuotaExceeded 99 times in Record drill"
UNHEARD = "Restore.QuotaExceeded 99 times after Record drill"


@pytest.fixture
def scene(cloud, database):
    """A drill of a DB instance."""
    arranged = arrange(cloud, example("rds-cross-account-cross-region"), database=database)
    return drill(cloud, arranged)


def messages(cloud, scene, notifications, what):
    """What the topic says of the drill under this subject."""
    subject = f"Drill {what}: drill-{scene.restore_id}"
    return eventually(
        lambda: [it["Message"] for it in notifications() if it["Subject"] == subject], subject
    )


def test_of_a_drill_that_failed_whoever_is_on_call_reads_where_its_evidence_lies(cloud, scene):
    cloud.fail_next("db-snapshot-copy", "failed", "", account=scene.target.account)
    with subscribed(cloud) as notifications:
        ended = expect.run(cloud, scene)
        [message] = messages(cloud, scene, notifications, "failed")

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed"), ended.cause
    kept = told_in(message)
    assert kept == told_in(ended.cause)
    told = evidence(cloud, kept)
    assert (told["executionArn"], told["status"]) == (ended.arn, "FAILED")


def test_of_a_drill_that_was_stopped_they_read_where_its_evidence_will_lie(cloud, scene):
    with subscribed(cloud) as notifications:
        execution = stop_at(cloud, scene, "Look at copies in target account")
        [message] = messages(cloud, scene, notifications, "failed")
    kept = clean_up_after(cloud, execution)["evidence"]

    folder, _, name = kept["key"].rpartition("/")
    assert f"records the evidence in s3://{kept['bucket']}/{folder}/ " in message
    assert name.endswith(f"-{execution.rsplit(':', 1)[-1]}.json")
    assert "ABORTED" in evidence(cloud, kept)["failure"]["Cause"]


def test_a_drill_that_is_stopped_before_it_is_recorded_is_recorded_by_the_clean_up(cloud, scene):
    execution = stop_at(cloud, scene, "Record drill", NOT_YET)

    kept = clean_up_after(cloud, execution)["evidence"]

    expect.unchanged_since(cloud, scene.before)
    told = evidence(cloud, kept)
    assert (told["status"], outcomes(told)["available"]) == ("FAILED", "passed")
    assert "ABORTED" in told["failure"]["Cause"]
    assert f"drill-{scene.restore_id}" not in leases(cloud)


def test_a_drill_that_is_stopped_after_it_was_recorded_has_passed(cloud, scene):
    execution = start(cloud, scene.request, UNHEARD)
    told = eventually(lambda: evidence_of(cloud, execution), "evidence")

    stop(cloud, execution)
    kept = clean_up_after(cloud, execution)["evidence"]

    expect.unchanged_since(cloud, scene.before)
    assert evidence(cloud, kept) == told
    assert told["status"] == "PASSED"


def test_evidence_that_s3_refuses_is_said_not_to_be_recorded_until_it_is(cloud, scene):
    with nobody_told(cloud):
        with environment(cloud, RECORDER, RECOVERY_BUCKET="no-such-bucket"):
            ended = expect.run(cloud, scene)
            refused = follow(cloud, clean_up(cloud, ended.arn))
        assert (ended.status, refused.status) == ("FAILED", "FAILED")
        for words in ("s3:PutObject", "no-such-bucket", "The evidence is not recorded yet."):
            assert words in ended.cause
        assert "the evidence of the drill could not be recorded: s3:PutObject" in refused.cause
        # It has taken away all the same what it made.
        expect.unchanged_since(cloud, scene.before)
        assert evidence_of(cloud, ended.arn) is None

        again = follow(cloud, clean_up(cloud, ended.arn))

    again.raise_unless_succeeded()
    told = evidence(cloud, again.output["evidence"])
    assert (told["status"], outcomes(told)["available"]) == ("FAILED", "passed")
    assert "no-such-bucket" in told["failure"]["Cause"]
    assert f"drill-{scene.restore_id}" not in leases(cloud)


def test_a_drill_is_a_line_of_figures_in_the_log_of_the_deployed_function(cloud, scene):
    outcome = expect.restored(cloud, scene).ended.output

    [line] = eventually(lambda: figures(cloud, outcome["restoreId"]), "line of figures")
    assert line["DrillPassed"] == 1
    assert line["DrillRecoveryTime"] == outcome["rto"]["seconds"]
    assert line["DrillRecoveryPointAge"] == outcome["rpo"]["seconds"]
    [metrics] = line["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "Restore"
    assert {it["Name"] for it in metrics["Metrics"]} == {
        "DrillPassed",
        "DrillRecoveryTime",
        "DrillRecoveryPointAge",
    }
    dimensions = {name: line[name] for names in metrics["Dimensions"] for name in names}
    assert dimensions == {"Flow": outcome["flow"], "RestoreId": outcome["restoreId"]}


def figures(cloud, drill_id):
    """The lines of the log that CloudWatch takes figures of this drill from."""
    pages = (
        cloud.home_client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=physical(cloud, "FunctionLogs"), filterPattern=f'"{drill_id}"')
    )
    # A line that is one JSON object and nothing else.
    lines = [json.loads(it["message"]) for page in pages for it in page["events"]]
    return [it for it in lines if "_aws" in it]
