"""`AssumeRole` gives a session of a role to whom the role trusts and whose own policies allow it.

moto accepts roles that do not exist, any caller and any external id. AWS asks (BC:sts.AssumeRole,
IAM/reference_policies_evaluation-logic-cross-account):

* across accounts: the trust policy must name the caller or its account, and the caller's own
  policies must allow `sts:AssumeRole` on the role;
* within one account: the trust policy must name the caller itself, or name the account and the
  caller's own policies allow it;
* no explicit deny anywhere, and every condition met (`sts:ExternalId`, `sts:RoleSessionName`, …).

Roles of Lambda functions live on the control plane; their callers are told to `steering`.
One difference is kept on purpose: AWS lets no root user assume a role, but here the root user
stands for an account's administrator, who may.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import Role

from resource_plane import identity_policies, tagging, watching
from resource_plane.authorization import call_context
from resource_plane.caller import Caller
from resource_plane.decision import Decision, may_by_resource_policy, refusal
from resource_plane.frame import Call, Proceed, rule
from resource_plane.policy.context import Context
from resource_plane.policy.verdict import Principals, of_resource
from resource_plane.sts import sessions
from resource_plane.watching import Question


@rule("sts", "AssumeRole")
def assume_role(call: Call, _: Proceed) -> Any:
    """Checks the request, then the trust, and answers with credentials of a new session."""
    role_arn = call.params.get("RoleArn", "")
    call.resources.append(role_arn)
    sessions.require_name(call.params.get("RoleSessionName", ""))
    role = identity_policies.role(role_arn)
    _require_trust(call, role, role_arn)
    access_key_id, session = sessions.begin(call, role)
    size = len(call.params.get("Policy") or "") * 100 // sessions.LONGEST_SESSION_POLICY
    return ActionResult(
        {
            "Credentials": {
                "AccessKeyId": access_key_id,
                "SecretAccessKey": session.secret,
                "SessionToken": session.token,
                "Expiration": datetime.fromtimestamp(session.expires, UTC),
            },
            "AssumedRoleUser": {
                "AssumedRoleId": session.caller.user_id,
                "Arn": session.caller.arn,
            },
            "PackedPolicySize": size,
            "SourceIdentity": session.caller.source_identity,
        }
    )


def _require_trust(call: Call, role: Role | None, role_arn: str) -> None:
    """Refuses alike whether the role is missing or does not trust: AWS does not tell which."""
    caller, context = call.caller, _trust_context(call, role)
    actions = ["sts:AssumeRole"]
    actions += ["sts:TagSession"] if call.params.get("Tags") else []
    actions += ["sts:SetSourceIdentity"] if call.params.get("SourceIdentity") else []
    for action in actions:
        decision = _decide(caller, action, role, role_arn, context)
        asked = Question(action, role_arn, call.region, None, dry=False, allowed=bool(decision))
        watching.note(caller, asked)
        if not decision:
            raise refusal(caller, action, role_arn, decision)


def _decide(
    caller: Caller, action: str, role: Role | None, role_arn: str, context: Context
) -> Decision:
    if role is None:
        return NOT_TOLD
    principals = Principals(caller.account, caller.principal_arn, caller.arn)
    # A trust policy names no resource: it is on its role alone.
    said = of_resource(role.assume_role_policy_document, principals, action, None, context)
    decision = may_by_resource_policy(caller, action, role_arn, context, role.account_id, said)
    return decision if decision or decision.explicit else NOT_TOLD


NOT_TOLD = Decision(False, "")
"""A refusal without a reason: STS tells none but an explicit deny."""


def _trust_context(call: Call, role: Role | None) -> Context:
    params = call.params
    facts: dict[str, Any] = {
        "sts:ExternalId": params.get("ExternalId"),
        "sts:RoleSessionName": params.get("RoleSessionName"),
        "sts:SourceIdentity": params.get("SourceIdentity"),
        "sts:TransitiveTagKeys": params.get("TransitiveTagKeys"),
    }
    if role is not None:
        facts |= tagging.resource_facts("sts", tagging.as_dict(role.tags))
    return call_context(call).extended(facts)
