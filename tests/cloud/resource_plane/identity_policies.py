"""The identity policies of a caller, as IAM holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moto.iam.models import Group, IAMBackend, Policy, Role, User, iam_backends
from moto.utilities.utils import PARTITION_NAMES

from resource_plane.caller import Caller

Holder = Role | User | Group


def role(arn: str) -> Role | None:
    """The role with this ARN, in whatever account."""
    match = re.fullmatch(r"arn:([^:]+):iam::(\d{12}):role/(?:.*/)?([^/]+)", arn)
    if not match or match.group(1) not in PARTITION_NAMES:
        return None
    partition, account, name = match.groups()
    found = (one for one in iam_backends[account][partition].roles.values() if one.name == name)
    return next((one for one in found if one.arn == arn), None)


def of(caller: Caller) -> Iterator[str]:
    """The documents of a caller's identity policies, inline and managed."""
    if caller.given_policies is not None:
        yield from caller.given_policies
        return
    holder = _holder(caller)
    if holder is None:
        return
    yield from _documents(holder)
    if isinstance(holder, User):
        for group in _iam(caller).groups.values():
            if holder in group.users:
                yield from _documents(group)


def boundary(caller: Caller) -> str | None:
    """The document of the permissions boundary of a caller's role or user, if it has one.

    A boundary whose policy is gone allows nothing.
    """
    holder = _holder(caller)
    arn = getattr(holder, "permissions_boundary_arn", None)
    if not arn:
        return None
    return managed(caller.account, arn) or '{"Statement": []}'


def managed(account: str, arn: str) -> str | None:
    """The document of a managed policy of an account."""
    partition = arn.split(":")[1] if arn.count(":") == 5 else ""
    if partition not in PARTITION_NAMES:
        return None
    policy = iam_backends[account][partition].managed_policies.get(arn)
    return _document(policy) if policy else None


def _iam(caller: Caller) -> IAMBackend:
    return iam_backends[caller.account][caller.principal_arn.split(":")[1]]


def _holder(caller: Caller) -> Role | User | None:
    if caller.role_arn is not None:
        return role(caller.role_arn)
    users = _iam(caller).users.values()
    return next((user for user in users if user.arn == caller.principal_arn), None)


def _documents(holder: Holder) -> Iterator[str]:
    yield from holder.policies.values()
    for policy in holder.managed_policies.values():
        yield _document(policy)


def _document(policy: Policy) -> str:
    default = (one for one in policy.versions if one.version_id == policy.default_version_id)
    return next(default).document
