"""The tokens by which a list goes on where its last page ended; each is of one action."""

from __future__ import annotations

import base64
import binascii

from resource_plane.call import Call


def made(call: Call, start: int) -> str:
    """The token of the page that begins with this item."""
    return base64.urlsafe_b64encode(f"{call.action}:{start}".encode()).decode()


def read(call: Call, token: str) -> int | None:
    """The item that a page begins with; None where the token is none of the call's action."""
    try:
        action, _, start = base64.urlsafe_b64decode(token).decode().partition(":")
        return int(start) if action == call.action else None
    except (binascii.Error, ValueError):
        return None
