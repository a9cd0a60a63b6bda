"""An event becomes a running instance, once; what none can be made of is kept."""

import copy
import json
from contextlib import contextmanager

import expect
import pytest
from delivering import FUNCTION, delivered, event, executions
from local_aws.stack import ALARM
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


@contextmanager
def told(cloud, variable, request):
    """Within the block the function is told to start this request, as a parameter would tell it."""
    functions = cloud.home_client("lambda")
    before = functions.get_function_configuration(FunctionName=FUNCTION)["Environment"]
    changed = copy.deepcopy(before)
    changed["Variables"][variable] = json.dumps(request)
    functions.update_function_configuration(FunctionName=FUNCTION, Environment=changed)
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=FUNCTION, Environment=before)


def test_an_alarm_that_goes_off_starts_what_the_stack_was_told_to_start(cloud, rds):
    cloudwatch = cloud.home_client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        Namespace="orders",
        MetricName="Orders",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
    )
    try:
        with told(cloud, "START_ON_ALARM", rds.request):
            reason = "no order for five minutes"
            cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason=reason)
            [started] = eventually(lambda: executions(cloud, rds.restore_id), "execution")
    finally:
        cloudwatch.delete_alarms(AlarmNames=[ALARM])

    follow(cloud, started).raise_unless_succeeded()
    expect.ends_as_asked(cloud, rds)


@pytest.mark.parametrize(
    ("variable", "detail_type", "detail"),
    [
        (
            "START_ON_HEALTH_EVENT",
            "AWS Health Event",
            {"eventArn": "arn:aws:health:eu-west-1::event/RDS/AWS_RDS_OPERATIONAL_ISSUE/{}"},
        ),
        ("START_ON_SCHEDULE", "Scheduled Event", {}),
    ],
)
def test_an_issue_and_a_schedule_start_what_the_stack_was_told_to_start(
    cloud, rds, variable, detail_type, detail
):
    """Neither can be put on the bus here; that they meet their rules tests/infra shows."""
    of_this_issue = {name: it.format(rds.restore_id) for name, it in detail.items()}
    with told(cloud, variable, rds.request):
        started, failure = delivered(cloud, event(detail_type, of_this_issue))

    assert failure is None, started
    assert executions(cloud, rds.restore_id) == [started["executionArn"]]
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


def test_only_what_parameters_name_starts_restores(cloud):
    rules = cloud.home_client("events").list_rules()["Rules"]
    states = {it["Name"]: it["State"] for it in rules if "StartRestore" in it["Name"]}

    disabled = {name for name, state in states.items() if state != "ENABLED"}
    assert len(states) == 4
    assert len([it for it in disabled if "HealthIssue" in it or "Scheduled" in it]) == 2
    assert len(disabled) == 2
