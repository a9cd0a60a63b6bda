"""Wildcards: `*` for any characters, `?` for any one; and policy variables, `${aws:username}`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resource_plane.policy.context import Context

VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")
LITERALS = {"*": "*", "?": "?", "$": "$"}
"""`${*}`, `${?}` and `${$}` stand for the characters themselves."""


@lru_cache(maxsize=8192)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    parts = []
    for character in pattern:
        if character == "*":
            parts.append(".*")
        elif character == "?":
            parts.append(".")
        elif character in _PLACEHOLDERS:
            parts.append(re.escape(_PLACEHOLDERS[character]))
        else:
            parts.append(re.escape(character))
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


_PLACEHOLDERS = {"\ue000": "*", "\ue001": "?", "\ue002": "$"}
"""Private characters that carry a literal, or a variable's value, past the wildcards."""
_LITERAL_TO_PLACEHOLDER = {literal: mark for mark, literal in _PLACEHOLDERS.items()}


def matches(pattern: str, text: str, ignore_case: bool = False) -> bool:
    """Whether `text` as a whole is one that `pattern` stands for."""
    if pattern == "*":
        return True
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


def arn_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN matches a pattern component by component, as `ArnLike` compares.

    IAM/reference_policies_elements_condition_operators: each of the six components is checked
    separately, so that a wildcard never reaches over a colon but in the last. What has fewer
    components is no ARN, and matches none; `*` alone matches all.
    """
    if pattern == "*":
        return True
    wanted, given = pattern.split(":", 5), arn.split(":", 5)
    if len(wanted) < 6 or len(given) < 6:
        return False
    return all(matches(want, give) for want, give in zip(wanted, given, strict=True))


def plain(text: str) -> str:
    """A pattern's text where wildcards mean nothing: the marks turned back to characters."""
    for mark, literal in _PLACEHOLDERS.items():
        text = text.replace(mark, literal)
    return text


def filled(pattern: str, context: Context) -> str | None:
    """`pattern` with its variables replaced; None if one has neither a value nor a default.

    A statement with such a variable matches nothing (IAM/reference_policies_variables). Values
    are taken literally: a `*` in a tag's value is no wildcard.
    """
    if "${" not in pattern:
        return pattern
    parts, end = [], 0
    for found in VARIABLE.finditer(pattern):
        parts.append(pattern[end : found.start()])
        end = found.end()
        name, default = found.group(1).strip(), found.group(2)
        if name in LITERALS:
            value: str | None = LITERALS[name]
        else:
            values = context.values(name)
            value = values[0] if values and len(values) == 1 else default
        if value is None:
            return None
        for literal, mark in _LITERAL_TO_PLACEHOLDER.items():
            value = value.replace(literal, mark)
        parts.append(value)
    return "".join(parts) + pattern[end:]
