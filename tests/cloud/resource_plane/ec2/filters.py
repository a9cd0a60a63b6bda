"""Filters of describe calls.

EC2/Using_Filtering: values of one filter are alternatives, filters must all match; `*` and `?`
are wildcards unless a backslash stands before them; values are case-sensitive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from resource_plane.error import AwsError
from resource_plane.frame import Call

Thing = TypeVar("Thing")
Readers = Mapping[str, Callable[[Thing], Any]]
"""Filter names, and how each reads its value from a resource: one value, a list, or None."""

MOST_FILTERS, MOST_VALUES = 50, 200
"""EC2/Using_Filtering: so many filters in one request, and so many values of each."""


def selected(
    call: Call,
    things: Iterable[Thing],
    readers: Readers[Thing],
    tags: Callable[[Thing], Mapping[str, str]] | None = None,
) -> list[Thing]:
    """The things that pass all filters of the call; `tags` gives the tags of one."""
    checks = [_check(one, readers, tags) for one in call.params.get("Filters") or ()]
    return [thing for thing in things if all(check(thing) for check in checks)]


def few_enough(asked: Sequence[Mapping[str, Any]]) -> None:
    """Refuses more filters, or more values of one, than a request may have."""
    if len(asked) > MOST_FILTERS:
        message = f"The maximum number of filters specified on a single call is {MOST_FILTERS}"
        raise AwsError("FilterLimitExceeded", message)
    if any(len(one.get("Values") or ()) > MOST_VALUES for one in asked):
        message = f"The maximum number of filter values specified on a single call is {MOST_VALUES}"
        raise AwsError("FilterLimitExceeded", message)


def unknown(name: str) -> AwsError:
    """The refusal of a filter that there is not."""
    return AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")


def _check(
    given: Mapping[str, Any],
    readers: Readers[Thing],
    tags: Callable[[Thing], Mapping[str, str]] | None,
) -> Callable[[Thing], bool]:
    name, values = given.get("Name") or "null", list(given.get("Values") or ())
    read = readers.get(name)
    if read is None and tags is not None:
        read = _tag_reader(name, tags)
    if read is None:
        raise unknown(name)
    patterns = [_pattern(str(value)) for value in values]

    def matches(thing: Thing) -> bool:
        texts = _texts(read(thing))
        return any(pattern.fullmatch(text) for pattern in patterns for text in texts)

    return matches


def _tag_reader(
    name: str, tags: Callable[[Thing], Mapping[str, str]]
) -> Callable[[Thing], Any] | None:
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda thing: tags(thing).get(key)
    if name == "tag-key":
        return lambda thing: list(tags(thing))
    if name == "tag-value":
        return lambda thing: list(tags(thing).values())
    return None


def _texts(value: Any) -> Sequence[str]:
    if value is None:
        return ()
    if isinstance(value, list | tuple | set):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, datetime):
        return (value.strftime("%Y-%m-%dT%H:%M:%S.000Z"),)
    return (str(value),)


@lru_cache(maxsize=1024)
def _pattern(value: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|[^\\]|\\$", value, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    text = "".join(wild.get(part, re.escape(part[-1])) for part in parts)
    return re.compile(text, re.DOTALL)
