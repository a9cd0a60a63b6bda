"""Policies in a template are objects; IAM and KMS keep them as text."""

from __future__ import annotations

import json
from datetime import date
from typing import Any


def text(document: Any) -> str:
    """A policy document of a template as JSON text.

    YAML reads the version `2012-10-17` without quotes as a date.
    """
    return document if isinstance(document, str) else json.dumps(document, default=_version)


def _version(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a policy")
