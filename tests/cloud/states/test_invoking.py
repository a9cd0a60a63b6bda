"""A state machine invokes the functions that its role may, of its own account and of others."""

import json
import uuid

import boto3
import pytest
from local_aws import HOME, TARGET
from machine import allow
from obedient import package

DENIED = "Lambda.AWSLambdaException"


def invoking(function, payload=None, **fields):
    """A Task state that invokes a function, whose answer is the state's output."""
    arguments = {"FunctionName": function, "Payload": payload or {"answer": 1}}
    output = "{% $states.result.Payload %}"
    resource = "arn:aws:states:::lambda:invoke"
    return {
        "Type": "Task",
        "Resource": resource,
        "Arguments": arguments,
        "Output": output,
        "End": True,
        **fields,
    }


def machine(states, task, *statements):
    """The ARN of a state machine whose role may do what the statements say, and that role's."""
    role = states.create_role(f"invoking-{uuid.uuid4().hex[:10]}", *statements)
    return states.create({"Invoke": task}, role), role


def ran(states, task, *statements):
    return states.ended(states.start(machine(states, task, *statements)[0]))


@pytest.fixture(scope="module")
def theirs(states):
    """A function of another account, made by an ordinary client of its administrator's."""
    clients = {
        name: boto3.client(
            name,
            endpoint_url=states.endpoint,
            region_name="us-east-1",
            aws_access_key_id=TARGET,
            aws_secret_access_key="local",
        )
        for name in ("iam", "lambda")
    }
    role = clients["iam"].create_role(
        RoleName="validate", AssumeRolePolicyDocument=json.dumps({"Statement": []})
    )["Role"]["Arn"]
    functions = clients["lambda"]
    arn = functions.create_function(
        FunctionName="validate",
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=role,
        Code={"ZipFile": package()},
    )["FunctionArn"]
    assert arn == f"arn:aws:lambda:us-east-1:{TARGET}:function:validate"

    class Theirs:
        """The function, and who may invoke it."""

        def __init__(self):
            self.arn = arn

        def lets(self, principal, **settings):
            functions.add_permission(
                FunctionName="validate",
                StatementId=uuid.uuid4().hex,
                Action="lambda:InvokeFunction",
                Principal=principal,
                **settings,
            )

    return Theirs()


INVOKE = allow("lambda:InvokeFunction")


@pytest.mark.parametrize("way", ["invoke", "its ARN"])
def test_a_role_has_to_allow_it(states, way):
    by_arn = {"Type": "Task", "Resource": states.obedient, "Arguments": {}, "End": True}
    task = invoking(states.obedient) if way == "invoke" else by_arn

    ended = ran(states, task, allow("s3:*"))

    assert ended.error == DENIED
    assert ended.description["cause"].startswith(
        f"User: arn:aws:sts::{HOME}:assumed-role/invoking-"
    )
    said = f"is not authorized to perform: lambda:InvokeFunction on resource: {states.obedient} "
    why = (
        "because no identity-based policy allows the lambda:InvokeFunction action (Service: Lambda"
    )
    assert said + why in ended.description["cause"]


def test_leave_on_this_function_suffices(states):
    only = allow("lambda:InvokeFunction", states.obedient)

    assert ran(states, invoking(states.obedient), only).output == 1
    assert ran(states, invoking("obedient"), only).output == 1


def test_leave_on_a_version_is_another_than_on_the_function(states):
    latest = f"{states.obedient}:$LATEST"

    assert ran(states, invoking(latest), allow("lambda:InvokeFunction", f"{latest}")).output == 1
    assert (
        ran(states, invoking(latest), allow("lambda:InvokeFunction", states.obedient)).error
        == DENIED
    )


def test_a_deny_decides(states):
    deny = {"Effect": "Deny", "Action": "lambda:*", "Resource": states.obedient}

    ended = ran(states, invoking(states.obedient), INVOKE, deny)

    assert "with an explicit deny in an identity-based policy" in ended.description["cause"]


def test_a_function_that_is_not_there_is_not_found_by_whom_may_invoke_it(states):
    missing = f"{states.obedient}-no-more"

    assert ran(states, invoking(missing), INVOKE).error == "Lambda.ResourceNotFoundException"
    assert ran(states, invoking(missing), allow("s3:*")).error == DENIED


def test_a_function_of_another_account_needs_leave_on_both_sides(states, theirs):
    task = invoking(theirs.arn, {"answer": {"passed": True}})
    let, role = machine(states, task, INVOKE)
    own_only = states.ended(states.start(let))
    assert own_only.error == DENIED
    why = "because no resource-based policy allows the lambda:InvokeFunction action"
    assert why in own_only.description["cause"]

    theirs.lets(role)

    assert states.ended(states.start(let)).output == {"passed": True}
    other = ran(states, task, INVOKE)
    assert (other.error, why in other.description["cause"]) == (DENIED, True)


def test_leave_of_the_other_side_alone_does_not_suffice(states, theirs):
    without, role = machine(states, invoking(theirs.arn), allow("s3:*"))
    theirs.lets(role)

    ended = states.ended(states.start(without))

    assert "because no identity-based policy allows" in ended.description["cause"]


def test_a_function_of_another_account_that_is_not_there_is_refused(states, theirs):
    ended = ran(states, invoking(f"{theirs.arn}-no-more"), INVOKE)

    assert ended.error == DENIED


def test_a_function_of_another_region_is_not_reached(states):
    far = states.obedient.replace("us-east-1", "eu-west-1")

    assert ran(states, invoking(far), INVOKE).error == "Lambda.ResourceNotFoundException"


def test_a_function_that_fails_fails_the_task_under_its_own_error(states, theirs):
    task = invoking(theirs.arn, {"fail": "NoSuchTable"})
    failing, role = machine(states, task, INVOKE)
    theirs.lets(role)

    ended = states.ended(states.start(failing))

    assert ended.error == "NoSuchTable"
    assert json.loads(ended.description["cause"])["errorMessage"] == "as told"


def test_a_function_that_runs_for_longer_than_it_may_is_told_by_the_sandbox(states):
    hanging = states.create_function("hanging", Timeout=1)

    ended = ran(states, invoking(hanging, {"sleep": 20}), INVOKE)

    # SFN/concepts-error-handling, Note: "In newer runtimes, timeouts are reported as" this.
    assert ended.error == "Sandbox.Timedout"
    assert (
        "timed out after 1.00 seconds"
        in json.loads(ended.description["cause"])["errorMessage"].lower()
    )
