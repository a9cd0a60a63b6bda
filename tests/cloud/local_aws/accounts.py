"""The accounts that take part, and clients for them."""

from typing import Any, NamedTuple

import boto3
from botocore.config import Config

HOME = "123456789012"
"""Where the state machine and the functions live."""

SOURCE = "111122223333"
"""Which owns the snapshots."""

TARGET = "444455556666"
"""Which receives the instances."""

REGION = "us-east-1"
"""Where the stacks live; restores go from and to any Region."""

EXTERNAL_IDS = {
    HOME: "orders-home-5c81d3f0",
    SOURCE: "orders-source-7f3c19e2",
    TARGET: "orders-target-b04d86a1",
}
"""What the roles of each account ask for: of the two what `statemachine/examples` names."""


class Pair(NamedTuple):
    """A source and a target account: restores of two pairs never meet."""

    source: str
    target: str

    @property
    def source_role(self) -> str:
        """The role that reads and shares the source's snapshots."""
        return f"arn:aws:iam::{self.source}:role/restore-source"

    @property
    def target_role(self) -> str:
        """The role that restores in the target."""
        return f"arn:aws:iam::{self.target}:role/restore-target"

    @property
    def command_role(self) -> str:
        """The role that has commands run on what drills restore in the target."""
        return f"arn:aws:iam::{self.target}:role/restore-command"

    @property
    def record_role(self) -> str:
        """The role that reads the settings of the source's instances."""
        return f"arn:aws:iam::{self.source}:role/restore-record"

    @property
    def source_external_id(self) -> str:
        """What the source role asks for, and the record role."""
        return EXTERNAL_IDS.get(self.source, EXTERNAL_IDS[SOURCE])

    @property
    def target_external_id(self) -> str:
        """What the restore role asks for."""
        return EXTERNAL_IDS.get(self.target, EXTERNAL_IDS[TARGET])


FIRST = Pair(SOURCE, TARGET)

USUAL = (FIRST, Pair(SOURCE, HOME), Pair(HOME, TARGET))
"""`FIRST`, and the account of the state machine in the place of either side of it."""


def pairs(count: int) -> tuple[Pair, ...]:
    """`FIRST`, and others after it."""
    others = (Pair(f"{SOURCE[:-3]}{n:03}", f"{TARGET[:-3]}{n:03}") for n in range(1, count))
    return (FIRST, *others)


MOST = 300
"""Pairs that there can be: their numbers are below the last digits of `FIRST`."""


def pair_of(account: str) -> Pair:
    """The pair that the account is of."""
    return next(it for it in pairs(MOST) if account in it)


def administrator(service: str, endpoint: str, account: str, region: str = REGION) -> Any:
    """A client of `service` for the administrator of `account`, whose access key is its id."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="local",
        config=Config(retries={"mode": "standard", "max_attempts": 2}),
    )
