"""What properties of a template may be written as."""

from __future__ import annotations

from typing import Any


def true(value: Any) -> bool:
    """A template's boolean may be text."""
    return str(value).lower() == "true"
