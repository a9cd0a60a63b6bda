"""Parts of a request laid over each other as a recovery plan's are: JSON merge patches (RFC 7396).

This is the driver's own reading of that. What it writes down as a plan must come to the requests
that it was made of, by the functions' reading.
"""

from __future__ import annotations

import copy
from functools import reduce
from typing import Any

Fields = dict[str, Any]

SERVICES = ("ec2", "rds")


def laid(*layers: Fields) -> Fields:
    """What the layers come to, each laid over those before; a None takes away what is beneath."""
    return reduce(_over, layers, {})


def difference(beneath: Fields, wanted: Fields) -> Fields:
    """The layer that makes `wanted` of what lies `beneath`."""
    patch: Fields = {name: None for name in beneath.keys() - wanted.keys()}
    for name, value in wanted.items():
        under = beneath.get(name)
        if isinstance(value, dict):
            inner = difference(under if isinstance(under, dict) else {}, value)
            if inner or not isinstance(under, dict):
                patch[name] = inner
        elif name not in beneath or under != value:
            patch[name] = copy.deepcopy(value)
    return dict(sorted(patch.items()))


def of_service(request: Fields, service: str) -> Fields:
    """The request without what its source and target say of other services than this."""
    others = set(SERVICES) - {service}
    return {
        part: {name: value for name, value in fields.items() if name not in others}
        for part, fields in request.items()
    }


def _over(beneath: Fields, upper: Fields) -> Fields:
    result = dict(beneath)
    for name, value in upper.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            under = result.get(name)
            result[name] = _over(under if isinstance(under, dict) else {}, value)
        else:
            result[name] = copy.deepcopy(value)
    return result
