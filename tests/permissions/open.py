"""What is known to be amiss with the preflight, by flow, action and thing, until it is mended.

A plan without what is listed must come out wrong: whoever mends a defect takes its lines out.
"""

from __future__ import annotations

import fnmatch

OPEN: dict[str, list[tuple[str, str, str]]] = {}


def defect_of(flow: str, action: str, thing: str) -> str | None:
    """The defect that the case belongs to, in words."""
    for defect, cases in OPEN.items():
        for flows, *listed in cases:
            if fnmatch.fnmatchcase(flow, flows) and listed == [action, thing]:
                return defect
    return None
