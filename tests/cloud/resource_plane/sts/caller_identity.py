"""`GetCallerIdentity` tells who calls, and needs no permission (BC:sts.GetCallerIdentity)."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from resource_plane.authorization import authorizer, call_context
from resource_plane.decision import require
from resource_plane.frame import Call, Proceed, rule

DECIDES_ITSELF = {"AssumeRole", "GetCallerIdentity"}
"""Actions that need no permission, or whose rule decides by more than the caller's policies."""


@authorizer("sts")
def authorize(call: Call) -> None:
    """Everything else in STS is on no resource in particular."""
    if call.action in DECIDES_ITSELF:
        return
    require(call.caller, call.operation, None, call_context(call))


@rule("sts", "GetCallerIdentity")
def get_caller_identity(call: Call, _: Proceed) -> Any:
    """Answers from the caller that the frame knows; moto knows only keys it made itself."""
    caller = call.caller
    return ActionResult({"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn})
