"""The example requests, one per flow and others: those that the README refers to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "statemachine" / "examples"

FLOWS = (
    "ec2-same-location",
    "ec2-cross-region",
    "ec2-cross-account",
    "ec2-cross-account-cross-region",
    "rds-same-location",
    "rds-cross-region",
    "rds-cross-account",
    "rds-cross-account-cross-region",
)
"""Every flow, in the order of the documentation."""

MADE_BY_AWS = re.compile(
    r"^(ami|i|sg|snap|subnet|vol)-[0-9a-f]{17}$|:(key|snapshot)[/:]|^\d{4}-\d\d-\d\dT"
)
"""Ids that AWS gives out and instants: what an arranged request must not take from its example."""


def example(name: str) -> dict[str, Any]:
    """The example request of this name, which is a flow's or that of what it shows."""
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def left_from_example(request: Any, example: Any) -> set[str]:
    """The ids in `request` that are the example's own, and so name nothing that exists."""
    return {text for text in _strings(example) if MADE_BY_AWS.search(text)} & set(_strings(request))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
