"""Policy documents, read into statements; each text is read once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from resource_plane.policy import condition, pattern
from resource_plane.policy.condition import Condition
from resource_plane.policy.context import Context


class Malformed(ValueError):
    """The text is not a policy."""


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...] | None
    """None where the statement names none: it is on what its policy is attached to."""
    not_resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    """(`AWS`, ARN or account id or `*`), (`Service`, name), …; empty in an identity policy."""
    not_principals: tuple[tuple[str, str], ...]
    conditions: tuple[Condition, ...]

    def covers(self, action: str, resource: str | None, context: Context) -> bool:
        """Whether the statement speaks of this action on this resource in this context.

        Where the resource is not known (None), an Allow that names any resource covers it, and a
        Deny only if it is on every resource.
        """
        return (
            self._covers_action(action)
            and self._covers_resource(resource, context)
            and all(one.holds(context) for one in self.conditions)
        )

    def _covers_action(self, action: str) -> bool:
        if self.not_actions:
            return not any(pattern.matches(one, action, True) for one in self.not_actions)
        return any(pattern.matches(one, action, True) for one in self.actions)

    def _covers_resource(self, resource: str | None, context: Context) -> bool:
        if self.resources is None and not self.not_resources:
            return True
        if resource is None:
            return self.allows or "*" in (self.resources or ())
        names, inverted = (
            (self.not_resources, True) if self.not_resources else (self.resources or (), False)
        )
        found = any(
            text is not None and pattern.matches(text, resource)
            for text in (pattern.filled(name, context) for name in names)
        )
        return found is not inverted


@lru_cache(maxsize=4096)
def statements(document: str) -> tuple[Statement, ...]:
    """The statements of a policy document given as JSON text."""
    return tuple(_statement(one) for one in listed(document))


def listed(document: str) -> list[Any]:
    """What a policy document has for its statements, as they stand there."""
    try:
        read = json.loads(document)
    except ValueError as error:
        raise Malformed(f"Syntax errors in policy: {error}") from error
    if not isinstance(read, dict) or "Statement" not in read:
        raise Malformed("Missing required field Statement")
    found = read["Statement"]
    return found if isinstance(found, list) else [found]


def _statement(read: Any) -> Statement:
    if not isinstance(read, dict):
        raise Malformed("Statement is not an object")
    if read.get("Effect") not in {"Allow", "Deny"}:
        raise Malformed(f"Invalid effect: {read.get('Effect')}")
    if ("Action" in read) == ("NotAction" in read):
        raise Malformed("Statement must contain Action or NotAction")
    try:
        conditions = tuple(
            condition.parse(name, key, _texts(values))
            for name, keys in read.get("Condition", {}).items()
            for key, values in keys.items()
        )
    except condition.UnknownOperator as error:
        raise Malformed(f"Unknown condition operator: {error}") from error
    except AttributeError as error:
        raise Malformed("Condition is not an object of objects") from error
    return Statement(
        allows=read["Effect"] == "Allow",
        actions=_texts(read.get("Action", ())),
        not_actions=_texts(read.get("NotAction", ())),
        resources=_texts(read["Resource"]) if "Resource" in read else None,
        not_resources=_texts(read.get("NotResource", ())),
        principals=_principals(read.get("Principal")),
        not_principals=_principals(read.get("NotPrincipal")),
        conditions=conditions,
    )


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, str | int | float):
        return (str(value),)
    if isinstance(value, list | tuple):
        return tuple(text for one in value for text in _texts(one))
    raise Malformed(f"{value!r} is neither a string nor a list of strings")


def _principals(value: Any) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if value == "*":
        return (("AWS", "*"),)
    if not isinstance(value, dict):
        raise Malformed("Principal is neither * nor an object")
    return tuple((kind, name) for kind, names in value.items() for name in _texts(names))
