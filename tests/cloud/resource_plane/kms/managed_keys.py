"""The keys behind `alias/aws/…`, which AWS manages for its services.

moto makes one at first use as an ordinary customer key, and lists ids of keys that do not exist.
"""

from __future__ import annotations

import json
from typing import Any

from moto.kms.models import KmsBackend
from moto.kms.utils import RESERVED_ALIASES

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

VIA = {"ebs": "ec2", "elasticfilesystem": "elasticfilesystem"}
"""Services whose endpoint is named otherwise than their key."""


def key_policy(service: str, account: str, region: str) -> str:
    """The policy of an AWS managed key: everybody of the account, through the service alone.

    RDS/Overview.Encryption.Keys and EBS/ebs-encryption show it; nobody can change it.
    """
    via = f"{VIA.get(service, service)}.{region}.amazonaws.com"
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
    use += ["kms:CreateGrant", "kms:DescribeKey"]
    look = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Id": f"auto-{service}-2",
            "Statement": [
                {
                    "Sid": "Allow access through the service for all principals in the account "
                    "that are authorized to use it",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": use,
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {"kms:CallerAccount": account, "kms:ViaService": via}
                    },
                },
                {
                    "Sid": "Allow direct access to key metadata to the account",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": look,
                    "Resource": "*",
                },
            ],
        }
    )


def _make(backend: KmsBackend, alias: str) -> str | None:
    """In place of moto's: makes the key behind a reserved alias as AWS does."""
    if alias not in RESERVED_ALIASES:
        return None
    service = alias.removeprefix("alias/aws/")
    key = backend.create_key(
        key_policy(service, backend.account_id, backend.region_name),
        "ENCRYPT_DECRYPT",
        "SYMMETRIC_DEFAULT",
        f"Default key that protects my {service.upper()} data when no other key is defined",
        None,
    )
    key.key_manager = "AWS"
    key.key_rotation_status = True
    backend.create_alias(key.id, alias)
    return key.id


KmsBackend._generate_default_keys = _make


@rule("kms", "CreateAlias")
def create_alias(call: Call, proceed: Proceed) -> Any:
    """BC:kms.CreateAliasRequest.AliasName: "The alias name cannot begin with alias/aws/"."""
    name = call.params.get("AliasName") or ""
    if name.startswith("alias/aws/"):
        raise AwsError("InvalidAliasNameException", f"{name}: alias/aws/ is reserved for AWS.")
    return proceed()


@rule("kms", "ListAliases")
def list_aliases(call: Call, proceed: Proceed) -> Any:
    """An alias of AWS's whose key nobody has used yet has no key (KMS/kms-alias)."""
    backend: KmsBackend = call.response.kms_backend
    answer = json.loads(proceed())
    for alias in answer["Aliases"]:
        if alias.get("TargetKeyId") not in backend.keys:
            alias.pop("TargetKeyId", None)
    if call.params.get("KeyId"):
        answer["Aliases"] = [alias for alias in answer["Aliases"] if "TargetKeyId" in alias]
    return json.dumps(answer)
