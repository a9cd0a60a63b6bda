"""Updates that the local AWS cannot do are refused.

moto has no way to change most kinds of resources. It then forgets the resource, and tells that the
update is complete.
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation import parsing

from resource_plane.error import AwsError

_update = parsing.parse_and_update_resource


def _update_or_refuse(
    logical_id: str, resource_json: dict[str, Any], *rest: Any, **more: Any
) -> Any:
    changed = _update(logical_id, resource_json, *rest, **more)
    if changed is None:
        message = f"the local AWS cannot change {logical_id}, an {resource_json['Type']}"
        raise AwsError("NotImplemented", message, 501)
    return changed


parsing.parse_and_update_resource = _update_or_refuse
