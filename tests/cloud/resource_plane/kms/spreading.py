"""Grants spread: AWS knows of new ones, and of their ends, only after a while.

KMS/grants ("Eventual consistency for grants"): "there might be a brief delay, usually less than
five minutes"; who has a grant's token may use it at once (KMS/grant-token). How long it takes here
the setting `consistency` says (`grants`).
"""

from __future__ import annotations

from collections.abc import Collection

from moto.kms.models import Grant, Key

from resource_plane import consistency, progress, settings
from resource_plane.reset import on_reset

_made: dict[str, float] = {}
"""When each grant was made, by its id."""
_ended: list[tuple[str, Grant, float]] = []
"""Grants retired or revoked: the key's ARN, the grant, and when."""


def made(grant: Grant) -> None:
    """A grant has been made."""
    if settings.consistency("grants"):
        _made[grant.id] = progress.clock()


def ended(key: Key, grant: Grant) -> None:
    """A grant of a key has been retired or revoked."""
    if settings.consistency("grants"):
        _ended.append((key.arn, grant, progress.clock()))


def known(key: Key, tokens: Collection[str] = ()) -> list[Grant]:
    """The grants of a key that count now for who shows these tokens."""
    _ended[:] = [one for one in _ended if consistency.too_young("grants", one[2])]
    there = [
        grant
        for grant in key.grants.values()
        if not _new(grant) or not grant.tokens.isdisjoint(tokens)
    ]
    return there + [grant for arn, grant, _ in _ended if arn == key.arn and not _new(grant)]


def _new(grant: Grant) -> bool:
    begun = _made.get(grant.id)
    return begun is not None and consistency.too_young("grants", begun)


@on_reset
def forget_all() -> None:
    """Forgets which grants are new and which have ended."""
    _made.clear()
    _ended.clear()
