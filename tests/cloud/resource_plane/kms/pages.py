"""Paging of KMS's lists: `Limit`, `Marker`, `NextMarker` and `Truncated`.

moto answers with everything at once; of a key that EBS uses that would be hundreds of grants, where
KMS shows fifty.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from resource_plane import tokens
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

SIZES = {
    "ListAliases": (50, 100),
    "ListGrants": (50, 100),
    "ListKeyPolicies": (100, 1000),
    "ListKeys": (100, 1000),
    "ListResourceTags": (50, 50),
    "ListRetirableGrants": (50, 100),
}
"""How many are shown where no limit is given, and the highest limit (BC:kms, each `Limit`)."""


@rule("kms", "ListAliases", "ListKeyPolicies", "ListKeys", "ListResourceTags")
def paged(call: Call, proceed: Proceed) -> Any:
    """moto's list, a page at a time."""
    told = json.loads(proceed())
    [name] = [name for name, value in told.items() if isinstance(value, list)]
    return json.dumps(page(call, name, told[name]))


def page(call: Call, name: str, items: Sequence[Any]) -> dict[str, Any]:
    """The answer with those of the items, under `name`, that the call asks for.

    BC:kms.ListGrantsResponse.NextMarker: there only where there are more.
    """
    usual, most = SIZES[call.action]
    limit, marker = call.params.get("Limit"), call.params.get("Marker")
    if limit is not None and not 1 <= limit <= most:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy "
            f"constraint: Member must have value less than or equal to {most}",
        )
    start = _start(call, marker) if marker is not None else 0
    end = start + (limit or usual)
    more = end < len(items)
    following = {"NextMarker": tokens.made(call, end)} if more else {}
    return {name: list(items[start:end]), "Truncated": more} | following


def _start(call: Call, marker: str) -> int:
    start = tokens.read(call, marker)
    if start is None:
        raise AwsError("InvalidMarkerException", f"The marker '{marker}' is invalid.")
    return start
