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
from typing import TYPE_CHECKING

from resource_plane import passing, tagging, watching
from resource_plane.decision import Facts, may, refusal
from resource_plane.error import AwsError
from resource_plane.policy.context import Context
from resource_plane.principal import request_facts
from resource_plane.watching import Question

if TYPE_CHECKING:
    from resource_plane.call import Call


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
        dry = bool(call.params.get("DryRun"))
        asked = Question(action, one.resource, call.region, None, dry, bool(decision))
        watching.note(call.caller, asked)
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


def _in_words_of(call: Call, refused: AwsError) -> AwsError:
    """A refusal of another service's action (`iam:PassRole`) under the call's service's code."""
    if call.service == "ec2" and refused.code != "UnauthorizedOperation":
        text = f"You are not authorized to perform this operation. {refused.message}"
        return AwsError("UnauthorizedOperation", text, 403)
    if call.service == "ssm" and refused.code == "AccessDenied":
        return AwsError("AccessDeniedException", refused.message, 400)
    return refused
