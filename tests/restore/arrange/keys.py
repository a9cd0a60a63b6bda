"""Customer managed keys, each behind an alias, with key policies that name roles.

The statements are the two that KMS's console adds for another account's principals
(KMS/key-policy-modifying-external-accounts), beside AWS's own default statement, which leaves
the rest to the IAM policies of the key's account.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from restore.cloud import Cloud
from restore.place import Place

USE = ["kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
GRANT = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]


def source_key(cloud: Cloud, place: Place, name: str) -> str:
    """The ARN of a key that snapshots are made under: the restore role may use it."""
    return _key(cloud, place, name, allow="source_keys")


def target_key(cloud: Cloud, place: Place, name: str = "restore") -> str:
    """The ARN of a key that a restore ends under."""
    return _key(cloud, place, name, allow="target_keys")


def staging_key(cloud: Cloud, place: Place) -> str:
    """The ARN of a key that the source role, too, may copy snapshots under."""
    return _key(cloud, place, "restore-staging", allow="staging_keys")


def closed_key(cloud: Cloud, place: Place, name: str) -> str:
    """The ARN of a key that no restore role may use."""
    return _existing(cloud, place, name) or _create(cloud, place, name, policy(place.account))


def granted_key(cloud: Cloud, place: Place, name: str) -> str:
    """The ARN of a source key whose policy names no role, for snapshots of the source account.

    The restore role comes by it through grants alone, which the source role may give.
    """
    found = _existing(cloud, place, name)
    if found:
        return found
    made = closed_key(cloud, place, name)
    cloud.allow_keys(_account(cloud.source_role.arn), grant_keys=[made])
    cloud.allow_keys(_account(cloud.restore_role.arn), source_keys=[made])
    return made


def policy(owner: str, users: Iterable[str] = (), readers: Iterable[str] = ()) -> dict[str, Any]:
    """The policy of a key of `owner` that the roles `users` may use and `readers` may describe."""
    statements: list[dict[str, Any]] = [
        _statement("Account", [f"arn:aws:iam::{owner}:root"], ["kms:*"]),
    ]
    if users := sorted(users):
        for_services = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        statements.append(_statement("Use", users, USE))
        statements.append(_statement("Grant", users, GRANT) | {"Condition": for_services})
    if readers := sorted(readers):
        statements.append(_statement("Read", readers, ["kms:DescribeKey"]))
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(sid: str, principals: list[str], actions: list[str]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": actions,
        "Resource": "*",
    }


def _key(cloud: Cloud, place: Place, name: str, allow: str) -> str:
    found = _existing(cloud, place, name)
    if found:
        return found
    users, readers = {cloud.restore_role.arn}, set()
    if allow == "staging_keys":
        users.add(cloud.source_role.arn)
    elif place.account == _account(cloud.source_role.arn):
        readers.add(cloud.source_role.arn)
    made = _create(cloud, place, name, policy(place.account, users, readers))
    if allow == "staging_keys":
        allow_staging(cloud, made)
        allow = "source_keys"
    cloud.allow_keys(_account(cloud.restore_role.arn), **{allow: [made]})
    return made


def allow_staging(cloud: Cloud, *keys: str) -> None:
    """Lets the source role copy snapshots that are under these keys, or to be."""
    cloud.allow_keys(_account(cloud.source_role.arn), staging_keys=list(keys))


def _existing(cloud: Cloud, place: Place, name: str) -> str | None:
    pages = cloud.client("kms", place).get_paginator("list_aliases").paginate()
    for page in pages:
        for alias in page["Aliases"]:
            if alias["AliasName"] == f"alias/{name}":
                return f"arn:aws:kms:{place.region}:{place.account}:key/{alias['TargetKeyId']}"
    return None


def _create(cloud: Cloud, place: Place, name: str, key_policy: dict[str, Any]) -> str:
    kms = cloud.client("kms", place)
    made = kms.create_key(Description=name, Policy=json.dumps(key_policy))["KeyMetadata"]
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=made["KeyId"])
    return made["Arn"]


def _account(arn: str) -> str:
    return arn.split(":")[4]
