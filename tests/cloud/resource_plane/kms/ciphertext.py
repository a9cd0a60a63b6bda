"""What is encrypted tells which key it needs: `Decrypt` and `ReEncrypt`.

moto looks for the key among those of one account; a ciphertext may be of any account's key.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from moto.kms.models import Key, kms_backends
from moto.kms.utils import KEY_ID_LEN

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.kms.key_state import require_encryption

UNREACHABLE = AwsError(
    "AccessDeniedException",
    "The ciphertext refers to a customer master key that does not exist, does not exist in this "
    "region, or you are not allowed to access.",
)
INVALID = AwsError("InvalidCiphertextException", "The ciphertext is not valid.")


def ignored(call: Call) -> bool:
    """Whether the call is a dry run that asks to ignore the ciphertext.

    BC:kms.DecryptRequest.DryRunModifiers: it "only applies when DryRun is set to true".
    """
    modifiers = call.params.get("DryRunModifiers") or []
    return bool(call.params.get("DryRun")) and "IGNORE_CIPHERTEXT" in modifiers


def key_of(call: Call, named: Key | None) -> Key:
    """The key that the call's ciphertext was made with; it must be the one named, if any."""
    blob = _blob(call)
    # moto's ciphertexts begin with the id of their key, which no two accounts share.
    key_id = blob[:KEY_ID_LEN].decode("ascii", errors="replace")
    accounts = list(kms_backends.values())
    found = (account[call.region].keys.get(key_id) for account in accounts)
    key = next((key for key in found if key is not None), None)
    if named is not None:
        require_encryption(named)
        if key is None or key.id != named.id:
            raise AwsError(
                "IncorrectKeyException",
                "The key ID in the request does not identify a key that can perform this "
                "operation.",
            )
        return named
    if key is None:
        raise UNREACHABLE if len(blob) > KEY_ID_LEN else INVALID
    return key


def _blob(call: Call) -> bytes:
    text = call.params.get("CiphertextBlob")
    if not text:
        raise AwsError(
            "ValidationException",
            "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy "
            "constraint: Member must not be null",
        )
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise INVALID from error


@rule("kms", "ReEncrypt")
def re_encrypt(call: Call, _: Proceed) -> Any:
    """Decrypts under the one key and encrypts under the other, each in its own account."""
    source, destination = call.found["keys"]
    params = call.params
    plaintext, source_arn = _backend(source).decrypt(
        ciphertext_blob=_blob(call),
        encryption_context=params.get("SourceEncryptionContext") or {},
    )
    blob, destination_arn = _backend(destination).encrypt(
        key_id=destination.id,
        plaintext=plaintext,
        encryption_context=params.get("DestinationEncryptionContext") or {},
    )
    return json.dumps(
        {
            "CiphertextBlob": base64.b64encode(blob).decode("ascii"),
            "KeyId": destination_arn,
            "SourceKeyId": source_arn,
            "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }
    )


def _backend(key: Key) -> Any:
    return kms_backends[key.account_id][key.region]
