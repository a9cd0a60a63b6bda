"""Where things are: the three accounts, the two Regions of the examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Self

HOME = "123456789012"
"""The account of the state machine and the functions."""

SOURCE = "111122223333"
"""The account that owns the snapshots."""

TARGET = "444455556666"
"""The account that receives the instance."""

NEAR = "eu-west-1"
"""The Region of the snapshots."""

FAR = "eu-central-1"
"""The other Region."""


class Place(NamedTuple):
    """An account and a Region."""

    account: str
    region: str

    @classmethod
    def of(cls, side: Mapping[str, object]) -> Self:
        """The place that one side (`source` or `target`) of a request names."""
        return cls(str(side["accountId"]), str(side["region"]))

    def zone(self, letter: str = "a") -> str:
        """An Availability Zone of the Region."""
        return f"{self.region}{letter}"


EVERYWHERE = tuple(
    Place(account, region) for account in (HOME, SOURCE, TARGET) for region in (NEAR, FAR)
)
"""Every place in which a restore of the examples could leave something behind."""
