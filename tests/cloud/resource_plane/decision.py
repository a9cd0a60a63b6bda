"""What policies together decide: the caller's own, and a resource's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resource_plane import identity_policies
from resource_plane.error import AwsError
from resource_plane.policy.context import Context
from resource_plane.policy.verdict import Reach, Verdict, of_identity
from resource_plane.principal import Caller, request_facts

Facts = Mapping[str, Any]
"""Condition keys (`ec2:CreateAction`) and their values: a string, a boolean, or a list of them."""


@dataclass(frozen=True)
class Decision:
    """What the policies say, and why."""

    allowed: bool
    reason: str
    explicit: bool = False
    """Whether an explicit deny decided."""

    def __bool__(self) -> bool:
        """Whether it is allowed."""
        return self.allowed


def may(
    caller: Caller,
    action: str,
    resource: str | None,
    context: Context | Facts | None = None,
) -> Decision:
    """Whether the caller's own policies allow `action` on `resource` (None: on any).

    These are its identity policies, within its permissions boundary and its session's policies.
    `context` are the condition keys: facts beside those of the caller itself, or, made by
    `call_context`, all of them.
    """
    own = own_policies(caller, action, resource, context)
    return _first(own.denied, own.unallowed)


def may_by_resource_policy(
    caller: Caller,
    action: str,
    resource: str | None,
    context: Context | Facts | None,
    owner: str,
    said: tuple[Verdict, Reach],
) -> Decision:
    """Whether the caller's own policies and the policy of a resource together allow `action`.

    `said` is what the resource's policy says to the caller, `owner` the resource's account
    (IAM/reference_policies_evaluation-logic, …-cross-account). An explicit deny anywhere decides.
    Within the account a resource policy that names the caller itself suffices (but not beyond
    the session's policies and the boundary); one that names the account leaves it to the caller's
    own policies. Across accounts both must allow.
    """
    own = own_policies(caller, action, resource, context)
    verdict, reach = said
    if own.denied is not None:
        return own.denied
    if verdict is Verdict.DENIED:
        return _denied("resource-based policy")
    if reach is Reach.NOBODY:
        return Decision(False, f"because no resource-based policy allows the {action} action")
    if caller.account == owner and reach is Reach.SESSION:
        return ALLOWED
    if caller.account == owner and reach is Reach.CALLER:
        return _first(own.unlimited)
    return _first(own.unallowed)


@dataclass(frozen=True)
class OwnPolicies:
    """What a caller's own policies say: each field is None, or the refusal that follows."""

    denied: Decision | None = None
    """An explicit deny in any of them."""
    unlimited: Decision | None = None
    """The session's policies or the boundary do not allow it."""
    unallowed: Decision | None = None
    """Those, or the identity policies, do not allow it."""


def own_policies(
    caller: Caller,
    action: str,
    resource: str | None,
    context: Context | Facts | None = None,
) -> OwnPolicies:
    """What the policies on the caller's side say of `action` on `resource` (None: on any)."""
    if caller.administrator:
        return OwnPolicies()
    known = _known(caller, context)
    kinds = [("identity-based policy", list(identity_policies.of(caller)))]
    if caller.session_policies:
        kinds.append(("session policy", list(caller.session_policies)))
    boundary = identity_policies.boundary(caller)
    if boundary is not None:
        kinds.append(("permissions boundary", [boundary]))
    said = {kind: of_identity(texts, action, resource, known) for kind, texts in kinds}
    denied = [_denied(kind) for kind, verdict in said.items() if verdict is Verdict.DENIED]
    silent = {
        kind: Decision(False, f"because no {kind} allows the {action} action")
        for kind, verdict in said.items()
        if verdict is Verdict.SILENT
    }
    limits = [refused for kind, refused in silent.items() if kind != "identity-based policy"]
    return OwnPolicies(
        denied=next(iter(denied), None),
        unlimited=next(iter(limits), None),
        unallowed=next(iter(silent.values()), None),
    )


def require(
    caller: Caller,
    action: str,
    resource: str | None,
    context: Context | Facts | None = None,
) -> None:
    """Raises the refusal of the action's service unless the caller's own policies allow it."""
    decision = may(caller, action, resource, context)
    if not decision:
        raise refusal(caller, action, resource, decision)


def refusal(caller: Caller, action: str, resource: str | None, decision: Decision) -> AwsError:
    """The error by which the service of `action` refuses, in AWS's words.

    EC2API/errors-overview: UnauthorizedOperation; KMS and SSM: AccessDeniedException; others:
    AccessDenied.
    """
    on = "" if resource is None else f" on resource: {resource}"
    text = (
        f"User: {caller.arn} is not authorized to perform: {action}{on} {decision.reason}".strip()
    )
    service = action.split(":")[0]
    if service in {"kms", "ssm"}:
        return AwsError("AccessDeniedException", text, 400)
    if service == "ec2":
        text = f"You are not authorized to perform this operation. {text}"
        return AwsError("UnauthorizedOperation", text, 403)
    return AwsError("AccessDenied", text, 403)


ALLOWED = Decision(True, "")


def _first(*refusals: Decision | None) -> Decision:
    """The first refusal there is, else leave to go on."""
    return next((refused for refused in refusals if refused is not None), ALLOWED)


def _denied(by: str) -> Decision:
    article = "an" if by[0] in "aeiou" else "a"
    return Decision(False, f"with an explicit deny in {article} {by}", explicit=True)


def _known(caller: Caller, context: Context | Facts | None) -> Context:
    """The condition keys; a Context is complete, facts come beside those of the caller."""
    if isinstance(context, Context):
        return context
    return Context(request_facts(caller) | dict(context or {}))
