"""The `Cloud` that runs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import local_aws

from restore.cloud import Cloud, Role


@contextmanager
def running() -> Iterator[Cloud]:
    """The local AWS that `make local` holds, or else one of its own that ends with the block."""
    with local_aws.running() as local:
        yield Cloud(
            resources=local.resource_endpoint,
            control=local.control_endpoint,
            home_region=local.region,
            state_machine=local.state_machine_arn,
            source_role=Role(local.source_role_arn, local.external_id),
            restore_role=Role(local.target_role_arn, local.external_id),
            allow_keys=local.allow_keys,
        )
