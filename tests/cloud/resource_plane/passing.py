"""Roles that a call passes to a service, for which its caller needs `iam:PassRole`.

IAM/id_roles_use_passrole: on the role, with `iam:PassedToService` being the service that the role
is passed to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from moto.iam.models import iam_backends

if TYPE_CHECKING:
    from resource_plane.call import Call

ROLE_PARAMETERS = {
    ("rds", "MonitoringRoleArn"): "monitoring.rds.amazonaws.com",
    ("rds", "DomainIAMRoleName"): "rds.amazonaws.com",
    ("cloudformation", "RoleARN"): "cloudformation.amazonaws.com",
}
"""Request parameters that name a role, by ARN or name, and the service it is passed to."""


def passed_roles(call: Call) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Resource, action and condition keys of each role that a call passes on."""
    for (service, parameter), to in ROLE_PARAMETERS.items():
        role = call.params.get(parameter)
        if call.service == service and role:
            arn = role if role.startswith("arn:") else f"arn:aws:iam::{call.account}:role/{role}"
            yield _pass(arn, to)
    profile = call.params.get("IamInstanceProfile")
    if call.service == "ec2" and profile:
        for arn in _roles_of(call.account, profile):
            yield _pass(arn, "ec2.amazonaws.com")


def _pass(role: str, to: str) -> tuple[str, str, dict[str, Any]]:
    return role, "iam:PassRole", {"iam:PassedToService": to}


def _roles_of(account: str, profile: dict[str, str]) -> list[str]:
    """The roles in an instance profile given by name or ARN; none if there is no such profile.

    What a missing profile is answered with is the matter of the call itself.
    """
    profiles = iam_backends[account]["aws"].instance_profiles.values()
    for found in profiles:
        if found.arn == profile.get("Arn") or found.name == profile.get("Name"):
            return [role.arn for role in found.roles]
    return []
