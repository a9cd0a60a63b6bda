"""Grants retired by those whom they let; moto lets anybody."""

from __future__ import annotations

from typing import Any

from moto.kms.models import Grant, Key

from resource_plane.authorization import call_context
from resource_plane.decision import own_policies
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.kms import keys, spreading
from resource_plane.kms.grants import every_grant
from resource_plane.kms.key_state import DRY_RUN
from resource_plane.kms.permission import may_use
from resource_plane.policy.verdict import Principals, Reach


@rule("kms", "RetireGrant")
def retire_grant(call: Call, _: Proceed) -> Any:
    """Retires a grant for whom it lets (KMS/grant-delete)."""
    key, grant = _to_retire(call)
    call.resources.append(key.arn)
    if not _may_retire(call, key, grant):
        raise AwsError(
            "AccessDeniedException",
            f"User: {call.caller.arn} is not authorized to perform: kms:RetireGrant on resource: "
            f"{key.arn}",
        )
    if call.params.get("DryRun"):
        raise DRY_RUN
    del key.grants[grant.id]
    spreading.ended(key, grant)
    return "{}"


def _to_retire(call: Call) -> tuple[Key, Grant]:
    token, grant_id = call.params.get("GrantToken"), call.params.get("GrantId")
    if token:
        found = [(key, one) for key, one in every_grant(call.region) if token in one.tokens]
        if not found:
            raise AwsError("InvalidGrantTokenException", "The grant token is not valid.")
        return found[0]
    key_id = call.params.get("KeyId")
    if not key_id or not grant_id:
        raise AwsError(
            "ValidationException", "Either a grant token, or a key and a grant id, must be given."
        )
    key = keys.resolve(key_id, call.account, call.region)
    if grant_id not in key.grants:
        raise AwsError("NotFoundException", f"Grant ID {grant_id} not found")
    return key, key.grants[grant_id]


def _may_retire(call: Call, key: Key, grant: Grant) -> bool:
    """The retiring principal, a grantee who may retire, or whom the key's account lets."""
    caller = call.caller
    own = own_policies(caller, "kms:RetireGrant", key.arn, call_context(call))
    if own.denied is not None:
        return False
    principals = Principals(caller.account, caller.principal_arn, caller.arn)
    named = [principals.named(grant.retiring_principal or "")]
    if "RetireGrant" in grant.operations:
        named.append(principals.named(grant.grantee_principal))
    if Reach.CALLER in named or Reach.SESSION in named:
        return True
    if Reach.ACCOUNT in named and own.unallowed is None:
        return True
    facts = {"aws:RequestedRegion": call.region, "aws:ViaAWSService": False}
    same_account = caller.account == key.account_id
    return same_account and may_use(caller, key, "kms:RetireGrant", facts).allowed
