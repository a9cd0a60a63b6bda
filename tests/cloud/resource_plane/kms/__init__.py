"""KMS: keys, their policies and grants, and who may use them."""

from resource_plane.kms import (
    ciphertext,
    grants,
    key_policy,
    key_state,
    keys,
    managed_keys,
    new_keys,
    pages,
    permission,
    requests,
    retiring,
)

__all__ = [
    "ciphertext",
    "grants",
    "key_policy",
    "key_state",
    "keys",
    "managed_keys",
    "new_keys",
    "pages",
    "permission",
    "requests",
    "retiring",
]
