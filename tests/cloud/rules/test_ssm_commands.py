"""What becomes of a command: SendCommand, and GetCommandInvocation until it has ended."""

import pytest
from aws import FAR, NEAR, SOURCE, TARGET, WHILE, elapse, eventually, refused
from compute import ENDLESS, at_once, fails  # noqa: F401
from nodes_and_commands import (
    COMMANDS,
    SHELL,
    node,
    send,
    ssm,
    standing_node,
    summary,
    told,
    written,
)

pytestmark = pytest.mark.usefixtures("at_once")

UNKNOWN = "0b1c2d3e-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def instance(plane):
    """A managed node that no test changes."""
    return standing_node()


@pytest.fixture
def swift(settings):
    """Commands take no time."""
    settings(durations={"ssm-command": 0})


def test_what_was_sent_is_told(instance):
    command = ssm().send_command(
        DocumentName=SHELL,
        InstanceIds=[instance],
        Parameters=COMMANDS,
        Comment="drill r-1",
        TimeoutSeconds=60,
    )["Command"]

    assert len(command["CommandId"]) == 36
    expected = {
        "DocumentName": SHELL,
        "DocumentVersion": "$DEFAULT",
        "Comment": "drill r-1",
        "Parameters": COMMANDS,
        "InstanceIds": [instance],
        "Status": "Pending",
        "StatusDetails": "Pending",
        "TimeoutSeconds": 60,
        "TargetCount": 1,
        "CompletedCount": 0,
    }
    assert {name: command[name] for name in expected} == expected
    invocation = told(command["CommandId"], instance)
    assert invocation["Comment"] == "drill r-1"
    assert invocation["DocumentName"] == SHELL
    assert invocation["PluginName"] == "aws:runShellScript"


def test_an_invocation_is_pending_then_in_progress_then_a_success(instance, settings):
    settings(durations={"ssm-command": WHILE})
    command = send(instance)

    first = told(command, instance)
    assert summary(first) == ("Pending", "Pending", -1, "", "")
    assert (first["ExecutionStartDateTime"], first["ExecutionEndDateTime"]) == ("", "")
    elapse(WHILE / 2)
    second = told(command, instance)
    assert summary(second) == ("InProgress", "InProgress", -1, "", "")
    assert second["ExecutionStartDateTime"]
    assert second["ExecutionEndDateTime"] == ""
    elapse(WHILE / 2)
    last = told(command, instance)
    assert summary(last) == ("Success", "Success", 0, "", "")
    assert last["ExecutionEndDateTime"] > last["ExecutionStartDateTime"]


@pytest.mark.parametrize(
    ("state", "message", "seen"),
    [
        ("Success", "12 tables", ("Success", "Success", 0, "12 tables", "")),
        ("Failed", "3: no such table", ("Failed", "Failed", 3, "", "no such table")),
        ("Failed", "no such table", ("Failed", "Failed", 1, "", "no such table")),
        ("ExecutionTimedOut", "", ("TimedOut", "ExecutionTimedOut", 137, "", "")),
        ("DeliveryTimedOut", "", ("TimedOut", "DeliveryTimedOut", -1, "", "")),
        ("Undeliverable", "", ("Failed", "Undeliverable", -1, "", "")),
        ("Cancelled", "", ("Cancelled", "Cancelled", -1, "", "")),
    ],
)
@pytest.mark.usefixtures("swift")
def test_a_test_says_how_a_command_ends(instance, state, message, seen):
    fails("ssm-command", state, message, account=SOURCE, region=NEAR, instance=instance)
    command = send(instance)

    assert summary(told(command, instance)) == seen
    assert summary(told(send(instance), instance))[0] == "Success"


@pytest.mark.usefixtures("swift")
def test_an_ending_is_for_a_document_and_the_tags_of_an_instance(instance):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "restore:id", "Value": "r-7"}]}]
    tagged = node(TagSpecifications=tags)
    fails("ssm-command", "Failed", "2: ", document=SHELL, **{"tag:restore:id": "r-7"})

    assert summary(told(send(instance), instance))[:3] == ("Success", "Success", 0)
    assert summary(told(send(tagged), tagged))[:3] == ("Failed", "Failed", 2)


@pytest.mark.usefixtures("swift")
def test_what_is_written_is_told_up_to_a_limit(instance):
    fails("ssm-command", "Success", "o" * 24_001, instance=instance)
    assert written(told(send(instance), instance)) == ("o" * 24_000, "")
    fails("ssm-command", "Failed", "1: " + "e" * 8_001, instance=instance)
    assert written(told(send(instance), instance)) == ("", "e" * 8_000)


def test_a_command_that_runs_for_longer_than_its_execution_timeout_is_ended_by_it(
    instance, settings
):
    settings(durations={"ssm-command": ENDLESS}, pace=2)
    command = send(instance, Parameters={**COMMANDS, "executionTimeout": ["30"]})

    elapse(7)
    assert told(command, instance)["Status"] == "InProgress"
    elapse(8)
    assert summary(told(command, instance))[:3] == ("TimedOut", "ExecutionTimedOut", 137)


def test_each_instance_has_an_invocation_of_its_own(instance):
    other = node()
    fails("ssm-command", "Failed", "9: ", instance=other)
    command = send(instance, InstanceIds=[instance, other])

    eventually(lambda: told(command, other)["Status"] == "Failed")
    eventually(lambda: told(command, instance)["Status"] == "Success")


def test_an_invocation_may_not_be_there_yet(instance, settings):
    settings(durations={"ssm-command": ENDLESS}, consistency={"commands": ENDLESS})
    command = send(instance)

    refused(lambda: told(command, instance), "InvocationDoesNotExist")
    settings(consistency={"commands": 0})
    assert told(command, instance)["Status"] == "Pending"


def test_there_is_none_of_another_command_instance_region_or_account(instance):
    command, other = send(instance), node()

    code = "InvocationDoesNotExist"
    assert refused(lambda: told(UNKNOWN, instance), code) == ""
    refused(lambda: told(command, other), code)
    refused(lambda: told(command, instance, region=FAR), code)
    refused(lambda: told(command, instance, TARGET), code)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"TimeoutSeconds": 29}, "timeoutSeconds"),
        ({"TimeoutSeconds": 2_592_001}, "timeoutSeconds"),
        ({"Comment": "c" * 101}, "comment"),
        ({"InstanceIds": ["i-none"]}, "instanceIds"),
        ({"InstanceIds": [f"i-{n:017}" for n in range(51)]}, "instanceIds"),
        ({"InstanceIds": []}, "InstanceIds"),
        ({"DocumentName": "a document"}, "documentName"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(instance, asked, word):
    refused(lambda: send(instance, **asked), "ValidationException", word)


def test_an_invocation_is_asked_for_by_ids(instance):
    refused(lambda: told("1", instance), "ValidationException", "commandId")
    refused(lambda: told(UNKNOWN, "i-1"), "ValidationException", "instanceId")


def test_an_instance_is_named_once(instance):
    refused(lambda: send(instance, InstanceIds=[instance, instance]), "DuplicateInstanceId")


def test_the_rest_of_systems_manager_is_not_served():
    refused(lambda: ssm().get_parameter(Name="x"), "NotImplemented", "ssm:GetParameter")
