"""`Filters` of the Describe calls: every filter must match, each by one of its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from resource_plane.error import AwsError
from resource_plane.frame import Call

Item = TypeVar("Item")
Facets = Mapping[str, Callable[[Any], set[str]]]
"""By the name of a filter, what of an item its values are compared with."""


def matching(call: Call, found: list[Item], facets: Facets) -> list[Item]:
    """Those of `found` that match all filters of the call.

    A filter that AWS does not know is refused, and so is one without values.
    """
    for wanted in call.params.get("Filters") or ():
        name, values = wanted.get("Name", ""), wanted.get("Values") or ()
        facet = facets.get(name)
        if facet is None:
            raise AwsError("InvalidParameterValue", f"Unrecognized filter name: {name}")
        if not values:
            raise AwsError("InvalidParameterCombination", f"The filter {name} has no values.")
        # Identifiers are stored in lower case, and so are the other values that can be asked for.
        lowered = {value.lower() for value in values}
        found = [item for item in found if facet(item) & lowered]
    return found
