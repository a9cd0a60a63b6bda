"""What is known of a request: the condition keys and their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Context:
    """Condition keys, found whatever their case (IAM/reference_policies_elements_condition).

    A value is a string, a boolean, a number, or a list of them for a key with several values;
    a key whose value is None is absent.
    """

    __slots__ = ("_values",)

    def __init__(self, facts: Mapping[str, Any] | None = None) -> None:
        """Starts with `facts`."""
        self._values: dict[str, tuple[str, ...]] = {}
        self.add(facts or {})

    def add(self, facts: Mapping[str, Any]) -> None:
        """Adds facts, over those of the same name."""
        for name, value in facts.items():
            if value is not None:
                self._values[name.lower()] = _texts(value)

    def values(self, name: str) -> tuple[str, ...] | None:
        """The values of a key, or None if the request has no such key."""
        return self._values.get(name.lower())

    def extended(self, facts: Mapping[str, Any]) -> Context:
        """A copy with further facts."""
        copy = Context()
        copy._values = dict(self._values)
        copy.add(facts)
        return copy


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Iterable):
        return tuple(text for one in value for text in _texts(one))
    return (str(value),)
