"""Waiting for what an ordinary client must wait for, too."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError


class TimedOut(Exception):
    """What was waited for did not come."""


def eventually(what: str, look: Callable[[], Any], timeout: float = 60, every: float = 0.15) -> Any:
    """What `look` returns, as soon as that is truthy; `what` says in words what is awaited.

    A thing just made may not be found for a moment (EC2API/eventual-consistency), so NotFound
    is "not yet".
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            seen = look()
        except ClientError as error:
            if "NotFound" not in error.response["Error"]["Code"]:
                raise
            seen = None
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise TimedOut(f"{what}: not seen within {timeout:.0f} s")
        time.sleep(every)
