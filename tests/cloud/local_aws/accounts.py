"""The accounts that take part, and clients for them."""

from typing import Any

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

EXTERNAL_IDS = {SOURCE: "orders-source-7f3c19e2", TARGET: "orders-target-b04d86a1"}
"""What the roles of each account ask for: what the requests in `statemachine/examples` name."""


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
