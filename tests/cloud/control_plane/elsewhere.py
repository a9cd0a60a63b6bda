"""Tasks that call a service of the resource plane: `aws-sdk:ssm`.

ministack would answer them from a Systems Manager of its own, which knows no instances. They are
called there as the state machine's role, or as the role that the task's `Credentials` name, which
that role assumes (see `roles`); and in the state machine's own Region ("cross-Region AWS SDK
integration and cross-Region AWS resource access aren't available", SFN/concepts-access-cross-acct-
resources).

A call that is refused fails the task (SFN/supported-services-awssdk): the error's name is the
service's and the error's, "even if" the API gives it no suffix `Exception`. An error that the
operation does not list has the service's own name, so a missing permission is `Ssm.SsmException`:
as recorded by others ("User: … is not authorized to perform: ssm:GetParameters on resource: …
(Service: Ssm, Status Code: 400, Request ID: …)"). The cause is that of the AWS SDK for Java 2.
"""

import json
import uuid

from ministack.core.responses import get_region
from ministack.services import stepfunctions as states

from control_plane import roles, tasks
from control_plane.signing import Refused, Unreachable, post

SERVED = {"ssm": "Ssm"}
"""Services, and what their errors are called by."""

_endpoint: str | None = None


def mend(endpoint: str | None) -> None:
    """Sends these tasks to the resource plane at `endpoint`."""
    global _endpoint
    _endpoint = endpoint
    invoke = states._invoke_aws_sdk_integration

    def invoke_elsewhere(resource, input_data):
        if not serves(resource):
            return invoke(resource, input_data)
        service, action = resource.split(":")[6:8]
        return _invoke(service, action[0].upper() + action[1:], input_data)

    states._invoke_aws_sdk_integration = invoke_elsewhere


def serves(resource: str) -> bool:
    """Whether what a task calls is on the resource plane."""
    parts = resource.split(":")
    return len(parts) == 8 and parts[5] == "aws-sdk" and parts[6] in SERVED


def _invoke(service: str, action: str, arguments: dict) -> dict:
    if _endpoint is None:
        raise states._ExecutionError(
            "States.Runtime", "This control plane knows no resource plane."
        )
    task, region, prefix = tasks.under_way.get(), get_region(), SERVED[service]
    model = states._service_model(service)
    if action not in model.operation_names:
        raise states._ExecutionError("States.Runtime", f"{service} has no operation {action}.")
    operation = model.operation_model(action)
    _require_supported(task, operation, arguments)
    credentials = roles.credentials(task, _endpoint, region)
    info = states._AWS_SDK_SERVICE_MAP[service]
    body = json.dumps(states._sdk_json_params(info, service, action, arguments)).encode()
    headers = {
        "Content-Type": f"application/x-amz-json-{model.metadata['jsonVersion']}",
        "X-Amz-Target": f"{info['target_prefix']}.{action}",
    }
    try:
        answer = post(_endpoint, service, region, credentials, body, headers)
    except Refused as refused:
        raise _failure(prefix, operation, refused) from None
    except Unreachable as error:
        cause = f"Unable to execute HTTP request: {error}"
        raise states._ExecutionError(f"{prefix}.SdkClientException", cause) from None
    return states._sdk_json_result(service, action, json.loads(answer or "{}"))


def _require_supported(task: tasks.Task, operation, arguments: dict) -> None:
    """The arguments are the operation's own, as Step Functions finds out before it calls."""
    shape = operation.input_shape
    wrong = [
        f'The field "{name}" is not supported by Step Functions'
        for name in arguments
        if name not in shape.members
    ]
    wrong += [
        f'The field "{name}" is required but was missing'
        for name in shape.required_members
        if name not in arguments
    ]
    if wrong:
        name, given = task.ctx["State"]["Name"], json.dumps(arguments)
        raise states._ExecutionError(
            "States.Runtime",
            f"An error occurred while executing the state '{name}'. The Parameters '{given}' could "
            f"not be used to start the Task: [{', '.join(wrong)}]",
        )


def _failure(prefix: str, operation, refused: Refused) -> Exception:
    answer = json.loads(refused.body or "{}")
    code = answer.get("__type", "").rsplit("#", 1)[-1]
    message = answer.get("message") or answer.get("Message")
    known = {shape.name for shape in operation.error_shapes}
    name = f"{code.removesuffix('Exception')}Exception" if code in known else f"{prefix}Exception"
    said = message or f"Service returned error code {code}"
    facts = f"Service: {prefix}, Status Code: {refused.status}, Request ID: {uuid.uuid4()}"
    return states._ExecutionError(f"{prefix}.{name}", f"{said} ({facts}) (SDK Attempt Count: 1)")
