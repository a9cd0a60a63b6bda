"""Starting an execution, as anybody would."""

from __future__ import annotations

import json
import secrets
from typing import Any

from restore.cloud import Cloud


def start(cloud: Cloud, request: dict[str, Any] | Any, case: str = "") -> str:
    """Starts the deployed state machine with `request`; the ARN of the execution.

    On the local AWS it is disturbed as the case says (`control_plane.refusals`).
    """
    named = request.get("restoreId") if isinstance(request, dict) else None
    words = str(named or "restore")[:60]
    name = "".join(it if it.isalnum() or it == "-" else "-" for it in words)
    return cloud.step_functions.start_execution(
        stateMachineArn=cloud.state_machine + (f"#{case}" if case else ""),
        name=f"{name}-{secrets.token_hex(4)}",
        input=json.dumps(request),
    )["executionArn"]
