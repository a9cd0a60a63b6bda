"""Which KMS key a volume or snapshot is under, and whether a caller may have EBS use it."""

from __future__ import annotations

from collections.abc import Sequence

from moto.ec2.models import ec2_backends

from resource_plane.caller import Caller
from resource_plane.kms import keys

COPY = (
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncrypt*",
    "kms:Decrypt",
)
"""What a copy needs of each key it uses (EBS/ebs-copy-snapshot, EBS/share-kms-key)."""

VOLUME = tuple(operation for operation in COPY if operation != "kms:GenerateDataKey")
"""What a volume needs of each key it uses (EBS/ebs-encryption-requirements)."""

VOLUME_WITHOUT_GRANT = tuple(operation for operation in VOLUME if operation != "kms:CreateGrant")
"""What a volume needs of its own key until it is attached.

EBS/how-ebs-encryption-works: EC2 sends CreateGrant when the volume is attached; that it is missing
shows only then (GH:kubernetes/kubernetes#62171).
"""

ATTACHMENT = ("kms:CreateGrant",)
"""What attaching a volume, or starting an instance with it, needs of the volume's key."""

INACCESSIBLE = "Given key ID is not accessible"
"""The StateMessage of a copy whose key cannot be used (EBS/ebs-copy-snapshot)."""


def managed(account: str, region: str) -> str:
    """The ARN of the key behind `alias/aws/ebs`."""
    return keys.default_key(account, region, "ebs").arn


def default(account: str, region: str) -> str:
    """The ARN of the account's default key for EBS: AWS's own unless it chose another."""
    return ec2_backends[account][region].default_kms_key_id or managed(account, region)


def is_managed_by_aws(key: str, account: str, region: str) -> bool:
    """Whether `key` is one of AWS's own, such as `aws/ebs`."""
    found = keys.find(key, account, region)
    return found is not None and found.key_manager == "AWS"


def arn(key: str, account: str, region: str) -> str:
    """The ARN of the key that a caller of `account` names; of one that is missing, as if not."""
    found = keys.find(key, account, region)
    if found is not None:
        return found.arn
    return key if key.startswith("arn:") else f"arn:aws:kms:{region}:{account}:key/{key}"


def unusable(
    caller: Caller, key: str, region: str, operations: Sequence[str], resource_id: str
) -> str | None:
    """None if EBS may use a key for the caller, for a volume or snapshot; else why not."""
    # KMS/services-ebs: the encryption context is the id of the volume or snapshot.
    context = {"aws:ebs:id": resource_id}
    return keys.usable(caller, key, region, operations, "ec2", encryption_context=context)
