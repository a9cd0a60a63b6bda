"""What has changed may not be seen at once.

AWS promises of its APIs that a change is seen in the end, not by the next call (EC2API/eventual-
consistency, KMS/programming-eventual-consistency). A test says for how many seconds a change stays
unseen, in the setting `consistency`; each kind is 0 at first, which is at once:

| kind | is unseen |
| --- | --- |
| `resources` | an instance, volume, snapshot, AMI or security group that was made |
| `tags` | a change of the tags of an EC2 resource, but not those it is made with |
| `permissions` | a change of whom an EBS snapshot is shared with |
| `grants` | a KMS grant, but for whom shows its token; one that was taken away goes on working |

What is unseen is neither described nor listed, nor can other calls use it: they are told that it
does not exist (`InvalidVolume.NotFound` and the like). That holds for all callers alike. RDS is not
among them: nothing that AWS writes says so of its API.

A change is a pair of functions that undo it and do it again. Around the rules of a call those that
it must not see are undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from resource_plane import progress, settings
from resource_plane.reset import on_reset

for _kind in ("resources", "tags", "permissions", "grants"):
    settings.declare_consistency(_kind)


@dataclass
class Change:
    """Something that has changed, and for a while has not for those who look."""

    kind: str
    of: str
    """What has changed: `volume`, `tags`, …"""
    undo: Callable[[], None]
    redo: Callable[[], None]
    made: float = field(default_factory=lambda: progress.clock())

    @property
    def unseen(self) -> bool:
        """Whether it is too young to be seen."""
        return too_young(self.kind, self.made)


_changes: list[Change] = []
_undone: list[Change] = []
"""Those that the call under way does not see."""


def too_young(kind: str, made: float) -> bool:
    """Whether a change of this kind, made at that moment, is not seen yet."""
    return progress.clock() - made < settings.consistency(kind)


def note(change: Change) -> None:
    """Lets a change be seen late, where changes of its kind are."""
    if settings.consistency(change.kind) > 0:
        _changes.append(change)


@contextmanager
def without_unseen(but: set[str]) -> Iterator[None]:
    """Everything as it is seen now, but for changes `of` these, which are seen at once."""
    _changes[:] = [one for one in _changes if one.unseen]
    _undone[:] = [one for one in _changes if one.of not in but]
    for one in reversed(_undone):
        one.undo()
    try:
        yield
    finally:
        for one in _undone:
            one.redo()
        _undone.clear()


@contextmanager
def as_it_is() -> Iterator[None]:
    """Everything as it is, within a call that does not see all of it: for AWS's own counting."""
    hidden = list(_undone)
    _undone.clear()
    for one in hidden:
        one.redo()
    try:
        yield
    finally:
        for one in reversed(hidden):
            one.undo()
        _undone[:] = hidden


@on_reset
def forget_all() -> None:
    """Forgets what is not seen yet."""
    _changes.clear()
