"""User data: what an instance runs or reads at its first start."""

from __future__ import annotations

import base64
import binascii

from moto.core.types import Base64EncodedString

from resource_plane.error import AwsError

LONGEST = 16384
"""EC2/user-data: bytes, before they are encoded."""


def user_data(given: str | bytes | None) -> Base64EncodedString | None:
    """User data from a request: encoded in RunInstances, decoded already in a Value."""
    if not given:
        return None
    try:
        raw = given if isinstance(given, bytes) else base64.b64decode(given, validate=True)
    except binascii.Error:
        message = "Invalid BASE64 encoding of user data."
        raise AwsError("InvalidUserData.Malformed", message) from None
    if len(raw) > LONGEST:
        raise AwsError("InvalidParameterValue", f"User data is limited to {LONGEST} bytes")
    return Base64EncodedString(base64.b64encode(raw).decode())
