"""An event becomes a running instance, once; what none can be made of is kept; all is announced."""

import copy
import json
import uuid

import expect
import pytest
from news import eventually, failed_starts, heard, received, subscribed
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.start import start
from stopped import stop_at

FUNCTION = "restore-start-restore"


@pytest.fixture
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account"), database=database)


@pytest.fixture
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account"), instance=instance)


def event(detail_type, detail, event_id=None):
    """The event as EventBridge hands it to its targets (EB/eb-events-structure)."""
    return {
        "version": "0",
        "id": event_id or str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": "operations",
        "account": "123456789012",
        "time": "2026-11-23T03:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def delivered(cloud, sent):
    """What the function answers to a delivery of the event."""
    answer = cloud.home_client("lambda").invoke(
        FunctionName=FUNCTION, Payload=json.dumps(sent).encode()
    )
    payload = json.loads(answer["Payload"].read())
    return payload, answer.get("FunctionError")


def executions(cloud, restore_id):
    """The restores that events have started with this id."""
    pages = cloud.step_functions.get_paginator("list_executions").paginate(
        stateMachineArn=cloud.state_machine
    )
    by_events = [
        cloud.step_functions.describe_execution(executionArn=it["executionArn"])
        for page in pages
        for it in page["executions"]
        if it["name"].startswith("event-")
    ]
    return [
        it["executionArn"]
        for it in by_events
        if json.loads(it["input"]).get("restoreId") == restore_id
    ]


# From an event to a running instance


def requested(cloud, scene):
    """The ends of the restores that an event on the bus, which asks for the scene, has started."""
    asked = {
        "Source": "operations",
        "DetailType": "Restore Requested",
        "Detail": json.dumps(scene.request),
    }
    cloud.home_client("events").put_events(Entries=[asked])
    started = eventually(lambda: executions(cloud, scene.restore_id), "execution")
    ended = [follow(cloud, it) for it in started]
    assert executions(cloud, scene.restore_id) == started
    return ended


def test_a_db_instance_that_an_event_asks_for_is_made(cloud, rds):
    [ended] = requested(cloud, rds)

    ended.raise_unless_succeeded()
    expect.as_asked(cloud, expect.Restored(rds, ended))


def test_an_instance_that_an_event_asks_for_runs(cloud, ec2):
    scene = ec2.asking(target__ec2__start=True)

    [ended] = requested(cloud, scene)

    ended.raise_unless_succeeded()
    expect.as_asked(cloud, expect.Restored(scene, ended))
    instance = ended.output["target"]["instanceId"]
    found = cloud.client("ec2", scene.target).describe_instances(InstanceIds=[instance])
    [state] = [it["State"]["Name"] for of in found["Reservations"] for it in of["Instances"]]
    assert state == "running"


def test_an_event_that_is_delivered_twice_is_one_restore(cloud, rds):
    sent = event("Restore Requested", rds.request)

    first, _ = delivered(cloud, sent)
    second, _ = delivered(cloud, sent)
    follow(cloud, first["executionArn"]).raise_unless_succeeded()
    third, failure = delivered(cloud, sent)

    assert failure is None, third
    assert {it["executionArn"] for it in (first, second, third)} == {first["executionArn"]}
    assert third["wasStartedBefore"]
    assert executions(cloud, rds.restore_id) == [first["executionArn"]]


def test_an_alarm_starts_what_the_stack_was_told_to_start(cloud, rds):
    functions = cloud.home_client("lambda")
    before = functions.get_function_configuration(FunctionName=FUNCTION)["Environment"]
    told = copy.deepcopy(before)
    told["Variables"]["START_ON_ALARM"] = json.dumps(rds.request)
    functions.update_function_configuration(FunctionName=FUNCTION, Environment=told)
    try:
        alarm = event("CloudWatch Alarm State Change", {"alarmName": "orders-down"})
        started, failure = delivered(cloud, alarm)
    finally:
        functions.update_function_configuration(FunctionName=FUNCTION, Environment=before)

    assert failure is None, started
    follow(cloud, started["executionArn"]).raise_unless_succeeded()
    expect.ends_as_asked(cloud, rds)


def test_a_request_that_is_a_parameter_of_the_stack_comes_to_the_function_whole(cloud):
    functions = cloud.home_client("lambda")
    found = functions.get_function_configuration(FunctionName=FUNCTION)["Environment"]

    assert json.loads(found["Variables"]["START_ON_ALARM"]) == example("rds-cross-region")


# What cannot be started


@pytest.mark.parametrize(
    ("detail_type", "detail", "words"),
    [
        ("Restore Requested", {"restoreId": "Orders"}, "detail is no request: restoreId"),
        ("AWS Health Event", {"service": "EC2"}, "detail.eventArn"),
        ("Scheduled Event", {}, "nothing is to be started on `Scheduled Event`"),
    ],
)
def test_what_no_restore_can_be_made_of_is_kept_with_the_reason(cloud, detail_type, detail, words):
    sent = event(detail_type, detail)
    cloud.home_client("lambda").invoke(
        FunctionName=FUNCTION, InvocationType="Event", Payload=json.dumps(sent).encode()
    )

    url = failed_starts(cloud)
    [kept] = eventually(lambda: received(cloud, url), "message in the queue of failed starts")

    assert kept["requestPayload"] == sent
    assert kept["responsePayload"]["errorType"] == "Restore.InvalidInput"
    assert words in kept["responsePayload"]["errorMessage"]


def test_only_requests_start_restores_unless_parameters_say_more(cloud):
    rules = cloud.home_client("events").list_rules()["Rules"]
    states = {it["Name"]: it["State"] for it in rules if "StartRestore" in it["Name"]}

    enabled = {name for name, state in states.items() if state == "ENABLED"}
    assert len(states) == 4
    assert [name for name in enabled if "Requested" not in name] == []
    assert len(enabled) == 1


# What is announced


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
        started, _ = delivered(cloud, event("Restore Requested", rds.asking(restoreId=...).request))
        ended = follow(cloud, started["executionArn"])
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


def test_a_dry_run_is_nobodys_news(cloud, rds):
    with heard(cloud) as events, subscribed(cloud) as notifications:
        planned = expect.run(cloud, rds.asking(options={"dryRun": True}))
        planned.raise_unless_succeeded()
        restore = expect.restored(cloud, rds)
        eventually(lambda: events(restore.ended.arn).get("Restore Succeeded"), "event of the end")

        assert events(planned.arn) == {}
        assert [it for it in notifications() if planned.arn in it["Message"]] == []
