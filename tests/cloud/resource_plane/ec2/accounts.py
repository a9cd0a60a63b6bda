"""EC2 across accounts: what lies in one Region, whoever owns it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from moto.ec2.models import EC2Backend, ec2_backends

if TYPE_CHECKING:
    from resource_plane.frame import Call


def backend_of(call: Call) -> EC2Backend:
    """moto's EC2 of the account and Region that a call works in."""
    return ec2_backends[call.account][call.region]


def backends_in(region: str) -> Iterator[EC2Backend]:
    """The EC2 of every account that has used this Region; looking makes none."""
    for regions in list(ec2_backends.values()):
        if region in regions.keys():  # noqa: SIM118 (moto's `in` means "could be made")
            yield regions[region]
