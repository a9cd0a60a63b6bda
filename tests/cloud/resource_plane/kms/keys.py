"""The keys of all accounts and Regions, and whether a service may use one for a caller.

`usable` is what EBS and RDS ask before they work with a key; `default_key` gives the AWS managed
key that they fall back on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from moto.kms.models import Key, kms_backends

from resource_plane.caller import Caller


def find(key_id: str, account: str, region: str) -> Key | None:
    """The key that `key_id` names for a caller of `account` in `region`.

    A bare key id or an alias name means the caller's own account; an ARN of a key or an alias
    names the account itself, and must be of this Region (BC:kms.DescribeKeyRequest.KeyId).
    """
    match = re.fullmatch(r"arn:aws[a-z-]*:kms:([^:]+):(\d{12}):(.+)", key_id)
    if match:
        of_region, account, key_id = match.groups()
        if of_region != region:
            return None
    backend = kms_backends[account][region]
    if key_id.startswith("alias/"):
        found = backend.get_key_id_from_alias(key_id)
        return backend.keys.get(found) if found else None
    return backend.keys.get(key_id.removeprefix("key/"))


def default_key(account: str, region: str, service: str) -> Key:
    """The AWS managed key of a service (`ebs`, `rds`) in an account and Region.

    It is made at its first use, as AWS does (BC:kms.DescribeKey).
    """
    backend = kms_backends[account][region]
    key = backend.keys[backend.get_key_id_from_alias(f"alias/aws/{service}")]
    key.key_manager = "AWS"
    return key


def usable(
    caller: Caller,
    key: str,
    region: str,
    operations: Sequence[str],
    via: str,
    grant_for_aws_resource: bool = True,
) -> str | None:
    """None if the service `via` may use a key for a caller; else the reason, in words.

    `key` is the ARN, id or alias of the key, `region` the Region it must live in, `operations`
    the KMS actions that the service needs (`kms:Decrypt`, `kms:CreateGrant`, …), all of which the
    caller must be allowed, and `via` the service: `ec2` or `rds`. The key must be Enabled and a
    symmetric encryption key. `kms:CreateGrant` is judged as a grant for an AWS resource
    (`kms:GrantIsForAWSResource`) unless `grant_for_aws_resource` is False.
    """
    found = find(key, caller.account, region)
    if found is None:
        return f"the key {key} does not exist in {region}"
    if found.key_state != "Enabled":
        return f"the key {found.arn} is {found.key_state}"
    if found.key_usage != "ENCRYPT_DECRYPT" or found.key_spec != "SYMMETRIC_DEFAULT":
        return f"the key {found.arn} is not a symmetric encryption key"
    return None
