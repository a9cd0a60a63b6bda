"""`AWS::IAM::Role`, made, changed and deleted with all that belongs to it.

moto keeps the inline `Policies` as Python objects (and shows them as Python text), ignores
`ManagedPolicyArns`, and a stack's update changes nothing but the description.
"""

from __future__ import annotations

from typing import Any

from moto.iam.models import IAMBackend, Role, iam_backends
from moto.utilities.utils import get_partition

from resource_plane.cloudformation.documents import text
from resource_plane.iam.documents import require_identity_policy, require_trust_policy

LONGEST_SESSION = 3600
"""BC:iam.CreateRoleRequest.MaxSessionDuration: the default."""

_delete_as_moto = Role.delete_from_cloudformation_json.__func__


def _create(
    cls: type[Role],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_: Any,
) -> Role:
    """In place of moto's."""
    properties = cloudformation_json["Properties"]
    backend = _backend(account_id, region_name)
    trust = text(properties["AssumeRolePolicyDocument"])
    require_trust_policy(trust)
    role = backend.create_role(
        role_name=properties.get("RoleName", resource_name),
        assume_role_policy_document=trust,
        path=properties.get("Path", "/"),
        permissions_boundary=properties.get("PermissionsBoundary"),
        description=properties.get("Description", ""),
        tags=properties.get("Tags", []),
        max_session_duration=properties.get("MaxSessionDuration", LONGEST_SESSION),
    )
    _give_policies(backend, role, properties)
    return role


def _update(
    cls: type[Role],
    original_resource: Role,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> Role:
    """In place of moto's: a role of another name or path is another role, the rest is changed."""
    properties, role = cloudformation_json["Properties"], original_resource
    backend = _backend(account_id, region_name)
    name, path = properties.get("RoleName", role.name), properties.get("Path", "/")
    if (name, path) != (role.name, role.path):
        _delete(cls, role.name, cloudformation_json, account_id, region_name)
        return _create(cls, name, cloudformation_json, account_id, region_name)
    trust = text(properties["AssumeRolePolicyDocument"])
    require_trust_policy(trust)
    role.assume_role_policy_document = trust
    role.permissions_boundary_arn = properties.get("PermissionsBoundary")
    role.description = properties.get("Description", "")
    role.max_session_duration = properties.get("MaxSessionDuration", LONGEST_SESSION)
    role.tags = properties.get("Tags", [])
    _take_policies(role)
    _give_policies(backend, role, properties)
    return role


def _delete(
    cls: type[Role],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> None:
    """In place of moto's, which cannot delete a role with a managed policy."""
    _take_policies(_backend(account_id, region_name).get_role(resource_name))
    _delete_as_moto(cls, resource_name, cloudformation_json, account_id, region_name)


def _give_policies(backend: IAMBackend, role: Role, properties: dict[str, Any]) -> None:
    inline = {
        one["PolicyName"]: text(one["PolicyDocument"]) for one in _list(properties, "Policies")
    }
    for name, document in inline.items():
        require_identity_policy(document)
        role.put_policy(name, document)
    managed = _list(properties, "ManagedPolicyArns")
    for arn in managed:
        backend.attach_role_policy(arn, role.name)
    role.of_its_own = (list(inline), managed)


def _take_policies(role: Role) -> None:
    """Takes the policies that the role's own resource gave it, and leaves others'."""
    inline, managed = role.of_its_own
    for name in inline:
        role.policies.pop(name, None)
    for arn in managed:
        policy = role.managed_policies.get(arn)
        if policy is not None:
            policy.detach_from(role)


def _list(properties: dict[str, Any], name: str) -> list[Any]:
    return list(properties.get(name) or ())


def _backend(account_id: str, region_name: str) -> IAMBackend:
    return iam_backends[account_id][get_partition(region_name)]


Role.create_from_cloudformation_json = classmethod(_create)
Role.update_from_cloudformation_json = classmethod(_update)
Role.delete_from_cloudformation_json = classmethod(_delete)
