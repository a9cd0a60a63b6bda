"""Paging of describe calls (EC2API/ec2-api-pagination)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from resource_plane import tokens
from resource_plane.error import AwsError
from resource_plane.frame import Call

Item = TypeVar("Item")

FEWEST, MOST = 5, 1000

PAGED = "paged"
"""What is found out of a call whose answer is one page already."""


def page(call: Call, items: Sequence[Item], ids: str | None = None) -> tuple[list[Item], Any]:
    """The items that the call asks for, and the token for the next ones, or None.

    `ids` is the wire name of the parameter of ids that excludes `MaxResults`, where the API model
    says that one does. Without `MaxResults` all items are one page.
    """
    call.found[PAGED] = True
    limit, token = call.params.get("MaxResults"), call.params.get("NextToken")
    if limit is not None and ids is not None:
        message = f"The parameter {ids} cannot be used with the parameter maxResults"
        raise AwsError("InvalidParameterCombination", message)
    if limit is not None and limit < FEWEST:
        message = f"Value ( {limit} ) for parameter maxResults is invalid."
        raise AwsError(
            "InvalidParameterValue", f"{message} Expecting a value greater than {FEWEST}."
        )
    start = _start(call, token) if token else 0
    end = len(items) if limit is None else start + min(limit, MOST)
    following = tokens.made(call, end) if end < len(items) else None
    return list(items[start:end]), following


def _start(call: Call, token: str) -> int:
    start = tokens.read(call, token)
    if start is None:
        raise AwsError("InvalidNextToken", f"The token '{token}' is invalid")
    return start
