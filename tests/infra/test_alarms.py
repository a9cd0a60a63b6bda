"""What goes wrong is told once: by who ended, by who announces it, or by an alarm, to the topic."""

import pytest
from cloudformation import template

NEWS = [{"Ref": "News"}]

ALARMS = {
    "AStartHasFailed",
    "AFailedStartWasLost",
    "SettingsAreNotRecorded",
    "AnUnrecordedSettingWasLost",
    "ACleanUpOrAnnouncementIsMissing",
    "ACleanUpHasFailed",
    "ACleanUpHasTimedOut",
    "ACleanUpWasStopped",
    "AnAnnouncementHasFailed",
}
"""Of restores and recoveries there is none: how these end, dry runs aside, is announced."""


@pytest.fixture(scope="module")
def resources():
    return template("template")["Resources"]


@pytest.fixture(scope="module")
def alarms(resources):
    return {
        name: it["Properties"]
        for name, it in resources.items()
        if it["Type"] == "AWS::CloudWatch::Alarm"
    }


def test_an_alarm_tells_what_nobody_else_does(alarms):
    assert alarms.keys() == ALARMS
    assert {name for name, it in alarms.items() if it["AlarmActions"] != NEWS} == set()


def test_every_alarm_goes_off_by_the_first_and_where_nothing_happens_by_none(alarms):
    for name, it in alarms.items():
        assert (it["Statistic"], it["Threshold"]) == ("Sum", 0), name
        assert it["ComparisonOperator"] == "GreaterThanThreshold", name
        assert it["TreatMissingData"] == "notBreaching", name


@pytest.mark.parametrize(
    ("function", "alarm"),
    [
        ("StartRestore", "AFailedStartWasLost"),
        ("RecordSettings", "AnUnrecordedSettingWasLost"),
    ],
)
def test_a_failure_that_its_queue_was_not_sent_is_told(resources, alarms, function, alarm):
    kept = resources[function]["Properties"]["EventInvokeConfig"]["DestinationConfig"]
    watched = alarms[alarm]

    assert kept["OnFailure"]["Type"] == "SQS"
    assert (watched["Namespace"], watched["MetricName"]) == (
        "AWS/Lambda",
        "DestinationDeliveryFailures",
    )
    assert watched["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]


def test_a_clean_up_that_ends_in_any_way_but_the_good_one_is_told(alarms):
    watched = [
        it
        for it in alarms.values()
        if it["Dimensions"][0]["Value"] == {"Ref": "CleanUpAfterRestore"}
    ]

    # Step Functions' execution metrics, less those of executions that began or succeeded.
    assert {(it["Namespace"], it["MetricName"]) for it in watched} == {
        ("AWS/States", "ExecutionsFailed"),
        ("AWS/States", "ExecutionsTimedOut"),
        ("AWS/States", "ExecutionsAborted"),
    }
    assert {it["Dimensions"][0]["Name"] for it in watched} == {"StateMachineArn"}


def test_a_recovery_that_could_not_tell_of_its_end_is_announced(resources):
    rule = resources["RecoveryEnded"]["Properties"]
    detail = rule["EventPattern"]["detail"]

    assert detail["stateMachineArn"] == [{"Ref": "Recovery"}]
    # BC:stepfunctions.ExecutionStatus, less RUNNING, SUCCEEDED and what only redrive leads to.
    assert detail["status"] == ["ABORTED", "FAILED", "TIMED_OUT"]
    [target] = rule["Targets"]
    assert target["Arn"] == {"Ref": "AnnounceRestore"}
    assert target["DeadLetterConfig"] == {"Arn": {"GetAtt": "UndeliveredEvents.Arn"}}


def test_what_a_recovery_is_refused_to_tell_is_announced_and_a_failed_announcement_is_told(
    resources, alarms
):
    recovery = resources["Recovery"]["Properties"]["DefinitionSubstitutions"]
    watched = alarms["AnAnnouncementHasFailed"]

    assert recovery["AnnounceStateMachine"] == {"Ref": "AnnounceRestore"}
    assert (watched["Namespace"], watched["MetricName"]) == ("AWS/States", "ExecutionsFailed")
    assert watched["Dimensions"] == [
        {"Name": "StateMachineArn", "Value": {"Ref": "AnnounceRestore"}}
    ]


def test_what_cannot_be_delivered_is_kept_of_every_rule_and_of_no_other(resources):
    rules = {name for name, it in resources.items() if it["Type"] == "AWS::Events::Rule"}
    [statement] = resources["LetEventsBeKept"]["Properties"]["PolicyDocument"]["Statement"]

    senders = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {it["GetAtt"] for it in senders} == {f"{name}.Arn" for name in rules}


def test_who_announces_may_look_at_restores_and_recoveries_and_at_leases_and_change_none(
    resources,
):
    [executions, leases] = resources["LookAtWhatEnded"]["Properties"]["PolicyDocument"]["Statement"]

    assert executions["Action"] == "states:DescribeExecution"
    looked_at = [it["Sub"].rsplit(":execution:", 1)[1] for it in executions["Resource"]]
    assert looked_at == ["${AWS::StackName}:*", "${AWS::StackName}-recovery:*"]
    assert leases["Action"] == "dynamodb:GetItem"
    assert leases["Resource"] == {"GetAtt": "Leases.Arn"}
    role = resources["AnnounceRole"]["Properties"]["ManagedPolicyArns"]
    assert {"Ref": "LookAtWhatEnded"} in role
