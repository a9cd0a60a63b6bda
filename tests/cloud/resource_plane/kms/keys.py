"""The keys of all accounts and Regions, and whether a service may use one for a caller.

`usable` is what EBS and RDS ask before they work with a key; `default_key` gives the AWS managed
key that they fall back on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from moto.kms.models import Key, KmsBackend, kms_backends

from resource_plane import watching
from resource_plane.caller import Caller
from resource_plane.error import AwsError
from resource_plane.kms.permission import may_use
from resource_plane.watching import Question

ARN = re.compile(r"arn:(aws[a-z-]*):kms:([a-z0-9-]+):(\d{12}):(key/.+|alias/.+)")
KEY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")

GRANTED_TO_SERVICES = ("Decrypt",)
"""What a service's own grant gives at the least (KMS/determining-access-grants shows one of EC2's).

A caller that is let make grants by a grant passes on no more than that gives (KMS/grants).
"""


def backend(account: str, region: str) -> KmsBackend:
    """moto's KMS of an account in a Region."""
    return kms_backends[account][region]


def resolve(key_id: str, account: str, region: str) -> Key:
    """The key that `key_id` names for a caller of `account` in `region`.

    A key id or an alias name means a key of the caller's own account; an ARN of a key or an alias
    tells the account itself, and must be of this Region (BC:kms.DescribeKeyRequest.KeyId).
    Raises NotFoundException, or InvalidArnException for what only looks like an ARN.
    """
    name = key_id
    if key_id.startswith("arn:"):
        match = ARN.fullmatch(key_id)
        if match is None:
            raise AwsError("InvalidArnException", f"{key_id} is not a valid ARN")
        _, of_region, account, name = match.groups()
        if of_region != region:
            raise AwsError("NotFoundException", f"Invalid arn {of_region}")
        name = name.removeprefix("key/")
    keys = backend(account, region)
    arn = f"arn:aws:kms:{region}:{account}"
    if name.startswith("alias/"):
        found = keys.get_key_id_from_alias(name)
        if found is None:
            raise AwsError("NotFoundException", f"Alias {arn}:{name} is not found.")
        name = found
    elif not KEY_ID.fullmatch(name):
        raise AwsError("NotFoundException", f"Invalid keyId '{key_id}'")
    if name not in keys.keys:
        raise AwsError("NotFoundException", f"Key '{arn}:key/{name}' does not exist")
    # moto fills in what depends on the other Regions of the key when it is described.
    return keys.describe_key(name)


def find(key_id: str, account: str, region: str) -> Key | None:
    """The key that `key_id` names, as `resolve` finds it, or None."""
    try:
        return resolve(key_id, account, region)
    except AwsError:
        return None


def default_key(account: str, region: str, service: str) -> Key:
    """The AWS managed key of a service (`ebs`, `rds`) in an account and Region.

    It is made at its first use, as AWS does (BC:kms.DescribeKey).
    """
    return resolve(f"alias/aws/{service}", account, region)


def usable(
    caller: Caller,
    key: str,
    region: str,
    operations: Sequence[str],
    via: str,
    grant_for_aws_resource: bool = True,
    encryption_context: Mapping[str, str] | None = None,
) -> str | None:
    """None if the service `via` may use a key for a caller; else the reason, in words.

    `key` is the ARN, id or alias of the key, `region` the Region it must live in, `operations`
    the KMS actions that the service needs (`kms:Decrypt`, `kms:CreateGrant`, …; `kms:ReEncrypt*`
    stands for both of its halves), all of which the caller must be allowed by its own policies,
    the key's policy and its grants together, and `via` the service: `ec2` or `rds`. The key must
    be Enabled and a symmetric encryption key. `kms:CreateGrant` is judged as a grant for an AWS
    resource (`kms:GrantIsForAWSResource`) unless `grant_for_aws_resource` is False.
    """
    found = find(key, caller.account, region)
    if found is None:
        return f"the key {key} does not exist in {region}"
    if found.key_state != "Enabled":
        return f"the key {found.arn} is {found.key_state}"
    if found.key_usage != "ENCRYPT_DECRYPT" or found.key_spec != "SYMMETRIC_DEFAULT":
        return f"the key {found.arn} is not a symmetric encryption key"
    facts = {
        "kms:ViaService": f"{via}.{region}.amazonaws.com",
        "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "aws:RequestedRegion": region,
        # The service calls KMS in a forward access session of the caller's.
        "aws:ViaAWSService": True,
    }
    for action in _single(operations):
        mine = dict(facts)
        if action in {"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"}:
            mine["kms:GrantIsForAWSResource"] = grant_for_aws_resource
        granting = GRANTED_TO_SERVICES if action == "kms:CreateGrant" else ()
        decision = may_use(caller, found, action, mine, encryption_context, granting)
        asked = Question(action, found.arn, region, via, dry=False, allowed=bool(decision))
        watching.note(caller, asked)
        if not decision:
            return f"{caller.arn} may not {action} with the key {found.arn} {decision.reason}"
    return None


def _single(operations: Sequence[str]) -> list[str]:
    halves = {"kms:ReEncrypt*": ["kms:ReEncryptFrom", "kms:ReEncryptTo"]}
    return [action for given in operations for action in halves.get(given, [given])]
