"""An event becomes a running instance, once; what none can be made of is kept."""

import json

import expect
import pytest
from delivering import (
    FUNCTION,
    ON_ALARM,
    ON_SCHEDULE,
    due,
    event,
    executions,
    handled,
    issue,
    requested,
    said,
    started_by,
    told,
    watched,
)
from news import eventually, failed_starts, received
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow


@pytest.fixture
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account"), database=database)


@pytest.fixture
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account"), instance=instance)


# From an event to a running instance


def test_a_db_instance_that_an_event_asks_for_is_made(cloud, rds):
    ended = follow(cloud, started_by(cloud, requested(cloud, rds.request)))

    ended.raise_unless_succeeded()
    expect.as_asked(cloud, expect.Restored(rds, ended))


def test_an_instance_that_an_event_asks_for_runs(cloud, ec2):
    scene = ec2.asking(target__ec2__start=True)

    ended = follow(cloud, started_by(cloud, requested(cloud, scene.request)))

    ended.raise_unless_succeeded()
    expect.as_asked(cloud, expect.Restored(scene, ended))
    instance = ended.output["target"]["instanceId"]
    found = cloud.client("ec2", scene.target).describe_instances(InstanceIds=[instance])
    [state] = [it["State"]["Name"] for of in found["Reservations"] for it in of["Instances"]]
    assert state == "running"


def test_an_event_that_is_delivered_twice_is_one_restore(cloud, rds):
    sent = said(cloud, event("Restore Requested", rds.request))
    said(cloud, sent)
    started = started_by(cloud, sent["id"])
    handled(cloud, sent, times=2)
    follow(cloud, started).raise_unless_succeeded()
    said(cloud, sent)

    answers = handled(cloud, sent, times=3)

    assert [it["execution"] for it in answers] == [started] * 3
    # Whoever comes while it runs is answered by Step Functions as if it had started it.
    assert any(it["before"] for it in answers)
    assert executions(cloud, rds.restore_id) == [started]
    expect.ends_as_asked(cloud, rds)


def test_events_that_ask_for_one_restore_id_are_one_restore(cloud, rds):
    since = cloud.last_call()
    sent = [requested(cloud, rds.request) for _ in range(2)]
    first, second = (follow(cloud, started_by(cloud, it)) for it in sent)
    # The one that comes later finds the id held, or the restore done.
    assert "Restore.AlreadyRunning" in {it.error for it in (first, second) if not it.succeeded}
    [restored] = [it for it in (first, second) if it.succeeded]

    later = follow(cloud, started_by(cloud, requested(cloud, rds.request)))

    later.raise_unless_succeeded()
    assert later.output["target"] == restored.output["target"]
    made = [it for it in cloud.calls(since) if it["action"] == "RestoreDBInstanceFromDBSnapshot"]
    assert [it["outcome"] for it in made] == ["ok"]
    expect.ends_as_asked(cloud, rds)


def test_an_alarm_that_goes_off_starts_what_the_stack_was_told_to_start(cloud, rds):
    with watched(cloud) as goes_off, told(cloud, ON_ALARM, rds.request):
        goes_off()
        [started] = eventually(lambda: executions(cloud, rds.restore_id), "execution")

    follow(cloud, started).raise_unless_succeeded()
    expect.ends_as_asked(cloud, rds)


def test_the_requests_that_are_parameters_of_the_stack_come_to_the_function_whole(cloud):
    functions = cloud.home_client("lambda")
    found = functions.get_function_configuration(FunctionName=FUNCTION)["Environment"]

    starts = {it: json.loads(of) for it, of in found["Variables"].items() if it.startswith("START")}
    assert starts == {
        "START_ON_ALARM": example("rds-cross-region"),
        "START_ON_HEALTH_EVENT": example("ec2-cross-region"),
        "START_ON_SCHEDULE": example("drill"),
    }


# What cannot be started


def kept(cloud, sent, words):
    """The event lies in the queue of failed starts, with the reason."""
    url = failed_starts(cloud)
    [message] = eventually(lambda: received(cloud, url), "message in the queue of failed starts")
    assert message["requestPayload"] == sent
    assert message["responsePayload"]["errorType"] == "Restore.InvalidInput"
    assert words in message["responsePayload"]["errorMessage"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (
            event("Restore Requested", {"restoreId": "Orders"}),
            "detail is no request: restoreId",
        ),
        (issue(eventArn=""), "detail.eventArn"),
    ],
)
def test_what_no_restore_can_be_made_of_is_kept_with_the_reason(cloud, sent, words):
    kept(cloud, said(cloud, sent), words)


def test_a_schedule_that_nothing_is_set_for_is_kept_with_the_reason(cloud):
    with told(cloud, ON_SCHEDULE, None):
        sent = due(cloud, "StartRestoreScheduled")
        kept(cloud, sent, "nothing is to be started on `Scheduled Event`")
