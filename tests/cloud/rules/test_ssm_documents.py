"""The documents that commands are of, and their parameters."""

import json

import pytest
from aws import NEAR, SOURCE, TARGET, refused, unique
from compute import at_once  # noqa: F401
from nodes_and_commands import COMMANDS, SHELL, send, ssm, standing_node, told

pytestmark = pytest.mark.usefixtures("at_once")


@pytest.fixture(scope="module")
def instance(plane):
    """A managed node that no test changes."""
    return standing_node()


CHECK = {
    "schemaVersion": "2.2",
    "description": "Checks what was restored",
    "parameters": {
        "database": {"type": "String"},
        "depth": {"type": "String", "default": "quick", "allowedValues": ["quick", "full"]},
    },
    "mainSteps": [
        {
            "action": "aws:runShellScript",
            "name": "check",
            "inputs": {"runCommand": ["check {{ database }} {{ depth }}"]},
        }
    ],
}
TWO_STEPS = CHECK | {"mainSteps": [CHECK["mainSteps"][0] | {"name": n} for n in ("look", "check")]}


def document(account=SOURCE, content=CHECK, kind="Command"):
    """The name of a new document."""
    name = unique("check")
    ssm(account).create_document(Name=name, Content=json.dumps(content), DocumentType=kind)
    return name


def of(name, account=SOURCE):
    return f"arn:aws:ssm:{NEAR}:{account}:document/{name}"


GIVEN = {"database": ["orders"]}


@pytest.mark.parametrize("name", ["AWS-RunNothing", "nobodys", "arn:aws:ssm:eu-west-1::document/x"])
def test_a_document_that_there_is_not_is_refused(instance, name):
    refused(lambda: send(instance, DocumentName=name), "InvalidDocument")


def test_amazons_documents_have_an_arn_without_an_account(instance):
    assert send(instance, DocumentName=f"arn:aws:ssm:{NEAR}::document/{SHELL}")


def test_a_document_of_the_accounts_own_is_run_by_its_name_or_arn(instance):
    name = document()

    for named in (name, of(name)):
        command = send(instance, DocumentName=named, Parameters=GIVEN)
        invocation = told(command, instance)
        assert (invocation["DocumentName"], invocation["PluginName"]) == (name, "check")


def test_a_document_of_another_accounts_is_run_by_its_arn_once_it_is_shared(instance):
    name = document(TARGET)
    theirs = of(name, TARGET)
    refused(lambda: send(instance, DocumentName=theirs, Parameters=GIVEN), "InvalidDocument")

    ssm(TARGET).modify_document_permission(
        Name=name, PermissionType="Share", AccountIdsToAdd=[SOURCE]
    )

    assert send(instance, DocumentName=theirs, Parameters=GIVEN)
    refused(lambda: send(instance, DocumentName=name, Parameters=GIVEN), "InvalidDocument")


def test_a_document_that_is_no_command_is_refused(instance):
    runbook = {"schemaVersion": "0.3", "mainSteps": []}
    name = document(content=runbook, kind="Automation")

    refused(lambda: send(instance, DocumentName=name, Parameters={}), "InvalidDocument")


def test_a_version_that_there_is_not_is_refused(instance):
    asked = {"DocumentName": document(), "Parameters": GIVEN}

    assert send(instance, DocumentVersion="1", **asked)
    refused(lambda: send(instance, DocumentVersion="2", **asked), "InvalidDocumentVersion")


@pytest.mark.parametrize(
    ("named", "given"),
    [
        (SHELL, {}),
        (SHELL, {**COMMANDS, "command": ["x"]}),
        (None, {}),
        (None, {"database": ["orders"], "depth": ["deep"]}),
    ],
)
def test_parameters_are_those_that_the_document_declares(instance, named, given):
    name = named or document()

    refused(lambda: send(instance, DocumentName=name, Parameters=given), "InvalidParameters")


def test_a_step_among_several_has_to_be_named(instance):
    command = send(instance, DocumentName=document(content=TWO_STEPS), Parameters=GIVEN)

    assert told(command, instance, PluginName="look")["PluginName"] == "look"
    refused(lambda: told(command, instance), "InvalidPluginName")
    refused(lambda: told(command, instance, PluginName="third"), "InvalidPluginName")
