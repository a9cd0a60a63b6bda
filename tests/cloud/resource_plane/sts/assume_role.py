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

import re
import secrets
import string
import time
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import Role

from resource_plane import caller as callers
from resource_plane import identity_policies, settings, tagging
from resource_plane.authorization import Decision, call_context, may_by_resource_policy, refusal
from resource_plane.caller import Caller, Session
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.policy.context import Context
from resource_plane.policy.document import Malformed, statements
from resource_plane.policy.verdict import Principals, of_resource

SHORTEST, LONGEST, LONGEST_CHAINED = 900, 43200, 3600
LONGEST_SESSION_POLICY = 2048
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


@rule("sts", "AssumeRole")
def assume_role(call: Call, _: Proceed) -> Any:
    """Checks the request, then the trust, and answers with credentials of a new session."""
    params = call.params
    role_arn, name = params.get("RoleArn", ""), params.get("RoleSessionName", "")
    call.resources.append(role_arn)
    if not SESSION_NAME.fullmatch(name):
        raise _invalid(name, "roleSessionName", "Member must satisfy regular expression pattern")
    role = identity_policies.role(role_arn)
    _require_trust(call, role, role_arn)
    seconds = _duration(call, role)
    session = _session(call, role, name, seconds)
    access_key_id = "ASIA" + _random(16, string.ascii_uppercase + string.digits)
    callers.add_session(access_key_id, session)
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
            "PackedPolicySize": min(100, len(params.get("Policy") or "") * 100 // 2048),
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


def _duration(call: Call, role: Role) -> int:
    """How long the session lasts (BC:sts.AssumeRoleRequest.DurationSeconds)."""
    seconds = call.params.get("DurationSeconds", LONGEST_CHAINED)
    if seconds < SHORTEST:
        limit = f"Member must have value greater than or equal to {SHORTEST}"
        raise _invalid(seconds, "durationSeconds", limit)
    if seconds > LONGEST:
        limit = f"Member must have value less than or equal to {LONGEST}"
        raise _invalid(seconds, "durationSeconds", limit)
    if call.caller.role_arn is not None and seconds > LONGEST_CHAINED:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining.",
        )
    if seconds > int(role.max_session_duration or LONGEST_CHAINED):
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    return seconds


def _session(call: Call, role: Role, name: str, seconds: int) -> Session:
    params = call.params
    tags = tagging.as_dict(role.tags) | tagging.as_dict(params.get("Tags"))
    partition, account = role.arn.split(":")[1], role.account_id
    caller = Caller(
        account=account,
        arn=f"arn:{partition}:sts::{account}:assumed-role/{role.name}/{name}",
        principal_arn=role.arn,
        user_id=f"{role.id}:{name}",
        role_arn=role.arn,
        session_policies=_session_policies(call, role),
        source_identity=params.get("SourceIdentity") or call.caller.source_identity,
        tags=tags,
    )
    expires = time.time() + settings.session_seconds(seconds)
    token = _random(356, string.ascii_letters + string.digits)
    return Session(caller, _random(40, string.ascii_letters + string.digits), token, expires)


def _session_policies(call: Call, role: Role) -> tuple[str, ...]:
    """The policies that narrow the session: one given as text, and managed ones by ARN."""
    found = []
    text = call.params.get("Policy")
    if text is not None:
        if len(text) > LONGEST_SESSION_POLICY:
            limit = f"Member must have length less than or equal to {LONGEST_SESSION_POLICY}"
            raise _invalid(text, "policy", limit)
        try:
            statements(text)
        except Malformed as error:
            raise AwsError("MalformedPolicyDocument", str(error)) from error
        found.append(text)
    for listed in call.params.get("PolicyArns") or ():
        document = identity_policies.managed(role.account_id, listed.get("arn", ""))
        if document is None:
            raise AwsError("ValidationError", f"The policy {listed.get('arn')} does not exist.")
        found.append(document)
    # Several session policies allow together what any of them allows.
    return tuple(found)


def _invalid(value: Any, member: str, constraint: str) -> AwsError:
    return AwsError(
        "ValidationError",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy "
        f"constraint: {constraint}",
    )


def _random(length: int, alphabet: str) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
