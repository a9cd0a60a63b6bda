"""Sharing snapshots with other accounts (EBS/ebs-modifying-snapshot-permissions).

A snapshot may be used by its owner, by the accounts it is shared with, and, when it is shared with
the group `all`, by everybody. To all others it does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import ebs_keys, find, tags
from resource_plane.ec2.accounts import backends_in
from resource_plane.ec2.snapshots.model import Snapshot
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

MOST_CHANGES = 500
"""BC:ec2.ModifySnapshotAttribute: "you can modify up to 500 user IDs" in one call."""


def explicitly(snapshot: Snapshot, account: str) -> bool:
    """Whether an account owns a snapshot, or has it shared with it by its id."""
    return account in (snapshot.owner_id, *snapshot.create_volume_permission_userids)


def restorable(snapshot: Snapshot, account: str) -> bool:
    """Whether an account may make volumes of a snapshot."""
    return public(snapshot) or explicitly(snapshot, account)


def public(snapshot: Snapshot) -> bool:
    """Whether a snapshot is shared with everybody."""
    return "all" in snapshot.create_volume_permission_groups


def named(region: str, snapshot_id: str) -> Snapshot | None:
    """The snapshot with this id in a Region, whoever owns it."""
    return next((it.snapshots[snapshot_id] for it in _holding(region, snapshot_id)), None)


def visible(call: Call, snapshot_id: str, region: str | None = None) -> Snapshot:
    """The snapshot with this id, which must be one that the caller's account may use."""
    find.well_formed("snap", snapshot_id, "InvalidSnapshotID")
    found = named(region or call.region, snapshot_id)
    if found is None or not restorable(found, call.account):
        raise not_found(snapshot_id)
    return found


def own(call: Call, snapshot_id: str) -> Snapshot:
    """The snapshot with this id, which must belong to the caller's account."""
    found = visible(call, snapshot_id)
    if found.owner_id != call.account:
        # Undocumented; EC2API/errors-overview gives AuthFailure for what "isn't yours".
        raise AwsError("AuthFailure", f"Not authorized for snapshot {snapshot_id}", 403)
    return found


def not_found(snapshot_id: str) -> AwsError:
    """The refusal of a snapshot that is not there for the caller."""
    return AwsError("InvalidSnapshot.NotFound", f"The snapshot '{snapshot_id}' does not exist.")


def usable(call: Call, snapshot_id: str, region: str | None = None) -> Snapshot:
    """A snapshot that the caller may copy or make a volume of now: whole, and not archived."""
    found = visible(call, snapshot_id, region)
    not_archived(found)
    if found.status != "completed":
        raise AwsError("IncorrectState", f"Snapshot is in invalid state - {found.status}")
    return found


def not_archived(snapshot: Snapshot) -> None:
    """Refuses a snapshot in the archive tier: EBS/snapshot-archive-considerations."""
    if snapshot.archived:
        # The code is not documented. It must not be one that clients retry, such as
        # IncorrectState: the snapshot stays archived until somebody restores it.
        message = f"The snapshot '{snapshot.id}' is archived; restore it before you use it."
        raise AwsError("UnsupportedOperation", message)


def take_back(snapshot: Snapshot) -> None:
    """Ends all sharing of a snapshot."""
    snapshot.create_volume_permission_userids.clear()
    snapshot.create_volume_permission_groups.clear()


@resources("ec2", "ModifySnapshotAttribute")
def shared(call: Call) -> list[Access]:
    """The snapshot; policies may look at whom it is shared with."""
    added, removed = _changes(call)
    context = {
        "ec2:Attribute": call.params.get("Attribute") or "createVolumePermission",
        "ec2:Add/userId": sorted(it["UserId"] for it in added if "UserId" in it) or None,
        "ec2:Add/group": sorted(it["Group"] for it in added if "Group" in it) or None,
        "ec2:Remove/userId": sorted(it["UserId"] for it in removed if "UserId" in it) or None,
        "ec2:Remove/group": sorted(it["Group"] for it in removed if "Group" in it) or None,
    }
    return [tags.access(call, "snapshot", call.params.get("SnapshotId", "*"), context)]


@resources("ec2", "DescribeSnapshotAttribute", "ResetSnapshotAttribute")
def asked_about(call: Call) -> list[Access]:
    """The snapshot."""
    return [tags.access(call, "snapshot", call.params.get("SnapshotId", "*"))]


@rule("ec2", "ModifySnapshotAttribute")
def share(call: Call, _: Proceed) -> Any:
    """Gives and takes permissions; giving twice, or taking what is not there, changes nothing."""
    _only_permissions(call)
    snapshot = own(call, call.params["SnapshotId"])
    added, removed = _changes(call)
    if not added and not removed:
        message = "No attributes were specified"
        raise AwsError("InvalidParameterCombination", message)
    if added and removed:
        # BC:ec2.ModifySnapshotAttribute: "you cannot do both in a single operation".
        message = "Permissions cannot be added and removed in one request"
        raise AwsError("InvalidParameterCombination", message)
    if len(added) + len(removed) > MOST_CHANGES:
        message = f"More than {MOST_CHANGES} permissions were specified"
        raise AwsError("InvalidParameterValue", message)
    for permission in added + removed:
        _well_formed(permission)
    not_archived(snapshot)
    if added:
        _shareable(snapshot, added, call)
    users, groups = (
        snapshot.create_volume_permission_userids,
        snapshot.create_volume_permission_groups,
    )
    users.update(it["UserId"] for it in added if "UserId" in it)
    groups.update(it["Group"] for it in added if "Group" in it)
    users.difference_update(it["UserId"] for it in removed if "UserId" in it)
    groups.difference_update(it["Group"] for it in removed if "Group" in it)
    return EmptyResult()


@rule("ec2", "ResetSnapshotAttribute")
def unshare(call: Call, _: Proceed) -> Any:
    """Takes all permissions away."""
    _only_permissions(call)
    snapshot = own(call, call.params["SnapshotId"])
    take_back(snapshot)
    return EmptyResult()


@rule("ec2", "DescribeSnapshotAttribute")
def describe_permissions(call: Call, _: Proceed) -> Any:
    """Tells the owner whom a snapshot is shared with."""
    snapshot = own(call, call.params["SnapshotId"])
    if call.params["Attribute"] == "productCodes":
        return ActionResult({"SnapshotId": snapshot.id, "ProductCodes": []})
    _only_permissions(call)
    users = [{"UserId": user} for user in sorted(snapshot.create_volume_permission_userids)]
    groups = [{"Group": group} for group in sorted(snapshot.create_volume_permission_groups)]
    return ActionResult({"SnapshotId": snapshot.id, "CreateVolumePermissions": groups + users})


def _only_permissions(call: Call) -> None:
    attribute = call.params.get("Attribute") or "createVolumePermission"
    if attribute != "createVolumePermission":
        message = f"Value ({attribute}) for parameter attribute is invalid."
        raise AwsError("InvalidParameterValue", message)


def _changes(call: Call) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The permissions that a call gives and takes, in either of the forms that it may have."""
    structured = call.params.get("CreateVolumePermission") or {}
    added, removed = list(structured.get("Add") or ()), list(structured.get("Remove") or ())
    listed = [{"UserId": user} for user in call.params.get("UserIds") or ()]
    listed += [{"Group": group} for group in call.params.get("GroupNames") or ()]
    operation = call.params.get("OperationType")
    if listed and operation not in ("add", "remove"):
        message = f"Value ({operation}) for parameter operationType is invalid."
        raise AwsError("InvalidParameterValue", message)
    (added if operation == "add" else removed).extend(listed)
    return added, removed


def _well_formed(permission: dict[str, str]) -> None:
    user, group = permission.get("UserId"), permission.get("Group")
    if user is not None and not re.fullmatch(r"\d{12}", user):
        raise AwsError("InvalidUserID.Malformed", f'Invalid user id: "{user}"')
    if group is not None and group != "all":
        message = f'Invalid attribute item value "{group}" for userGroup item type.'
        raise AwsError("InvalidAMIAttributeItemValue", message)


def _shareable(snapshot: Snapshot, added: list[dict[str, str]], call: Call) -> None:
    """BC:ec2.ModifySnapshotAttribute: encrypted ones not with all, aws/ebs with nobody."""
    if not snapshot.encrypted:
        return
    if ebs_keys.is_managed_by_aws(snapshot.kms_key_id, call.account, call.region):
        message = "Encrypted snapshots with EBS default key cannot be shared"
        raise AwsError("OperationNotPermitted", message)
    if any(permission.get("Group") == "all" for permission in added):
        message = "Encrypted snapshots cannot be made public"
        raise AwsError("OperationNotPermitted", message)


def _holding(region: str, snapshot_id: str) -> Iterator[Any]:
    return (backend for backend in backends_in(region) if snapshot_id in backend.snapshots)
