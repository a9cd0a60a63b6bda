"""EventBridge hands an event to a function that lets it, and keeps what it could not hand over.

The function's own policy has to let `events.amazonaws.com` invoke it, on behalf of the rule where
it names one by `aws:SourceArn` (EB/eb-use-resource-based, "AWS Lambda permissions"). Functions are
invoked asynchronously (LAM/invocation-async): Lambda tries again what fails, and then sends it to
the function's destination for failures. What is refused, or not there any more, is not tried again,
and goes to the dead-letter queue of the target at once, if the queue's policy lets the rule send it
(EB/eb-rule-dlq); UNCONFIRMED is that the queue gets what the target would have been handed, and
not the event as it came. Other targets than functions are not looked at. ministack asks nobody,
invokes a function once, and knows no dead-letter queues of targets.
"""

import json
from contextvars import ContextVar
from typing import NamedTuple

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, lambda_svc, sqs

SERVICE = "events.amazonaws.com"
INVOKE = "lambda:InvokeFunction"


class Delivery(NamedTuple):
    """What is being delivered by a rule to one of its targets."""

    rule: dict
    target: dict


_under_way: ContextVar[Delivery] = ContextVar("the delivery that is under way")


def mend() -> None:
    """Asks the function before it is invoked, and leaves the rest to Lambda."""
    invoke = eventbridge._invoke_target

    def invoke_known(target, event, rule, view=None):
        token = _under_way.set(Delivery(rule, target))
        try:
            invoke(target, event, rule, view)
        finally:
            _under_way.reset(token)

    eventbridge._invoke_target = invoke_known
    eventbridge._dispatch_to_lambda = _invoke


def _invoke(arn: str, payload: str) -> None:
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        _keep(payload, "NO_RESOURCE", f"Function not found: {arn}")
    elif not _may_invoke(arn):
        refused = f"User: {SERVICE} is not authorized to perform: {INVOKE} on resource: {arn}"
        why = f"because no resource-based policy allows the {INVOKE} action"
        _keep(payload, "NO_PERMISSIONS", f"{refused} {why}")
    else:
        invoked = lambda_svc._execution_record_for_config(function, config)
        lambda_svc.invoke_async_with_retry(invoked, json.loads(payload))


def _may_invoke(arn: str) -> bool:
    asked = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=INVOKE,
        resource_arn=arn,
        region=get_region(),
        service_context={
            "aws:sourcearn": _under_way.get().rule["Arn"],
            "aws:sourceaccount": get_account_id(),
        },
    )
    function, _, _ = lambda_svc._get_base_func_record_for_ref(arn)
    return evaluate_resource_policy(function["policy"], asked, SERVICE).decision == "Allow"


def _keep(payload: str, code: str, message: str) -> None:
    """Sends what was not delivered to the target's dead-letter queue, where that is possible."""
    rule, target = _under_way.get()
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue or not sqs.queue_policy_allows(queue, SERVICE, rule["Arn"], get_account_id()):
        eventbridge.logger.warning("EventBridge: dropped what %s refused: %s", target, message)
        return
    told = {
        "RULE_ARN": rule["Arn"],
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
        "RETRY_ATTEMPTS": "0",
    }
    attributes = {it: {"DataType": "String", "StringValue": told[it]} for it in told}
    url = sqs._queue_by_arn(queue)["url"]
    sqs._act_send_message({"MessageBody": payload, "MessageAttributes": attributes}, url)
