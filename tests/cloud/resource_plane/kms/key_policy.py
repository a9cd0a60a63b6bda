"""What of a key policy counts, and what is no key policy."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from resource_plane.error import AwsError
from resource_plane.policy.document import Malformed, listed, statements

LONGEST = 32 * 1024
"""Bytes of a key policy (KMS/resource-limits, "Key policy document size")."""


def require(text: str) -> None:
    """Refuses what is no key policy: no JSON, no statements, or a statement for nobody."""
    if len(text.encode()) > LONGEST:
        # BC:kms.PutKeyPolicyRequest.Policy: "If the key policy exceeds the length constraint".
        message = f"A key policy has at most {LONGEST} bytes."
        raise AwsError("LimitExceededException", message)
    try:
        statements(effective(text))
        names = [one.get(name) for one in listed(text) for name in ("Principal", "NotPrincipal")]
    except Malformed as error:
        raise AwsError("MalformedPolicyDocumentException", str(error)) from error
    if not all(any(pair) for pair in zip(names[::2], names[1::2], strict=True)):
        message = "Policy document must specify a principal."
        raise AwsError("MalformedPolicyDocumentException", message)


@lru_cache(maxsize=4096)
def effective(text: str) -> str:
    """The policy without the statements that have no effect, though KMS takes them.

    BC:kms.PutKeyPolicyRequest.Policy: those that lack "either of the required Resource or Action
    elements".
    """
    read = [one for one in listed(text) if _names(one, "Action") and _names(one, "Resource")]
    return json.dumps({"Statement": read})


def _names(statement: Any, element: str) -> bool:
    # What is no statement is for the reader of policies to refuse.
    return not isinstance(statement, dict) or not {element, f"Not{element}"}.isdisjoint(statement)
