"""`AWS::KMS::Key` with all its properties; moto makes every key a symmetric one of one Region."""

from __future__ import annotations

from typing import Any

from moto.kms.models import Key, kms_backends

from resource_plane.cloudformation.documents import text
from resource_plane.cloudformation.values import true
from resource_plane.kms import key_policy


def _create(
    cls: type[Key],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_: Any,
) -> Key:
    """In place of moto's."""
    properties = cloudformation_json.get("Properties", {})
    key = kms_backends[account_id][region_name].create_key(
        policy=_policy(properties),
        key_usage=properties.get("KeyUsage"),
        key_spec=properties.get("KeySpec"),
        description=properties.get("Description"),
        tags=[
            {"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags", [])
        ],
        multi_region=true(properties.get("MultiRegion", False)),
    )
    _set(key, properties)
    return key


def _update(
    cls: type[Key],
    original_resource: Key,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> Key:
    """What can be changed of a key: policy, description, rotation, and whether it is enabled."""
    properties, key = cloudformation_json.get("Properties", {}), original_resource
    key.policy = _policy(properties) or key.generate_default_policy()
    key.description = properties.get("Description") or ""
    _set(key, properties)
    return key


def _delete(key: Key, account_id: str, region_name: str) -> None:
    """In place of moto's: CloudFormation too only schedules a key's deletion."""
    backend = kms_backends[account_id][region_name]
    if key.id in backend.keys and key.key_state != "PendingDeletion":
        backend.schedule_key_deletion(key.id, 30)


def _policy(properties: dict[str, Any]) -> str | None:
    if "KeyPolicy" not in properties:
        return None
    policy = text(properties["KeyPolicy"])
    key_policy.require(policy)
    return policy


def _set(key: Key, properties: dict[str, Any]) -> None:
    key.key_rotation_status = true(properties.get("EnableKeyRotation", False))
    key.enabled = true(properties.get("Enabled", True))
    key.key_state = "Enabled" if key.enabled else "Disabled"


Key.create_from_cloudformation_json = classmethod(_create)
Key.update_from_cloudformation_json = classmethod(_update)
Key.delete = _delete
