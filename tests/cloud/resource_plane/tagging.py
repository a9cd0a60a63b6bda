"""Tags in requests and on resources, as policies see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resource_plane.call import Call

Tags = dict[str, str]


def as_dict(tags: Any) -> Tags:
    """A list of tags in any service's shape (`Key` or KMS's `TagKey`) as a dictionary."""
    return {
        tag.get("Key", tag.get("TagKey")): tag.get("Value", tag.get("TagValue")) or ""
        for tag in tags or ()
    }


def requested(params: Mapping[str, Any], resource: str | None = None) -> Tags:
    """The tags that a request sets: all of them, or those for what the ARN `resource` names.

    EC2 tags each kind of thing that a call makes by a specification of its own, and policies see
    on each resource only its own (EC2/supported-iam-actions-tagging).
    """
    tags = as_dict(params.get("Tags"))
    for specification in params.get("TagSpecifications") or ():
        kind = specification.get("ResourceType")
        if resource is None or resource == "*" or f":{kind}/" in resource:
            tags |= as_dict(specification.get("Tags"))
    return tags


def request_facts(params: Mapping[str, Any], resource: str | None = None) -> dict[str, Any]:
    """`aws:RequestTag/KEY` and `aws:TagKeys` of a request, as `requested` tells them.

    IAM/access_tags: `aws:TagKeys` also holds the keys of a request that takes tags away.
    """
    tags = requested(params, resource)
    keys = [*tags, *(params.get("TagKeys") or ())]
    facts: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return facts | ({"aws:TagKeys": keys} if keys else {})


OWN_NAMES = {"ec2": "ec2:ResourceTag", "ssm": "ssm:resourceTag"}
"""What services called `aws:ResourceTag` before there was that."""


def resource_facts(service: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """`aws:ResourceTag/KEY` of a resource, and the service's own older name for the same."""
    names = [it for it in ("aws:ResourceTag", OWN_NAMES.get(service)) if it]
    return {f"{name}/{key}": value for name in names for key, value in tags.items()}


def tagged_on_create(call: Call) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What a call that tags what it makes needs beside its own action, on EC2.

    EC2/supported-iam-actions-tagging: `ec2:CreateTags` on the new resource, where the condition
    key `ec2:CreateAction` is the action that makes it. Yields resource, action, condition keys.
    """
    if call.service != "ec2" or call.action == "CreateTags":
        return
    for specification in call.params.get("TagSpecifications") or ():
        tags = as_dict(specification.get("Tags"))
        if not tags:
            continue
        kind = specification.get("ResourceType", "*")
        # Images and snapshots have no account in their ARNs (Service Authorization Reference).
        owner = "" if kind in {"image", "snapshot"} else call.account
        facts = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
        facts |= {"aws:TagKeys": list(tags), "ec2:CreateAction": call.action}
        yield f"arn:aws:ec2:{call.region}:{owner}:{kind}/*", "ec2:CreateTags", facts
