"""A state machine invokes the functions that its role may, also those of another account.

The role's own policies have to allow `lambda:InvokeFunction`; for a function of another account its
resource policy as well (LAM/access-control-resource-based, IAM/reference_policies_evaluation-logic-
cross-account). Such a function is named by its ARN and is in the same Region. A refusal fails the
task as `Lambda.AWSLambdaException` (GH:awslabs/aws-deployment-framework#460). ministack asks
nobody, and reaches no other account.
"""

import contextvars
import uuid

from ministack.core import iam_evaluator
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import _request_account_id, get_account_id, get_region
from ministack.services import iam, lambda_svc
from ministack.services import stepfunctions as states

from control_plane import tasks

ACTION = "lambda:InvokeFunction"


def mend() -> None:
    """Asks before a function is invoked, and invokes it in its own account."""
    call = states._call_lambda
    resolve = states._resolve_lambda_function_ref

    def resolve_in_any_account(value, optimized):
        if optimized and _account(value) not in (None, get_account_id()):
            return _in_account(_account(value), resolve, value, optimized)
        return resolve(value, optimized)

    def call_if_allowed(function, event):
        task = tasks.under_way.get()
        if task is not None:
            _require(task, function)
        account = _account(function)
        if account in (None, get_account_id()):
            return call(function, event)
        return _in_account(account, call, function, event)

    states._resolve_lambda_function_ref = resolve_in_any_account
    states._call_lambda = call_if_allowed


def _require(task: tasks.Task, function: str) -> None:
    """Raises AWS's refusal unless the state machine's role may invoke the function."""
    arn = function if _account(function) else lambda_svc._func_arn(function)
    owner = _account(arn)
    asked = iam_evaluator.EvalContext(
        principal_arn=task.session_arn,
        principal_type="AssumedRole",
        principal_account=task.account,
        action=ACTION,
        resource_arn=arn,
        region=get_region(),
    )
    own = iam_evaluator._gather_role_policies(task.role_name, task.account)
    limits = iam_evaluator._permissions_boundary(iam._roles, task.role_name, task.account)
    identity = iam_evaluator.evaluate(asked, own, *limits)
    policy = _in_account(owner, _resource_policy, arn)
    result = iam_evaluator.combine_resource_policy(
        identity, asked, policy, owner, limits=tuple(limits)
    )
    if result.decision == "Allow":
        return
    refused = f"User: {task.session_arn} is not authorized to perform: {ACTION} on resource: {arn}"
    facts = f"Service: Lambda, Status Code: 403, Request ID: {uuid.uuid4()}"
    cause = f"{refused} {_reason(identity.decision, result.decision)} ({facts})"
    raise states._ExecutionError("Lambda.AWSLambdaException", cause)


def _reason(own: str, together: str) -> str:
    """Why the role's own policies and the function's do not allow it together."""
    if together == "Deny":
        kind = "an identity-based" if own == "Deny" else "a resource-based"
        return f"with an explicit deny in {kind} policy"
    kind = "resource-based" if own == "Allow" else "identity-based"
    return f"because no {kind} policy allows the {ACTION} action"


def _resource_policy(arn: str) -> dict | None:
    function, _, _ = lambda_svc._get_base_func_record_for_ref(arn)
    return function["policy"] if function else None


def _account(function: object) -> str | None:
    """The account in the ARN of a function; None for what is no ARN."""
    try:
        return parse_arn(function).account_id
    except ArnParseError:
        return None


def _in_account(account: str, do, *args):
    """What `do` gives where `account` is the one that is worked in."""

    def switched():
        _request_account_id.set(account)
        return do(*args)

    return contextvars.copy_context().run(switched)
