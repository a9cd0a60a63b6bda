"""The sessions that `AssumeRole` gives: how long they last, and how far they reach."""

from __future__ import annotations

import re
import secrets
import string
import time
from typing import Any

from moto.iam.models import Role

from resource_plane import caller as callers
from resource_plane import identity_policies, settings, tagging
from resource_plane.caller import Caller, Session
from resource_plane.error import AwsError
from resource_plane.frame import Call
from resource_plane.policy.document import Malformed, statements

SHORTEST, LONGEST, LONGEST_CHAINED = 900, 43200, 3600
LONGEST_SESSION_POLICY = 2048
NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


def require_name(name: str) -> None:
    """Refuses what is no name of a session (BC:sts.AssumeRoleRequest.RoleSessionName)."""
    if not NAME.fullmatch(name):
        limit = f"Member must satisfy regular expression pattern: {NAME.pattern}"
        raise _invalid(name, "roleSessionName", limit)


def begin(call: Call, role: Role) -> tuple[str, Session]:
    """A new session of a role, as the call asks for it, and its access key id."""
    session = _session(call, role, _duration(call, role))
    access_key_id = "ASIA" + _random(16, string.ascii_uppercase + string.digits)
    callers.add_session(access_key_id, session)
    return access_key_id, session


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


def _session(call: Call, role: Role, seconds: int) -> Session:
    params, name = call.params, call.params["RoleSessionName"]
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
    secret = _random(40, string.ascii_letters + string.digits)
    return Session(caller, secret, token, expires, assumed_by=call.access_key_id)


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
