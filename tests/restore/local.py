"""The `Cloud` that runs on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import local_aws
from local_aws.accounts import Pair, pairs
from local_aws.server import ServerError
from local_aws.stack import DeploymentError
from local_aws.stage import NotBuiltError

from restore.cloud import Cloud, Role
from restore.place import FAR, NEAR, Place

FAILURES = (ServerError, DeploymentError, NotBuiltError)
"""What can keep the local AWS from coming up."""


@contextmanager
def running(
    tell: Callable[[str], None] = lambda _: None, scale: float = local_aws.SCALE
) -> Iterator[Cloud]:
    """The local AWS that `make local` holds, or else one of its own that ends with the block.

    What takes time is told in words. A second of AWS's time takes `scale` seconds on one's own.
    """
    with local_aws.running(tell, scale) as local:
        yield Cloud(
            resources=local.resource_endpoint,
            control=local.control_endpoint,
            home_region=local.region,
            state_machine=local.state_machine_arn,
            source_role=Role(local.source_role_arn, local.source_external_id),
            restore_role=Role(local.target_role_arn, local.target_external_id),
            allow_keys=local.allow_keys,
        )


@contextmanager
def side_by_side(count: int, scale: float) -> Iterator[tuple[Cloud, ...]]:
    """`count` clouds on one local AWS of their own, each with two accounts that no other has.

    So restores can run at the same time, and whatever is found in a cloud's places is its own.
    """
    with local_aws.fresh(scale=scale, pairs=pairs(count)) as local:
        yield tuple(_cloud_of(local, pair) for pair in pairs(count))


def between(cloud: Cloud, source: str, target: str) -> Cloud:
    """The same cloud, for restores from the account `source` to the account `target` of it.

    Each can also be the account of the state machine, and so can both.
    """
    pair = Pair(source, target)
    return replace(cloud, source_role=_source_role(pair), restore_role=_restore_role(pair))


def _cloud_of(local: local_aws.LocalAws, pair: Pair) -> Cloud:
    return Cloud(
        resources=local.resource_endpoint,
        control=local.control_endpoint,
        home_region=local.region,
        state_machine=local.state_machine_arn,
        source_role=_source_role(pair),
        restore_role=_restore_role(pair),
        allow_keys=local.allow_keys,
        places=tuple(Place(account, region) for account in pair for region in (NEAR, FAR)),
    )


def _source_role(pair: Pair) -> Role:
    return Role(pair.source_role, pair.source_external_id)


def _restore_role(pair: Pair) -> Role:
    return Role(pair.target_role, pair.target_external_id)
