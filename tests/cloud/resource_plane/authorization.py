"""Whether a caller may do what it asks.

Every call is authorised before its rules run, under its own action on the resources that the
service's package names:

    @resources("ec2", "CreateVolume")
    def created_volume(call: Call) -> list[str | Access]:
        return [f"arn:aws:ec2:{call.region}:{call.account}:volume/*", …]

A bare ARN stands for the call's own action on it; an `Access` may name another action, the
resource's tags, and further condition keys. All of them must be allowed; tags set by an EC2 call
(`ec2:CreateTags`) and roles passed to a service (`iam:PassRole`) are looked after here.
Without a registered function the call is allowed when some statement allows its action on any
resource at all; describe calls that AWS knows no resources for need a statement on `*`.

A service that decides by policies of its own (KMS, STS) registers an `@authorizer` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from resource_plane import identity_policies, passing, tagging
from resource_plane.caller import Caller, request_facts
from resource_plane.error import AwsError
from resource_plane.policy.context import Context
from resource_plane.policy.verdict import Reach, Verdict, of_identity

if TYPE_CHECKING:
    from resource_plane.frame import Call

Facts = Mapping[str, Any]
"""Condition keys (`ec2:CreateAction`) and their values: a string, a boolean, or a list of them."""


@dataclass(frozen=True)
class Access:
    """One thing that must be allowed: an action on a resource."""

    resource: str | None
    """The ARN; None stands for any resource."""
    action: str | None = None
    """The action, such as `iam:PassRole`; None stands for the call's own."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The resource's tags, for `aws:ResourceTag/KEY` (and `ec2:`, `rds:`)."""
    context: Facts = field(default_factory=dict)
    """Further condition keys that hold for this resource."""


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


Resources = Callable[["Call"], Sequence["str | Access"]]
Authorizer = Callable[["Call"], None]

_resources: dict[tuple[str, str], Resources] = {}
_authorizers: dict[str, Authorizer] = {}


def resources(service: str, *actions: str) -> Callable[[Resources], Resources]:
    """Registers a function that names the resources that calls of the actions need."""

    def register(function: Resources) -> Resources:
        for action in actions:
            _resources[service, action] = function
        return function

    return register


def authorizer(service: str) -> Callable[[Authorizer], Authorizer]:
    """Registers a function that authorises all calls of a service in the frame's place."""

    def register(function: Authorizer) -> Authorizer:
        _authorizers[service] = function
        return function

    return register


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

    EC2API/errors-overview: UnauthorizedOperation; KMS: AccessDeniedException; else AccessDenied.
    """
    on = "" if resource is None else f" on resource: {resource}"
    text = (
        f"User: {caller.arn} is not authorized to perform: {action}{on} {decision.reason}".strip()
    )
    service = action.split(":")[0]
    if service == "kms":
        return AwsError("AccessDeniedException", text, 400)
    if service == "ec2":
        text = f"You are not authorized to perform this operation. {text}"
        return AwsError("UnauthorizedOperation", text, 403)
    return AwsError("AccessDenied", text, 403)


def authorize(call: Call) -> None:
    """Refuses the call unless its caller may make it; fills in `call.resources`."""
    decides = _authorizers.get(call.service)
    if decides is not None:
        decides(call)
        return
    needed = accesses(call)
    call.resources.extend(dict.fromkeys(one.resource for one in needed if one.resource))
    for one in needed:
        facts = tagging.resource_facts(call.service, one.tags) | dict(one.context)
        action = one.action or call.operation
        context = call_context(call, one.resource).extended(facts)
        decision = may(call.caller, action, one.resource, context)
        if not decision:
            refused = refusal(call.caller, action, one.resource, decision)
            raise _in_words_of(call, refused)


def accesses(call: Call) -> list[Access]:
    """What must be allowed for a call: its action on its resources, tags set, roles passed."""
    named = _resources.get((call.service, call.action))
    if named is None:
        # EC2's describe calls know no resources: a policy must allow them on "*"
        # (the Service Authorization Reference of Amazon EC2).
        unbounded = call.service == "ec2" and call.action.startswith("Describe")
        found = [Access("*" if unbounded else None)]
    else:
        found = [one if isinstance(one, Access) else Access(one) for one in named(call)]
    beside = [*tagging.tagged_on_create(call), *passing.passed_roles(call)]
    return found + [Access(resource, action, context=facts) for resource, action, facts in beside]


def call_context(call: Call, resource: str | None = None) -> Context:
    """The condition keys of a call: those of its caller, Region and tags (for one resource)."""
    context = Context(request_facts(call.caller))
    context.add({"aws:RequestedRegion": call.region, "aws:ViaAWSService": False})
    context.add(tagging.request_facts(call.params, resource))
    return context


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


def _in_words_of(call: Call, refused: AwsError) -> AwsError:
    """A refusal of another service's action (`iam:PassRole`) under the call's service's code."""
    if call.service == "ec2" and refused.code != "UnauthorizedOperation":
        text = f"You are not authorized to perform this operation. {refused.message}"
        return AwsError("UnauthorizedOperation", text, 403)
    return refused
