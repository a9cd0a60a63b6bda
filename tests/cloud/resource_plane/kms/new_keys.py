"""How keys come to be: ids, policies, multi-Region keys and their replicas."""

from __future__ import annotations

import json
from copy import copy
from typing import Any

from moto.kms import models
from moto.kms.models import Key, KmsBackend, kms_backends
from moto.kms.responses import KmsResponse
from moto.moto_api._internal import mock_random

from resource_plane import tagging
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.kms import key_policy
from resource_plane.kms.permission import key_policy_allows


def _key_id(multi_region: bool = False) -> str:
    """In place of moto's: `mrk-` and 32 hexadecimal digits (KMS/multi-region-keys-overview).

    moto's longer form does not fit into its own ciphertexts.
    """
    key_id = str(mock_random.uuid4())
    return "mrk-" + key_id.replace("-", "") if multi_region else key_id


models.generate_key_id = _key_id


_create_as_moto = KmsBackend.create_key


def _create(
    backend: KmsBackend,
    policy: Any,
    key_usage: str | None,
    key_spec: str | None,
    description: str | None,
    tags: Any,
    multi_region: bool = False,
    origin: str = "AWS_KMS",
) -> Key:
    """In place of moto's: fills in what AWS does, and reads CloudFormation's policy objects."""
    usage = key_usage or "ENCRYPT_DECRYPT"
    text = json.dumps(policy) if isinstance(policy, dict) else policy
    return _create_as_moto(
        backend,
        text,
        usage,
        key_spec or "SYMMETRIC_DEFAULT",
        description,
        tags,
        multi_region,
        origin,
    )


KmsBackend.create_key = _create


@rule("kms", "CreateKey")
def create_key(call: Call, proceed: Proceed) -> Any:
    """BC:kms.CreateKeyRequest.KeyUsage: left out only for symmetric encryption keys."""
    spec = call.params.get("KeySpec") or call.params.get("CustomerMasterKeySpec")
    if spec not in {None, "SYMMETRIC_DEFAULT"} and not call.params.get("KeyUsage"):
        raise AwsError(
            "ValidationException",
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption "
            "keys.",
        )
    return proceed()


@rule("kms", "CreateKey", "PutKeyPolicy")
def with_readable_policy(call: Call, proceed: Proceed) -> Any:
    """A key policy must be one (BC:kms.CreateKey MalformedPolicyDocumentException)."""
    policy = call.params.get("Policy")
    if policy is not None:
        key_policy.require(policy)
    return proceed()


@rule("kms", "CreateKey")
def created_by_who_may_change_it(call: Call, proceed: Proceed) -> Any:
    """Refuses a policy that would lock out who makes the key: see `require_no_lockout`."""
    told = proceed()
    backend = kms_backends[call.account][call.region]
    key = backend.keys[json.loads(told)["KeyMetadata"]["KeyId"]]
    try:
        require_no_lockout(call, key)
    except AwsError:
        del backend.keys[key.id]
        raise
    return told


@rule("kms", "PutKeyPolicy")
def changed_by_who_may_change_it_again(call: Call, proceed: Proceed) -> Any:
    """Refuses a policy that would lock out who sets it: see `require_no_lockout`."""
    changed = copy(call.found["keys"][0])
    changed.policy = call.params.get("Policy")
    require_no_lockout(call, changed)
    return proceed()


def require_no_lockout(call: Call, key: Key) -> None:
    """Refuses a key policy that does not let the caller, or its account, put another one.

    BC:kms.CreateKeyRequest.Policy: "must allow the calling principal to make a subsequent
    PutKeyPolicy request"; not where `BypassPolicyLockoutSafetyCheck` is set.
    """
    if call.params.get("BypassPolicyLockoutSafetyCheck"):
        return
    facts = {"aws:RequestedRegion": call.region, "aws:ViaAWSService": False}
    if not key_policy_allows(call.caller, key, "kms:PutKeyPolicy", facts):
        message = "The new key policy will not allow you to update the key policy in the future."
        raise AwsError("MalformedPolicyDocumentException", message)


@rule("kms", "GetKeyPolicy", "PutKeyPolicy")
def of_default_name(call: Call, proceed: Proceed) -> Any:
    """BC:kms.GetKeyPolicyRequest.PolicyName: left out, it is `default`; moto asks for it."""
    call.set_param("PolicyName", call.params.get("PolicyName") or "default")
    return proceed()


@rule("kms", "ReplicateKey")
def replicate_key(call: Call, _: Proceed) -> Any:
    """Makes the replica of a multi-Region key: the same id and material, all else its own.

    moto's replica shares its grants, aliases and configuration with the primary key.
    """
    key: Key = call.found["keys"][0]
    region = call.params["ReplicaRegion"]
    if not key.multi_region or key.multi_region_configuration["MultiRegionKeyType"] != "PRIMARY":
        message = f"{key.arn} is not a multi-Region primary key."
        raise AwsError("UnsupportedOperationException", message)
    there = kms_backends[key.account_id][region]
    if key.id in there.keys:
        raise AwsError("AlreadyExistsException", f"Replica key already exists in {region}")
    replica = copy(key)
    replica.region = region
    replica.arn = key.arn.replace(f":{key.region}:", f":{region}:")
    replica.grants, replica.aliases, replica.rotations = {}, {}, []
    replica.description = call.params.get("Description", "")
    policy = call.params.get("Policy")
    if policy is not None:
        key_policy.require(policy)
    replica.policy = policy or replica.generate_default_policy()
    replica.multi_region_configuration = dict(key.multi_region_configuration)
    there.keys[replica.id] = replica
    tags = tagging.as_dict(call.params.get("Tags"))
    if tags:
        there.tag_resource(replica.arn, tags)
    metadata = there.describe_key(replica.id).to_dict()["KeyMetadata"]
    return json.dumps({"ReplicaKeyMetadata": metadata, "ReplicaPolicy": replica.policy})


def _describe(backend: KmsBackend, key_id: str) -> Key:
    """In place of moto's: tells of a multi-Region key which Regions it is in now."""
    key = backend.keys[backend.any_id_to_key_id(key_id)]
    if key.multi_region:
        primary = key.multi_region_configuration["PrimaryKey"]
        regions = kms_backends[key.account_id].values()
        related = [other.keys[key.id] for other in regions if key.id in other.keys]
        key.multi_region_configuration = {
            "MultiRegionKeyType": "PRIMARY" if key.arn == primary["Arn"] else "REPLICA",
            "PrimaryKey": primary,
            "ReplicaKeys": [
                {"Arn": one.arn, "Region": one.region}
                for one in related
                if one.arn != primary["Arn"]
            ],
        }
    return key


KmsBackend.describe_key = _describe

# `requests` has found the key, and judged the caller by the whole policy: moto's own look-up knows
# no key ids of multi-Region keys, and its own check of the policy takes every principal for the
# caller.
KmsResponse._validate_cmk_id = lambda *_: None
KmsResponse._validate_key_id = lambda *_: None
KmsResponse._validate_key_policy = lambda *_: None
