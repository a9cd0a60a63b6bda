"""Whether a caller may do what it asks.

Every call is authorised before its rules run, under its own action on the resources that the
service's package names:

    @resources("ec2", "CreateVolume")
    def created_volume(call: Call) -> list[str | Access]:
        return [f"arn:aws:ec2:{call.region}:{call.account}:volume/*", …]

A bare ARN stands for the call's own action on it; an `Access` may name another action (such as
`iam:PassRole`), the resource's tags, and further condition keys. All of them must be allowed.
Without a registered function the call is allowed when some statement allows its action on any
resource at all; describe calls that AWS knows no resources for need a statement on `*`.

A service that decides by policies of its own (KMS, STS) registers an `@authorizer` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resource_plane.caller import Caller
    from resource_plane.frame import Call

Context = Mapping[str, Any]
"""Condition keys (`aws:RequestedRegion`) and their values: a string, or a list of strings."""


@dataclass(frozen=True)
class Access:
    """One thing that must be allowed: an action on a resource."""

    resource: str | None
    """The ARN; None stands for any resource."""
    action: str | None = None
    """The action, such as `iam:PassRole`; None stands for the call's own."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The resource's tags, for `aws:ResourceTag/KEY` (and `ec2:`, `rds:`)."""
    context: Context = field(default_factory=dict)
    """Further condition keys that hold for this resource."""


@dataclass(frozen=True)
class Decision:
    """What the policies say, and why."""

    allowed: bool
    reason: str

    def __bool__(self) -> bool:
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
    caller: Caller, action: str, resource: str | None, context: Context | None = None
) -> Decision:
    """Whether the caller's identity policies allow `action` on `resource` (None: on any)."""
    return Decision(True, "")


def require(
    caller: Caller, action: str, resource: str | None, context: Context | None = None
) -> None:
    """Raises the service's own refusal unless the caller's identity policies allow the action."""


def authorize(call: Call) -> None:
    """Refuses the call unless its caller may make it; fills in `call.resources`."""
