"""Each KMS call is judged on the keys that it names, which may be another account's.

moto looks for every key among those of the caller's account; here the key is found first, the
caller is judged by `permission`, and moto's handler then works in the key's account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.kms.models import Key

from resource_plane import watching
from resource_plane.authorization import authorizer, call_context
from resource_plane.decision import refusal, require
from resource_plane.error import AwsError
from resource_plane.frame import Call
from resource_plane.kms import ciphertext, keys
from resource_plane.kms.permission import may_use
from resource_plane.watching import Question

ACROSS_ACCOUNTS = {
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyRotationStatus",
    "GetPublicKey",
    "ListGrants",
    "ReEncrypt",
    "RevokeGrant",
    "Sign",
    "Verify",
    "VerifyMac",
}
"""BC:kms, each operation's "Cross-account use: Yes"."""

BY_ALIAS = ACROSS_ACCOUNTS - {"CreateGrant", "GetKeyRotationStatus", "ListGrants", "RevokeGrant"}
"""Operations whose KeyId may be an alias (BC:kms, each request's KeyId)."""

ABOUT_GRANTS = {"CreateGrant", "ListGrants", "RevokeGrant"}
"""Operations that tell `kms:GrantIsForAWSResource` (KMS/conditions-kms)."""


@dataclass(frozen=True)
class Use:
    """One key that a call uses, by one action."""

    action: str
    key: Key
    encryption_context: dict[str, str]


@authorizer("kms")
def authorize(call: Call) -> None:
    """Refuses the call unless its caller may use all keys that it names."""
    if call.action == "RetireGrant":
        return  # Who may is written in the grant: `retiring` decides.
    uses = _uses(call)
    call.resources.extend(dict.fromkeys(use.key.arn for use in uses))
    if not uses:
        require(call.caller, call.operation, "*", call_context(call))
        return
    context = call_context(call)
    if call.action.endswith("Alias"):
        # KMS/alias-authorization: the alias by IAM policy, the key by key policy.
        alias = f"arn:aws:kms:{call.region}:{call.account}:{call.params.get('AliasName')}"
        require(call.caller, call.operation, alias, context)
        call.resources.append(alias)
    if call.action == "ReplicateKey":
        require(call.caller, "kms:CreateKey", "*", context)
    same = len({use.key.arn for use in uses}) == 1
    for use in uses:
        _require_use(call, use, {"kms:ReEncryptOnSameKey": same})
    call.found["keys"] = [use.key for use in uses]
    _work_on(call, uses[0].key)


def _require_use(call: Call, use: Use, facts: dict[str, Any]) -> None:
    key = use.key
    if key.account_id != call.account and call.action not in ACROSS_ACCOUNTS:
        raise AwsError(
            "AccessDeniedException",
            f"User: {call.caller.arn} is not authorized to perform: {use.action} on resource: "
            f"{key.arn} because the operation is not for keys of another account",
        )
    facts = facts | _facts(call, use)
    granting = call.params.get("Operations", ()) if call.action == "CreateGrant" else ()
    tokens = call.params.get("GrantTokens") or ()
    decision = may_use(
        call.caller, key, use.action, facts, use.encryption_context, granting, tokens
    )
    dry = bool(call.params.get("DryRun"))
    watching.note(call.caller, Question(use.action, key.arn, key.region, None, dry, bool(decision)))
    if not decision:
        if call.action == "Decrypt" and not call.params.get("KeyId"):
            raise ciphertext.UNREACHABLE
        raise refusal(call.caller, use.action, key.arn, decision)


def _uses(call: Call) -> list[Use]:
    params = call.params
    if call.action == "ReEncrypt":
        source = _ciphertext_key(call, params.get("SourceKeyId"))
        destination = _key(call, params.get("DestinationKeyId"), "destinationKeyId")
        return [
            Use("kms:ReEncryptFrom", source, params.get("SourceEncryptionContext") or {}),
            Use("kms:ReEncryptTo", destination, params.get("DestinationEncryptionContext") or {}),
        ]
    encryption_context = params.get("EncryptionContext") or {}
    if call.action == "Decrypt":
        key = _ciphertext_key(call, params.get("KeyId"))
        return [Use(call.operation, key, encryption_context)]
    if call.action in {"CreateAlias", "UpdateAlias"}:
        # BC:kms.CreateAliasRequest.TargetKeyId: "Specify the key ID or key ARN".
        uses = [Use(call.operation, _key(call, params.get("TargetKeyId"), "targetKeyId"), {})]
        if call.action == "UpdateAlias":
            uses.append(Use(call.operation, _key(call, params.get("AliasName"), "aliasName"), {}))
        return uses
    if call.action == "DeleteAlias":
        return [Use(call.operation, _key(call, params.get("AliasName"), "aliasName"), {})]
    if call.action == "ListAliases" or "KeyId" not in _members(call):
        return []
    return [Use(call.operation, _key(call, params.get("KeyId"), "keyId"), encryption_context)]


def _members(call: Call) -> set[str]:
    shape = call.operation_model.input_shape
    return set(shape.members) if shape is not None else set()


def _key(call: Call, key_id: Any, member: str) -> Key:
    if not isinstance(key_id, str) or not key_id:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value at '{member}' failed to satisfy constraint: "
            "Member must not be null",
        )
    aliases = call.action in BY_ALIAS or member not in {"keyId", "targetKeyId"}
    if not aliases and (key_id.startswith("alias/") or ":alias/" in key_id):
        raise AwsError("NotFoundException", f"Invalid keyId '{key_id}'")
    return keys.resolve(key_id, call.account, call.region)


def _ciphertext_key(call: Call, key_id: Any) -> Key:
    """The key of a ciphertext, which must be the one named, where one is."""
    named = _key(call, key_id, "sourceKeyId") if key_id else None
    if ciphertext.ignored(call):
        if named is None:
            raise AwsError(
                "ValidationException", "A key must be given where the ciphertext is ignored."
            )
        return named
    return ciphertext.key_of(call, named)


def _facts(call: Call, use: Use) -> dict[str, Any]:
    params = call.params
    facts: dict[str, Any] = {"aws:RequestedRegion": call.region, "aws:ViaAWSService": False}
    named = params.get("KeyId") or ""
    if "alias/" in named:
        facts["kms:RequestAlias"] = named[named.index("alias/") :]
    if call.action in ABOUT_GRANTS:
        facts["kms:GrantIsForAWSResource"] = False
    if call.action == "CreateGrant":
        constraints = params.get("Constraints") or {}
        facts |= {
            "kms:GrantOperations": params.get("Operations"),
            "kms:GranteePrincipal": params.get("GranteePrincipal"),
            "kms:RetiringPrincipal": params.get("RetiringPrincipal"),
            "kms:GrantConstraintType": next(iter(constraints), None),
        }
    if use.key.key_usage == "ENCRYPT_DECRYPT":
        facts["kms:EncryptionAlgorithm"] = params.get("EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
    facts["kms:ScheduleKeyDeletionPendingWindowInDays"] = params.get("PendingWindowInDays")
    facts["kms:ReplicaRegion"] = params.get("ReplicaRegion")
    return facts


def _work_on(call: Call, key: Key) -> None:
    """Turns moto's handler to the key, by its id in its own account."""
    call.response.current_account = key.account_id
    for name in ("KeyId", "TargetKeyId"):
        if name in call.params:
            call.set_param(name, key.id)
