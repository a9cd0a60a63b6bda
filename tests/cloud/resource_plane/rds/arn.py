"""The names of RDS resources, and moto's backends behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from moto.rds.models import RDSBackend, rds_backends

from resource_plane.error import AwsError

PATTERN = re.compile(r"arn:(aws[a-z-]*):rds:([a-z0-9-]*):(\d{12}):([a-z-]+):(.+)")


@dataclass(frozen=True)
class Arn:
    """An ARN of RDS, such as `arn:aws:rds:eu-west-1:111122223333:snapshot:rds:orders-…`."""

    partition: str
    region: str
    account: str
    kind: str
    """`db`, `snapshot`, `cluster-snapshot`, `og`, `pg`, `subgrp`, …"""
    name: str

    def __str__(self) -> str:
        """The ARN as AWS writes it."""
        return f"arn:{self.partition}:rds:{self.region}:{self.account}:{self.kind}:{self.name}"


def parse(text: str) -> Arn | None:
    """The ARN that `text` is, its name in lower case as RDS stores names; None if it is none."""
    match = PATTERN.fullmatch(text)
    if match is None:
        return None
    *place, name = match.groups()
    return Arn(*place, name.lower())


def named(text: str, kind: str, account: str, region: str, parameter: str) -> Arn:
    """The resource of `kind` that `text` names: by its ARN, or by its identifier in `region`.

    An ARN of anything else is refused as an identifier that is not valid.
    """
    if not text.startswith("arn:"):
        return Arn(partition_of(account, region), region, account, kind, text.lower())
    arn = parse(text)
    if arn is None or arn.kind != kind or arn.partition != partition_of(account, region):
        raise AwsError("InvalidParameterValue", f"The parameter {parameter} is not a valid ARN.")
    return arn


def backend(account: str, region: str) -> RDSBackend | None:
    """moto's RDS of an account in a Region; None where there is no such Region."""
    try:
        return rds_backends[account][region]
    except KeyError:
        return None


def home(account: str, region: str) -> RDSBackend:
    """moto's RDS of an account in a Region that is known to exist: the call came in there."""
    return rds_backends[account][region]


def partition_of(account: str, region: str) -> str:
    """The partition (`aws`, `aws-cn`, …) of a Region."""
    return home(account, region).partition


def everywhere() -> list[RDSBackend]:
    """moto's RDS of every account and Region that has been used."""
    return [one for account in list(rds_backends.values()) for one in list(account.values())]
