"""In whose name a task calls the resource plane.

The state machine's role is made on the control plane, with its policies. At each call the resource
plane is told of it as it is then, under an access key id of the same kind as a function's.

The role that `Credentials` name is assumed as that role, under the ARN of the state machine as
external id (SFN/tutorial-access-cross-acct-resources, "Update the trust policy of the target
role"). If that is refused, whatever the reason, the task fails with `States.TaskFailed` and the
words below, which AWS's own samples match. As what an STS that cannot be reached is told is not
documented.
"""

import hashlib
import json
import urllib.parse
import urllib.request
from xml.etree import ElementTree

from ministack.core import iam_evaluator
from ministack.services import iam
from ministack.services import stepfunctions as states

from control_plane import tasks
from control_plane.signing import Credentials, Refused, Unreachable, post

STS = "{https://sts.amazonaws.com/doc/2011-06-15/}"


def credentials(task: tasks.Task, endpoint: str, region: str) -> Credentials:
    """Of the state machine's role, or of the one that it assumes for the task."""
    own = _introduced(task, endpoint)
    return own if task.assumes is None else _assumed(task, endpoint, region, own)


def policies(task: tasks.Task) -> list[dict]:
    """The documents of the identity policies of the state machine's role, as they are now."""
    role = iam._roles.get_scoped(task.account, None, task.role_name) or {}
    attached = (
        iam_evaluator._resolve_managed_policy_document(arn, task.account)
        for arn in role.get("AttachedPolicies", [])
    )
    documents = [*(role.get("InlinePolicies") or {}).values(), *attached]
    return [json.loads(it) if isinstance(it, str) else it for it in documents if it]


def _introduced(task: tasks.Task, endpoint: str) -> Credentials:
    digest = hashlib.sha256(f"{task.machine_arn}:{task.role_arn}".encode()).hexdigest()
    key = f"ASIA{digest[:16].upper()}"
    identity = {
        "accessKeyId": key,
        "roleArn": task.role_arn,
        "policies": [{"Version": "2012-10-17"} | it for it in policies(task)],
        "name": task.session_arn.rsplit("/", 1)[-1],
    }
    request = urllib.request.Request(
        f"{endpoint}/rules/identities", json.dumps(identity).encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=10):
        return Credentials(key, "of the control plane", None)


def _assumed(task: tasks.Task, endpoint: str, region: str, own: Credentials) -> Credentials:
    wanted = {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": task.assumes,
        "RoleSessionName": tasks.session_name(),
        "ExternalId": task.machine_arn,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        body = urllib.parse.urlencode(wanted).encode()
        answer = ElementTree.fromstring(post(endpoint, "sts", region, own, body, headers))
    except Refused:
        cause = f"The role {task.role_arn} is not authorized to assume the task state's role"
        raise states._ExecutionError("States.TaskFailed", f"{cause}, {task.assumes}.") from None
    except Unreachable as error:
        cause = f"Unable to execute HTTP request: {error}"
        raise states._ExecutionError("States.TaskFailed", cause) from None
    given = answer.find(f"{STS}AssumeRoleResult/{STS}Credentials")
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    return Credentials(*(given.findtext(f"{STS}{name}") for name in names))
