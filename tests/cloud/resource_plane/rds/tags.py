"""Tags of RDS resources: AddTagsToResource, RemoveTagsFromResource, ListTagsForResource."""

from __future__ import annotations

import unicodedata
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import arn

Tags = list[dict[str, str]]

MOST = 50
RESERVED = ("aws:", "rds:")
KEYS, VALUES = range(1, 129), range(257)
"""How many characters there may be."""
OTHERS = frozenset("_.:/=+-@")
"""What a tag may have beside letters, digits and spaces (BC:rds.Tag)."""
NOT_FOUND = {
    "db": "DBInstanceNotFound",
    "snapshot": "DBSnapshotNotFound",
    "cluster": "DBClusterNotFoundFault",
    "cluster-snapshot": "DBClusterSnapshotNotFoundFault",
    "og": "OptionGroupNotFoundFault",
    "pg": "DBParameterGroupNotFound",
    "cluster-pg": "DBParameterGroupNotFound",
    "subgrp": "DBSubnetGroupNotFoundFault",
    "secgrp": "DBSecurityGroupNotFound",
    "es": "SubscriptionNotFound",
    "db-proxy": "DBProxyNotFoundFault",
}
"""By the kind of an ARN, the error where there is no such resource."""


def checked(asked: Any) -> Tags:
    """The tags that a request gives, refused where AWS refuses them."""
    tags: Tags = [{"Key": tag["Key"], "Value": tag.get("Value") or ""} for tag in asked or ()]
    for tag in tags:
        _check("keys", tag["Key"], KEYS)
        _check("values", tag["Value"], VALUES)
    if len({tag["Key"] for tag in tags}) != len(tags):
        raise AwsError("InvalidParameterValue", "Tag keys must be unique.")
    return _few_enough(tags)


@rule("rds", "AddTagsToResource")
def add_tags_to_resource(call: Call, proceed: Proceed) -> EmptyResult:
    """moto tags whatever has the same name in the Region that is called, and ignores the rest."""
    resource = _resource(call)
    new = checked(call.params["Tags"])
    given = {tag["Key"] for tag in new}
    kept = [tag for tag in resource.tags if tag["Key"] not in given]
    resource.tags = _few_enough(kept + new)
    return EmptyResult()


@rule("rds", "RemoveTagsFromResource")
def remove_tags_from_resource(call: Call, proceed: Proceed) -> EmptyResult:
    """Keys that the resource does not have are passed over."""
    _resource(call).remove_tags(call.params["TagKeys"])
    return EmptyResult()


@rule("rds", "ListTagsForResource")
def list_tags_for_resource(call: Call, proceed: Proceed) -> ActionResult:
    """The tags of a resource of the caller's own account."""
    return ActionResult({"TagList": _resource(call).tags})


def find(name: arn.Arn) -> Any:
    """The resource with that ARN, or None."""
    backend = arn.backend(name.account, name.region)
    return None if backend is None else backend._find_resource(name.kind, name.name)


def _check(what: str, text: str, lengths: range) -> None:
    """Refuses a key or a value that no tag may have (BC:rds.Tag).

    The words are those of GH:1Strategy/rds-oracle-cross-account-cross-region-dr#1, as far as known.
    """
    for prefix in RESERVED:
        if text.lower().startswith(prefix):
            raise AwsError(
                "InvalidParameterValue",
                f"Tag {what} cannot start with the reserved prefix '{prefix}'",
            )
    if len(text) not in lengths:
        raise AwsError(
            "InvalidParameterValue",
            f"Tag {what} have from {lengths.start} to {lengths.stop - 1} characters.",
        )
    # The classes of BC:rds.Tag: \p{L}, \p{N} and \p{Z}.
    if any(unicodedata.category(it)[0] not in "LNZ" and it not in OTHERS for it in text):
        raise AwsError(
            "InvalidParameterValue",
            f"Tag {what} have letters, digits, spaces and {' '.join(sorted(OTHERS))} only.",
        )


def _resource(call: Call) -> Any:
    text = call.params["ResourceName"]
    name = arn.parse(text)
    if name is None or name.kind not in NOT_FOUND:
        raise AwsError("InvalidParameterValue", f"Invalid resource name: {text}")
    # A resource of another account is not found either, even if it is shared: tags are private.
    here = (name.account, name.region) == (call.account, call.region)
    resource = find(name) if here else None
    if resource is None:
        raise AwsError(NOT_FOUND[name.kind], f"{text} not found.")
    return resource


def _few_enough(tags: Tags) -> Tags:
    if len(tags) > MOST:
        raise AwsError("InvalidParameterValue", f"A resource cannot have more than {MOST} tags.")
    return tags
