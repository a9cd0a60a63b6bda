"""Tasks that send commands and look at them, by the SDK integration of Systems Manager."""

import pytest
from local_aws import HOME, TARGET
from machine import allow
from reaching import SEND_AND_LOOK, sdk, sending

NOTHING = "0b1c2d3e-0000-4000-8000-000000000001"


def looking(command="{% $states.input.Command.CommandId %}", instance=None, **fields):
    """A Task state that looks at an invocation."""
    instance = instance or "{% $states.input.Command.InstanceIds[0] %}"
    arguments = {"CommandId": command, "InstanceId": instance}
    return sdk("getCommandInvocation", arguments, **{"End": True, **fields})


def send_and_look(reaching, **fields):
    """An execution that sends a command and looks at it once."""
    send = sending(reaching.node[HOME], Next="Look", **fields)
    del send["End"]
    return reaching.ran(reaching.machine({"Send": send, "Look": looking()}, SEND_AND_LOOK))


def test_a_command_is_sent_and_told_of_as_the_state_machines_own_role(reaching):
    ended = send_and_look(reaching)

    seen = ended.output
    names = ("Status", "StatusDetails", "ResponseCode", "StandardOutputContent")
    assert [seen[name] for name in names] == ["Success", "Success", 0, ""]
    last = reaching.calls()[-1]
    assert (last["action"], last["account"], last["region"]) == (
        "GetCommandInvocation",
        HOME,
        "us-east-1",
    )


def test_dates_are_text(reaching):
    ended = reaching.ran(reaching.machine({"Send": sending(reaching.node[HOME])}, SEND_AND_LOOK))

    assert ended.output["Command"]["RequestedDateTime"].endswith("Z")


def test_what_a_command_ends_with_is_told(reaching):
    reaching.fails("ssm-command", "Failed", "3: no such table", instance=reaching.node[HOME])

    seen = send_and_look(reaching).output

    names = ("Status", "ResponseCode", "StandardErrorContent")
    assert [seen[name] for name in names] == ["Failed", 3, "no such table"]


def test_arguments_are_evaluated(reaching):
    task = sending("{% $states.input.instance %}", arguments={"Comment": "{% 'dr' & 'ill' %}"})
    machine = reaching.machine({"Send": task}, SEND_AND_LOOK)

    ended = reaching.ran(machine, {"instance": reaching.node[HOME]})

    assert ended.output["Command"]["Comment"] == "drill"


# Errors (SFN/supported-services-awssdk: names end in `Exception` though the API's do not)


@pytest.mark.parametrize(
    ("asked", "error", "word"),
    [
        ({"InstanceIds": ["i-0123456789abcdef0"]}, "InvalidInstanceIdException", "not in a valid"),
        ({"DocumentName": "nobodys"}, "InvalidDocumentException", "nobodys"),
        ({"Parameters": {}}, "InvalidParametersException", "commands"),
        ({"TimeoutSeconds": 1}, "SsmException", "timeoutSeconds"),
    ],
)
def test_an_error_has_the_name_of_the_sdks_exception(reaching, asked, error, word):
    task = sending(reaching.node[HOME], arguments=asked)

    ended = reaching.ran(reaching.machine({"Send": task}, SEND_AND_LOOK))

    assert (ended.status, ended.error) == ("FAILED", f"Ssm.{error}")
    assert word in ended.description["cause"]
    assert "(Service: Ssm, Status Code: 400, Request ID: " in ended.description["cause"]


def test_an_error_without_a_message_is_told_by_its_code(reaching):
    machine = reaching.machine({"Look": looking(NOTHING, reaching.node[HOME])}, SEND_AND_LOOK)

    ended = reaching.ran(machine)

    assert ended.error == "Ssm.InvocationDoesNotExistException"
    said = "Service returned error code InvocationDoesNotExist (Service: Ssm, Status Code: 400, "
    assert ended.description["cause"].startswith(said)


def test_an_invocation_that_is_not_there_yet_can_be_tried_again(reaching):
    retry = {"ErrorEquals": ["Ssm.InvocationDoesNotExistException"], "MaxAttempts": 60}
    retry |= {"IntervalSeconds": 2, "BackoffRate": 1}
    send = sending(reaching.node[HOME], Next="Look")
    del send["End"]
    machine = reaching.machine({"Send": send, "Look": looking(Retry=[retry])}, SEND_AND_LOOK)
    reaching.steer("PUT", "settings", {"consistency": {"commands": 0.5}})
    try:
        ended = reaching.ran(machine)
    finally:
        reaching.steer("PUT", "settings", {"consistency": {"commands": 0}})

    assert ended.output["Status"] == "Success"
    assert len(reaching.events(ended.arn, "TaskFailed")) > 1


def test_a_role_that_may_not_send_fails_under_the_services_own_name(reaching):
    machine = reaching.machine({"Send": sending(reaching.node[HOME])}, allow("lambda:*"))

    ended = reaching.ran(machine)

    role = reaching.role_of(machine).rsplit("/", 1)[-1]
    assert ended.error == "Ssm.SsmException"
    assert ended.description["cause"].startswith(f"User: arn:aws:sts::{HOME}:assumed-role/{role}/")
    assert (
        "is not authorized to perform: ssm:SendCommand on resource: " in ended.description["cause"]
    )


def test_what_is_another_accounts_is_not_there_without_credentials(reaching):
    machine = reaching.machine({"Send": sending(reaching.node[TARGET])}, SEND_AND_LOOK)

    assert reaching.ran(machine).error == "Ssm.InvalidInstanceIdException"


def test_an_error_is_caught_by_its_name(reaching):
    catch = [{"ErrorEquals": ["Ssm.InvalidInstanceIdException"], "Next": "Caught"}]
    caught = {"Type": "Pass", "Output": "caught", "End": True}
    states = {"Send": sending("i-0123456789abcdef0", Catch=catch), "Caught": caught}

    assert reaching.ran(reaching.machine(states, SEND_AND_LOOK)).output == "caught"


def test_a_throttled_call_fails_under_the_services_own_name(reaching):
    throttled = {"code": "ThrottlingException", "message": "Rate exceeded", "status": 400}
    match = {"action": "ssm:SendCommand"}
    reaching.steer("POST", "injections", {"kind": "error", "match": match, "error": throttled})
    machine = reaching.machine({"Send": sending(reaching.node[HOME])}, SEND_AND_LOOK)

    ended = reaching.ran(machine)

    assert ended.error == "Ssm.SsmException"
    assert ended.description["cause"].startswith("Rate exceeded (Service: Ssm")


def test_a_call_without_an_answer_fails_as_the_sdks_client_does(reaching):
    match = {"action": "ssm:SendCommand"}
    reaching.steer("POST", "injections", {"kind": "never-arrives", "match": match})
    machine = reaching.machine({"Send": sending(reaching.node[HOME])}, SEND_AND_LOOK)

    ended = reaching.ran(machine)

    assert ended.error == "Ssm.SdkClientException"
    assert ended.description["cause"].startswith("Unable to execute HTTP request: ")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"Documentname": "x"}, 'The field "Documentname" is not supported by Step Functions'),
        ({"DocumentName": None}, 'The field "DocumentName" is required but was missing'),
    ],
)
def test_arguments_that_the_operation_does_not_have_fail_the_execution(reaching, change, word):
    task = sending(reaching.node[HOME], arguments=change)
    task["Arguments"] = {name: it for name, it in task["Arguments"].items() if it is not None}

    ended = reaching.ran(reaching.machine({"Send": task}, SEND_AND_LOOK))

    assert ended.error == "States.Runtime"
    assert word in ended.description["cause"]


def test_a_control_plane_that_knows_no_resource_plane_says_so(states):
    ended = states.run({"Send": sending("i-0123456789abcdef0")})

    assert ended.error == "States.Runtime"
    assert "resource plane" in ended.description["cause"]
