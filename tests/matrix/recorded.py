"""A restore's calls as the resource plane records them, for tests of what is made of records."""

from __future__ import annotations

from typing import Any

ID = "orders-1"
"""The restore."""


def call(
    function: str,
    action: str,
    invocation: str,
    outcome: str = "ok",
    session: str = ID,
    **params: Any,
) -> dict[str, Any]:
    """A call such as `ec2:CopySnapshot`, by an invocation of the function for a restore."""
    service, _, name = action.partition(":")
    return {
        "function": f"restore-{function}",
        "service": service,
        "action": name,
        "invocation": invocation,
        "callerArn": f"arn:aws:sts::444455556666:assumed-role/restore-target/{session}",
        "outcome": outcome,
        "params": params,
    }
