"""Whether a caller may use a key: its own policies, the key's policy and the key's grants.

KMS/policy-evaluation: the key policy is the root of all; only where it names an account do that
account's own policies count. Across accounts both sides must allow (KMS/key-policy-modifying-
external-accounts). A grant allows its grantee as the key policy would; an explicit deny in any
policy stands over it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.kms.models import Grant, Key, kms_backends

from resource_plane import tagging
from resource_plane.decision import Decision, may_by_resource_policy
from resource_plane.kms import key_policy, spreading
from resource_plane.policy.context import Context
from resource_plane.policy.verdict import Principals, Reach, Verdict, of_resource, widest
from resource_plane.principal import Caller, request_facts

ELSEWHERE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)
"""All that KMS tells of a key of another account."""


def may_use(
    caller: Caller,
    key: Key,
    action: str,
    facts: Mapping[str, Any],
    encryption_context: Mapping[str, str] | None = None,
    granting: Sequence[str] = (),
    tokens: Sequence[str] = (),
) -> Decision:
    """Whether the caller may do `action` (`kms:Decrypt`) with the key.

    `facts` are the condition keys of this request beside those of the caller and the key, and
    `granting` the operations that a grant about to be made would give. `tokens` are those of grants
    that the caller shows because they are new.
    """
    context = Context(request_facts(caller) | key_facts(caller, key) | dict(facts))
    context.add(_encryption_facts(encryption_context or {}))
    principals = Principals(caller.account, caller.principal_arn, caller.arn)
    policy = key_policy.effective(key.policy)
    verdict, reach = of_resource(policy, principals, action, key.arn, context)
    if verdict is not Verdict.DENIED:
        granted = [
            principals.named(grant.grantee_principal)
            for grant in spreading.known(key, tokens)
            if _gives(grant, action.removeprefix("kms:"), encryption_context or {}, granting)
        ]
        reach = widest([reach, *granted])
        verdict = Verdict.SILENT if reach is Reach.NOBODY else Verdict.ALLOWED
    said = (verdict, reach)
    owner = key.account_id
    decision = may_by_resource_policy(caller, action, key.arn, context, owner, said)
    if caller.account != owner and verdict is not Verdict.ALLOWED and not decision:
        return Decision(False, ELSEWHERE, decision.explicit)
    return decision


def key_policy_allows(caller: Caller, key: Key, action: str, facts: Mapping[str, Any]) -> bool:
    """Whether the key's policy alone allows the caller the action, or leaves it to its account."""
    context = Context(request_facts(caller) | key_facts(caller, key) | dict(facts))
    principals = Principals(caller.account, caller.principal_arn, caller.arn)
    policy = key_policy.effective(key.policy)
    return of_resource(policy, principals, action, key.arn, context)[0] is Verdict.ALLOWED


def key_facts(caller: Caller, key: Key) -> dict[str, Any]:
    """The condition keys that tell of a key (KMS/policy-conditions)."""
    tagger = kms_backends[key.account_id][key.region].tagger
    configuration = key.multi_region_configuration if key.multi_region else {}
    facts = {
        "kms:CallerAccount": caller.account,
        "kms:KeySpec": key.key_spec,
        "kms:KeyUsage": key.key_usage,
        "kms:KeyOrigin": key.origin,
        "kms:MultiRegion": bool(key.multi_region),
        "kms:MultiRegionKeyType": configuration.get("MultiRegionKeyType"),
        "kms:ResourceAliases": list(key.aliases) or None,
        "aws:ResourceAccount": key.account_id,
    }
    return facts | tagging.resource_facts("kms", tagger.get_tag_dict_for_resource(key.id))


def _encryption_facts(encryption_context: Mapping[str, str]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()
    }
    if encryption_context:
        facts["kms:EncryptionContextKeys"] = list(encryption_context)
    return facts


def _gives(
    grant: Grant, operation: str, encryption_context: Mapping[str, str], granting: Sequence[str]
) -> bool:
    """Whether a grant gives an operation in this encryption context.

    KMS/grants: the constraints are on cryptographic operations alone, and a grantee that may
    make grants may pass on no more than it has.
    """
    if operation not in grant.operations:
        return False
    if not set(granting) <= set(grant.operations):
        return False
    constraints = {} if operation in UNCONSTRAINED else grant.constraints or {}
    equal = constraints.get("EncryptionContextEquals")
    if equal is not None and dict(encryption_context) != equal:
        return False
    subset = constraints.get("EncryptionContextSubset") or {}
    return all(encryption_context.get(name) == value for name, value in subset.items())


UNCONSTRAINED = {"CreateGrant", "DescribeKey", "GetPublicKey", "RetireGrant"}
