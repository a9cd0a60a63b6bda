"""Long answers come in pages: `MaxRecords` and `Marker` of the Describe calls."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from resource_plane.error import AwsError
from resource_plane.frame import Call

FEWEST, MOST = 20, 100
"""BC:rds.DescribeDBSnapshotsMessage.MaxRecords: minimum 20, maximum 100, default 100."""

Item = TypeVar("Item")


def page(
    call: Call, found: Sequence[Item], name: Callable[[Item], str]
) -> tuple[list[Item], dict[str, Any]]:
    """The page of `found` that the call asks for, and the marker of the next one as a result.

    The items are ordered by `name`, and a marker remembers the last name seen: what is made or
    deleted between two pages neither repeats nor hides anything else.
    """
    size = call.params.get("MaxRecords", MOST)
    if not FEWEST <= size <= MOST:
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid value {size} for MaxRecords. Must be between {FEWEST} and {MOST}",
        )
    seen = _read(call.params.get("Marker"))
    left = sorted((item for item in found if seen is None or name(item) > seen), key=name)
    shown = left[:size]
    more = {"Marker": _marker(name(shown[-1]))} if len(left) > size else {}
    return shown, more


def _marker(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _read(marker: str | None) -> str | None:
    if not marker:
        return None
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise AwsError("InvalidParameterValue", "The Marker is not valid.") from error
