"""`AWS::IAM::ManagedPolicy`, which moto makes, but neither changes nor deletes."""

from __future__ import annotations

from typing import Any

from moto.iam.models import IAMBackend, ManagedPolicy, iam_backends
from moto.utilities.utils import get_partition

from resource_plane.cloudformation.documents import text
from resource_plane.iam.documents import require_identity_policy


def _create(
    cls: type[ManagedPolicy],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_: Any,
) -> ManagedPolicy:
    """In place of moto's, which cannot read a version without quotes."""
    properties = cloudformation_json["Properties"]
    backend = _backend(account_id, region_name)
    policy = backend.create_policy(
        description=properties.get("Description"),
        path=properties.get("Path"),
        policy_document=_document(properties),
        policy_name=properties.get("ManagedPolicyName", resource_name),
        tags=properties.get("Tags", []),
    )
    _attach(backend, policy, properties)
    return policy


def _update(
    cls: type[ManagedPolicy],
    original_resource: ManagedPolicy,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> ManagedPolicy:
    """A changed document becomes the default version, and who has the policy is set anew."""
    policy, properties = original_resource, cloudformation_json["Properties"]
    backend = _backend(account_id, region_name)
    document = _document(properties)
    current = backend.get_policy_version(policy.arn, policy.default_version_id)
    if current.document != document:
        _make_room(policy)
        backend.create_policy_version(policy.arn, document, "true")
    _detach(backend, policy)
    _attach(backend, policy, properties)
    return policy


def _delete(
    cls: type[ManagedPolicy],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> None:
    """Takes the policy from whoever has it, and deletes it; `resource_name` is its ARN."""
    backend = _backend(account_id, region_name)
    policy = backend.managed_policies[resource_name]
    _detach(backend, policy)
    del backend.managed_policies[resource_name]


def _document(properties: dict[str, Any]) -> str:
    document = text(properties["PolicyDocument"])
    require_identity_policy(document)
    return document


def _make_room(policy: ManagedPolicy) -> None:
    """CloudFormation drops the oldest of five versions (IAM/access_policies_managed-versioning)."""
    spare = [version for version in policy.versions if not version.is_default]
    if len(policy.versions) >= 5:
        policy.versions.remove(spare[0])


def _attach(backend: IAMBackend, policy: ManagedPolicy, properties: dict[str, Any]) -> None:
    for name in properties.get("Roles") or ():
        backend.attach_role_policy(policy.arn, name)
    for name in properties.get("Users") or ():
        backend.attach_user_policy(policy.arn, name)
    for name in properties.get("Groups") or ():
        backend.attach_group_policy(policy.arn, name)


def _detach(backend: IAMBackend, policy: ManagedPolicy) -> None:
    holders = [*backend.roles.values(), *backend.users.values(), *backend.groups.values()]
    for holder in holders:
        if policy.arn in holder.managed_policies:
            policy.detach_from(holder)


def _backend(account_id: str, region_name: str) -> IAMBackend:
    return iam_backends[account_id][get_partition(region_name)]


ManagedPolicy.create_from_cloudformation_json = classmethod(_create)
ManagedPolicy.update_from_cloudformation_json = classmethod(_update)
ManagedPolicy.delete_from_cloudformation_json = classmethod(_delete)
