"""The KMS keys that RDS works with, checked while the caller waits.

RDS refuses at once with KMSKeyNotAccessibleFault, unlike EBS, which finds out later
(GH:awslabs/aurora-snapshot-tool#29, GH:awslabs/rds-snapshot-tool#70). It does not tell what is
missing: an unknown key, one that cannot serve and one that the caller may not use look the same.
"""

from __future__ import annotations

from resource_plane.caller import Caller
from resource_plane.error import AwsError
from resource_plane.kms import keys

TO_COPY = (
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncrypt*",
)
"""RDS/USER_CopySnapshot "Required permissions": on the source's key and on the target's."""

TO_STORE = ("kms:DescribeKey", "kms:CreateGrant")
"""RDS/Overview.Encryption.Keys: what it takes to make a DB instance under a key."""


def default_key(account: str, region: str) -> str:
    """The ARN of the account's `aws/rds` key in a Region."""
    return keys.default_key(account, region, "rds").arn


def is_default(key_arn: str) -> bool:
    """Whether a key is managed by AWS, such as `aws/rds`, so that nobody else can be let use it."""
    _, _, _, region, account, _ = key_arn.split(":", 5)
    key = keys.find(key_arn, account, region)
    return key is not None and key.key_manager == "AWS"


def usable_to_store(caller: Caller, key_id: str, region: str) -> str:
    """The ARN of a key that the caller may put a new DB instance under."""
    return _usable(caller, key_id, region, TO_STORE, "Specified KMS key")


def usable_as_target(caller: Caller, key_id: str, region: str) -> str:
    """The ARN of a key that the caller may put a copy of a snapshot under."""
    return _usable(caller, key_id, region, TO_COPY, "The target KMS key")


def require_source(caller: Caller, key_arn: str, region: str) -> None:
    """Refuses unless the caller may copy a snapshot from under its key."""
    _usable(caller, key_arn, region, TO_COPY, "The source snapshot KMS key")


def inaccessible(what: str, key_id: str | None) -> AwsError:
    """AWS's refusal of a key, in its words."""
    return AwsError(
        "KMSKeyNotAccessibleFault",
        f"{what} [{key_id}] does not exist, is not enabled or you do not have permissions to "
        "access it.",
    )


def _usable(
    caller: Caller, key_id: str, region: str, operations: tuple[str, ...], what: str
) -> str:
    if key_id == "alias/aws/rds":
        # The AWS managed key comes into being when it is first asked for (BC:kms.DescribeKey).
        key_id = default_key(caller.account, region)
    if keys.usable(caller, key_id, region, operations, via="rds") is not None:
        raise inaccessible(what, key_id)
    found = keys.find(key_id, caller.account, region)
    if found is None:
        raise inaccessible(what, key_id)
    return found.arn
