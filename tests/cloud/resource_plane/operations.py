"""What AWS can be asked: the operations of the served services, and the Regions that there are."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from fnmatch import fnmatchcase

import botocore.session
from moto.core.utils import get_service_model

SERVED = frozenset({"ec2", "rds", "kms", "sts", "iam", "cloudformation", "ssm"})
"""What the plane serves; the rest of moto would answer without rules (S3 even past the frame)."""


def matching(pattern: str) -> Iterator[str]:
    """The operations whose names, such as `ec2:CreateVolume`, match; `*` stands for any text."""
    for service in sorted(SERVED):
        for name in _of(service):
            if fnmatchcase(name, pattern):
                yield name


def is_operation(name: str) -> bool:
    """Whether there is an operation of exactly this name."""
    service = name.partition(":")[0]
    return service in SERVED and name in _of(service)


def takes(operation: str, parameter: str) -> bool:
    """Whether an operation has a parameter of this name."""
    service, _, action = operation.partition(":")
    shape = get_service_model(service).operation_model(action).input_shape
    return shape is not None and parameter in shape.members


@functools.cache
def is_parameter(name: str) -> bool:
    """Whether any operation has a parameter of this name."""
    return any(takes(operation, name) for operation in matching("*"))


def is_region(name: str) -> bool:
    """Whether AWS has such a Region."""
    return name in _regions()


@functools.cache
def _of(service: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in get_service_model(service).operation_names)


@functools.cache
def _regions() -> frozenset[str]:
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    return frozenset(
        region for one in partitions for region in session.get_available_regions("ec2", one)
    )
