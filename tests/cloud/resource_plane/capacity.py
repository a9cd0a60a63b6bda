"""What AWS has left of instances, volumes and DB instances, of each type in each zone.

A test says so in the setting `capacity`: patterns of what there is (`*` stands for any text), and
how many of it there can be at the same time, over all accounts:

    {"instance m7g.large eu-central-1a": 0, "volume gp3 eu-central-1*": 1, "db-instance * *": 0}

Of what no pattern names there is plenty. The switch `capacityFoundOutLater` makes AWS accept what
it has no room for, and the work on it fail later.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from resource_plane import settings

settings.declare_switch("capacityFoundOutLater", False)


def left(kind: str, of: str, zone: str, taken: int) -> float:
    """How many more there can be of a type in a zone that has `taken` already."""
    name = f"{kind} {of} {zone}"
    most = [number for pattern, number in settings.capacity().items() if fnmatchcase(name, pattern)]
    return max(0, min(most) - taken) if most else float("inf")


def found_out_later() -> bool:
    """Whether a lack shows only in what becomes of the thing that is being made."""
    return settings.switch("capacityFoundOutLater")
