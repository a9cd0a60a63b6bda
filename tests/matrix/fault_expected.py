"""How a restore ends that is refused something: the words in which the rules say so."""

from __future__ import annotations

from dataclasses import dataclass

from matrix.fault_sites import Site

RESTORED = "RESTORED"

A_KEY = ":key/"
"""Of the ARN of a key; what AWS is made to say of keys has none."""


@dataclass(frozen=True)
class Expected:
    """How it ends."""

    status: str
    """`RESTORED`, or the name under which it fails, without `Restore.`."""
    says: tuple[str, ...] = ()
    """Words of the cause, or of what is told as left."""
    leaves: bool = False
    """Whether something is told as left."""
    believed: bool = False
    """Whether AWS said that something is gone which is not: nobody can know better."""


@dataclass(frozen=True)
class Rule:
    """A path from an answer on, with both ends."""

    path: str
    once: Expected
    forever: Expected


def as_asked(**how: object) -> Expected:
    """Restored."""
    return Expected(RESTORED, **how)


def tried_again(path: str, site: Site, *words: str) -> Rule:
    """Restored once, and forever throttled, in these words or by the name of the call."""
    said = words or (site.operation,)
    return Rule(path, as_asked(), Expected("Throttled", said))


def who(site: Site) -> str:
    """The role that the cause names."""
    return f"role/{site.assumes or site.role}"
