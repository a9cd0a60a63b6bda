"""What a key can do in the state it is in, and of the kind it is.

KMS/key-state has the table of states and operations; moto lets every key do everything.
"""

from __future__ import annotations

import json
from typing import Any

from moto.kms.models import Key

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

ENCRYPTION = {
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncrypt",
}
DATA_KEYS = {"GenerateDataKey", "GenerateDataKeyWithoutPlaintext"}
SIGNING = {"Sign", "Verify"}
MACS = {"GenerateMac", "VerifyMac"}
CRYPTOGRAPHIC = ENCRYPTION | SIGNING | MACS

NEED_ENABLED = CRYPTOGRAPHIC | {"CreateGrant", "EnableKeyRotation", "ReplicateKey"}
"""Operations that a disabled key refuses."""
NEED_NOT_PENDING_DELETION = NEED_ENABLED | {
    "CreateAlias",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
}
"""Operations that a key pending deletion refuses."""

DRY_RUN = AwsError(
    "DryRunOperationException",
    "The request would have succeeded, but the DryRun option is set.",
)


@rule("kms", "*")
def in_a_state_to(call: Call, proceed: Proceed) -> Any:
    """Refuses what the state or the kind of a key does not admit, then answers dry runs.

    A dry run of an operation that changes nothing is the operation itself, unanswered; those
    about grants look after their own (`grants`).
    """
    for key in call.found.get("keys", ()):
        _require_state(call.action, key)
        _require_usage(call.action, key)
    dry = bool(call.params.get("DryRun"))
    if dry and call.params.get("DryRunModifiers"):
        raise DRY_RUN
    answer = proceed()
    if dry and call.action in CRYPTOGRAPHIC:
        raise DRY_RUN
    return answer


def _require_state(action: str, key: Key) -> None:
    state = key.key_state
    if state == "Disabled" and action in NEED_ENABLED:
        raise AwsError("DisabledException", f"{key.arn} is disabled.")
    if state == "PendingDeletion" and action in NEED_NOT_PENDING_DELETION:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if state == "PendingImport" and action in NEED_ENABLED | {"DisableKey", "EnableKey"}:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending import.")
    if state != "PendingDeletion" and action == "CancelKeyDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")


def _require_usage(action: str, key: Key) -> None:
    """BC:kms, InvalidKeyUsageException of each operation."""
    if action in ENCRYPTION:
        require_encryption(key)
    if action in DATA_KEYS and key.key_spec != "SYMMETRIC_DEFAULT":
        raise _wrong_usage(key, f"whose KeySpec is {key.key_spec}", action)
    if action in SIGNING and key.key_usage != "SIGN_VERIFY":
        raise _wrong_usage(key, f"whose KeyUsage is {key.key_usage}", action)
    if action in MACS and key.key_usage != "GENERATE_VERIFY_MAC":
        raise _wrong_usage(key, f"whose KeyUsage is {key.key_usage}", action)


def require_encryption(key: Key) -> None:
    """Refuses a key that is not there for encryption."""
    if key.key_usage != "ENCRYPT_DECRYPT":
        raise _wrong_usage(key, f"whose KeyUsage is {key.key_usage}", "encryption")


def _wrong_usage(key: Key, why: str, purpose: str) -> AwsError:
    return AwsError("InvalidKeyUsageException", f"{key.arn}, {why}, is not valid for {purpose}.")


@rule("kms", "ScheduleKeyDeletion")
def schedule_key_deletion(call: Call, proceed: Proceed) -> Any:
    """The waiting time is 7 to 30 days (BC:kms.ScheduleKeyDeletionRequest); moto loses others."""
    days = call.params.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to "
            "satisfy constraint: Member must be between 7 and 30",
        )
    key = call.found["keys"][0]
    more = {"KeyId": key.arn, "KeyState": "PendingDeletion", "PendingWindowInDays": days}
    return json.dumps(json.loads(proceed()) | more)


@rule("kms", "CancelKeyDeletion")
def cancel_key_deletion(call: Call, proceed: Proceed) -> Any:
    """Answers with the key's ARN (BC:kms.CancelKeyDeletionResponse.KeyId)."""
    proceed()
    return json.dumps({"KeyId": call.found["keys"][0].arn})
