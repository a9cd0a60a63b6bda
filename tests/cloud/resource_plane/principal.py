"""A caller: the principal that policies speak of, and what they can ask about it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

HOME_PARTITION = "aws"


@dataclass(frozen=True)
class Caller:
    """The principal of a call.

    `arn` is what `GetCallerIdentity` says (`arn:aws:sts::…:assumed-role/NAME/SESSION` for a
    session), `principal_arn` what policies name (`arn:aws:iam::…:role/NAME`).
    """

    account: str
    arn: str
    principal_arn: str
    user_id: str
    role_arn: str | None = None
    administrator: bool = False
    session_policies: tuple[str, ...] = ()
    """Policies passed to `AssumeRole`, which narrow the session to what they allow too."""
    given_policies: tuple[str, ...] | None = None
    """The role's policies where they were registered with it, because IAM here lacks the role."""
    source_identity: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The principal's tags: the role's or user's own, and the session's over them."""
    username: str | None = None
    """The name of an IAM user."""


def administrator(account: str) -> Caller:
    """The root user of an account, who may do everything in it."""
    arn = f"arn:{HOME_PARTITION}:iam::{account}:root"
    return Caller(account, arn, arn, account, administrator=True)


def request_facts(caller: Caller) -> dict[str, Any]:
    """The condition keys that tell of the caller (IAM/reference_policies_condition-keys)."""
    now = time.time()
    facts = {
        "aws:PrincipalArn": caller.principal_arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalType": _principal_type(caller),
        "aws:PrincipalIsAWSService": False,
        "aws:userid": caller.user_id,
        "aws:SourceIdentity": caller.source_identity,
        "aws:username": caller.username,
        "aws:CurrentTime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": int(now),
        # TLS ends before the local AWS, but on AWS every call has it.
        "aws:SecureTransport": True,
    }
    return facts | {f"aws:PrincipalTag/{key}": value for key, value in caller.tags.items()}


def _principal_type(caller: Caller) -> str:
    if caller.administrator:
        return "Account"
    return "AssumedRole" if caller.role_arn else "User"
