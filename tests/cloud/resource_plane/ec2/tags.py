"""Tags of EC2's resources, as each account has given them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from resource_plane.authorization import Access
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.arns import arn
from resource_plane.frame import Call


def of(backend: EC2Backend, resource_id: str) -> Mapping[str, str]:
    """The tags that an account has given a resource, which may be another's shared with it."""
    return backend.tags.get(resource_id, {})


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in the shape of BC:ec2.TagList."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def as_facts(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags as an ordered failure can match them (see `progress.begin`): `tag:KEY` is the value."""
    return {f"tag:{key}": value for key, value in tags.items()}


def access(
    call: Call, kind: str, resource_id: str, context: Mapping[str, Any] | None = None
) -> Access:
    """What authorisation is to know of an existing resource: its ARN and the caller's tags."""
    where = arn(kind, resource_id, call.region, call.account)
    return Access(where, tags=of(backend_of(call), resource_id), context=context or {})


def to_be_made(call: Call, kind: str, context: Mapping[str, Any] | None = None) -> Access:
    """What authorisation is to know of a resource that the call makes."""
    return Access(arn(kind, "*", call.region, call.account), context=context or {})


def set_on(backend: EC2Backend, resource_id: str, call: Call, kind: str) -> None:
    """Gives a new resource the tags that the call specifies for its kind."""
    tags = specified(call, kind)
    if tags:
        backend.create_tags([resource_id], tags)


def specified(call: Call, kind: str) -> dict[str, str]:
    """The tags that a call specifies for resources of one kind."""
    return {
        tag["Key"]: tag.get("Value", "")
        for specification in call.params.get("TagSpecifications") or ()
        if specification.get("ResourceType") == kind
        for tag in specification.get("Tags") or ()
    }


def of_account(account: str, region: str, resource_id: str) -> Mapping[str, str]:
    """The tags that an account has given a resource in a Region."""
    return of(ec2_backends[account][region], resource_id)


def _quickly(resource: TaggedEC2Resource) -> list[dict[str, str]]:
    """In place of moto's, which matches the tags of all resources against the id as a pattern."""
    tags = of(resource.ec2_backend, resource.id) if resource.id else {}
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource.id), "") if tags else ""
    return [
        {"key": key, "value": value, "resource_id": resource.id, "resource_type": kind}
        for key, value in tags.items()
    ]


TaggedEC2Resource.get_tags = _quickly
