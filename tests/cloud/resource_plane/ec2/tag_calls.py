"""The calls that set tags, and tags set on what a call makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.responses import EmptyResult
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import find
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.images import sharing as images
from resource_plane.ec2.snapshots import sharing as snapshots
from resource_plane.ec2.tags import access, of
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

MOST = 50
"""The most tags of a resource (EC2/Using_Tags)."""

LONGEST_KEY, LONGEST_VALUE = 128, 256


@rule("ec2", "*")
def specifications(call: Call, proceed: Proceed) -> Any:
    """Tags on create are of kinds that the call makes, no more than 50, and not AWS's own."""
    given = call.params.get("TagSpecifications") or ()
    kinds = [it.get("ResourceType") for it in given]
    if len(set(kinds)) < len(kinds):
        # The wording is not documented.
        message = "Duplicate TagSpecifications for one resource type"
        raise AwsError("InvalidParameterValue", message)
    for specification in given:
        tags = specification.get("Tags") or ()
        _well_formed(tags)
        if len(tags) > MOST:
            # In words that moto has for tags that are added; nothing is made.
            message = "The maximum number of Tags for a resource has been reached."
            raise AwsError("TagLimitExceeded", message)
    made = MADE_BY.get(call.action)
    for specification in given if made else ():
        kind = specification.get("ResourceType")
        if kind not in made:
            message = f"'{kind}' is not a valid taggable resource type for this operation."
            raise AwsError("InvalidParameterValue", message)
    return proceed()


MADE_BY = {
    "CreateSnapshot": {"snapshot"},
    "CreateSnapshots": {"snapshot"},
    "CopySnapshot": {"snapshot"},
    "CreateVolume": {"volume"},
    "RegisterImage": {"image"},
    "CreateImage": {"image", "snapshot"},
    "CopyImage": {"image", "snapshot"},
    "RunInstances": {"instance", "volume", "network-interface", "spot-instances-request"},
}
"""The kinds of resources that an action tags as it makes them (BC:ec2 TagSpecifications)."""


@resources("ec2", "CreateTags", "DeleteTags")
def tagged(call: Call) -> list[Access]:
    """The resources whose tags change."""
    ids = call.params.get("Resources") or ()
    return [access(call, EC2_PREFIX_TO_RESOURCE.get(get_prefix(one), "*"), one) for one in ids]


@rule("ec2", "CreateTags", "DeleteTags")
def change_tags(call: Call, _: Proceed) -> Any:
    """Changes the tags of resources, all of which must exist for the caller."""
    backend, ids = backend_of(call), call.params["Resources"]
    for resource_id in ids:
        _exists(call, resource_id)
    tags = call.params.get("Tags") or []
    if call.action == "CreateTags":
        _well_formed(tags)
    _not_reserved(tag["Key"] for tag in tags)
    if call.action == "CreateTags":
        backend.create_tags(ids, {tag["Key"]: tag.get("Value") or "" for tag in tags})
    elif tags:
        backend.delete_tags(ids, {tag["Key"]: tag.get("Value") for tag in tags})
    else:
        # BC:ec2.DeleteTags: without tags, all but AWS's own are deleted.
        for resource_id in ids:
            keys = [key for key in of(backend, resource_id) if not key.startswith("aws:")]
            backend.delete_tag_keys([resource_id], keys)
    return EmptyResult()


def _well_formed(tags: Sequence[Mapping[str, Any]]) -> None:
    """Refuses tags that EC2 does not take (EC2/Using_Tags, "Tag restrictions").

    BC:ec2.CreateTags: "Tag keys must be unique". BC:ec2.Tag.Key says 127 characters, but AWS goes
    by 128: the words are those seen in GH:skypilot-org/skypilot#1992 (key) and GH:iriusrisk/GoCD-
    EC2-Elastic-Agent-Plugin#24 (value).
    """
    keys = [tag.get("Key") or "" for tag in tags]
    _not_reserved(keys)
    if not all(keys):
        raise AwsError("InvalidParameterValue", "Tag key cannot be null or empty")
    if any(len(key) > LONGEST_KEY for key in keys):
        message = f"Tag key exceeds the maximum length of {LONGEST_KEY} characters"
        raise AwsError("InvalidParameterValue", message)
    if any(len(tag.get("Value") or "") > LONGEST_VALUE for tag in tags):
        message = f"Tag value exceeds the maximum length of {LONGEST_VALUE} characters"
        raise AwsError("InvalidParameterValue", message)
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise AwsError("InvalidParameterValue", f"Duplicate tag key '{twice}' specified.")


def _not_reserved(keys: Any) -> None:
    if any(key.lower().startswith("aws:") for key in keys):
        message = "Tag keys starting with 'aws:' are reserved for internal use"
        raise AwsError("InvalidParameterValue", message)


def _exists(call: Call, resource_id: str) -> None:
    """Refuses an id that names nothing the caller sees."""
    backend = backend_of(call)
    match resource_id.partition("-")[0]:
        case "vol":
            find.volume(backend, resource_id)
        case "i":
            find.instance(backend, resource_id)
        case "sg":
            find.security_group(backend, resource_id)
        case "snap":
            # EC2/Using_Tags: a shared or public resource takes tags that only the tagging
            # account sees.
            snapshots.visible(call, resource_id)
        case "ami":
            images.visible(call, resource_id)
        case prefix if prefix in EC2_PREFIX_TO_RESOURCE:
            backend.do_resources_exist([resource_id])
        case _:
            raise AwsError("InvalidID", f"The ID '{resource_id}' is not valid")
