"""Manual DB snapshots are shared: ModifyDBSnapshotAttribute, DescribeDBSnapshotAttributes."""

from __future__ import annotations

import re

from moto.core.responses import ActionResult
from moto.rds.models import DBSnapshot

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import identifiers, keys, option_groups, quotas, snapshot

ATTRIBUTE = "restore"


@rule("rds", "DescribeDBSnapshotAttributes")
def describe_db_snapshot_attributes(call: Call, proceed: Proceed) -> ActionResult:
    """Its owner alone sees who a DB snapshot is shared with."""
    return _answer(snapshot.owned(call.params["DBSnapshotIdentifier"], call.account, call.region))


@rule("rds", "ModifyDBSnapshotAttribute")
def modify_db_snapshot_attribute(call: Call, proceed: Proceed) -> ActionResult:
    """Accounts are added and removed as a set: adding one twice shares once.

    moto shares anything with anybody.
    """
    identifier = call.params["DBSnapshotIdentifier"]
    if not identifier.startswith("arn:"):
        # RDS takes the identifier of an automated snapshot for one that is not valid.
        identifier = identifiers.of_snapshot(identifier)
    shared = snapshot.owned(identifier, call.account, call.region)
    if shared.snapshot_type in snapshot.AUTOMATIC:
        identifiers.of_snapshot(shared.db_snapshot_identifier)
    if call.params["AttributeName"] != ATTRIBUTE:
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid snapshot attribute name: {call.params['AttributeName']}",
        )
    added = _accounts(call.params.get("ValuesToAdd"))
    removed = _accounts(call.params.get("ValuesToRemove"))
    both = sorted(set(added) & set(removed))
    if both:
        raise AwsError(
            "InvalidParameterCombination",
            f"A value may not appear in both the add list and remove list: {', '.join(both)}",
        )
    snapshot.require_available(shared, "share")
    if added:
        _require_shareable(shared, added)
    wanted = dict.fromkeys([*shared.attributes[ATTRIBUTE], *added])
    left = [account for account in wanted if account not in removed]
    quotas.shares(len(left))
    shared.attributes[ATTRIBUTE] = left
    return _answer(shared)


def _require_shareable(shared: DBSnapshot, added: list[str]) -> None:
    """Refuses what AWS forbids to share (RDS/USER_ShareSnapshot "limitations").

    Its documents name no error for these. InvalidParameterCombination is chosen: what does not go
    together is this snapshot and this way of sharing it, while its state, of which the model
    has an error, is in order.
    """
    why = None
    if shared.encrypted and keys.is_default(shared.kms_key_id):
        why = "Sharing snapshots encrypted with the default service key for RDS is not supported."
    elif shared.encrypted and snapshot.EVERYBODY in added:
        why = "Encrypted snapshots cannot be made public."
    elif shared.lasting_options - option_groups.SHAREABLE:
        options = ", ".join(sorted(shared.lasting_options - option_groups.SHAREABLE))
        why = f"Snapshots with permanent or persistent options cannot be shared: {options}."
    if why:
        raise AwsError("InvalidParameterCombination", why)


def _accounts(values: list[str] | None) -> list[str]:
    for value in values or ():
        if value != snapshot.EVERYBODY and not re.fullmatch(r"\d{12}", value):
            raise AwsError("InvalidParameterValue", f"Invalid account ID: {value}")
    return list(values or ())


def _answer(shared: DBSnapshot) -> ActionResult:
    attribute = {
        "AttributeName": ATTRIBUTE,
        "AttributeValues": shared.attributes[ATTRIBUTE],
    }
    return ActionResult(
        {
            "DBSnapshotAttributesResult": {
                "DBSnapshotIdentifier": shared.db_snapshot_identifier,
                "DBSnapshotAttributes": [attribute],
            }
        }
    )
