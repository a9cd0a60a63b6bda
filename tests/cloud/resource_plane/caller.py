"""Who calls.

An access key id names the caller in one of four ways; every other id is refused:

* twelve digits: the administrator of that account (its root user), whatever the secret;
* a key that `AssumeRole` gave out: a session of that role, until it expires, and only together
  with the session token and the secret that came with it;
* a key that `POST /rules/identities` registered: a Lambda function under its execution role;
* a key of an IAM user, made by `CreateAccessKey`, together with its secret.

`current_caller()` is the caller of the call under way.
"""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from moto.iam.models import AccessKey, IAMBackend, iam_backends

from resource_plane.error import AwsError
from resource_plane.principal import HOME_PARTITION, Caller, administrator
from resource_plane.reset import on_reset


@dataclass(frozen=True)
class Session:
    """Temporary credentials, and the caller they stand for."""

    caller: Caller
    secret: str
    token: str
    expires: float
    """When, in seconds since 1970."""
    assumed_by: str
    """The access key id that the role was assumed with."""

    @property
    def name(self) -> str:
        """The name that the session was given when the role was assumed."""
        return self.caller.arn.rpartition("/")[2]


@dataclass
class _Identities:
    """The access key ids that this plane has given out or been told of."""

    sessions: dict[str, Session] = field(default_factory=dict)
    functions: dict[str, Caller] = field(default_factory=dict)


_identities = _Identities()
_current: ContextVar[Caller | None] = ContextVar("caller", default=None)


class UnknownCredentials(Exception):
    """The access key id, or its token, is not one of ours."""


class ExpiredCredentials(Exception):
    """The session has ended."""


class WrongSignature(Exception):
    """The request was not signed with the secret of its access key id."""


def current_caller() -> Caller:
    """The caller of the call under way; there must be one."""
    caller = _current.get()
    if caller is None:
        raise LookupError("no call is under way")
    return caller


def set_current(caller: Caller | None) -> None:
    """Says who the caller of the call under way is; only the frame does."""
    _current.set(caller)


def add_session(access_key_id: str, session: Session) -> None:
    """Makes an access key id stand for a session."""
    _identities.sessions[access_key_id] = session


def session_of(access_key_id: str) -> Session | None:
    """The session behind an access key id, expired or not."""
    return _identities.sessions.get(access_key_id)


def session_keys(assumed_by: str, name: str) -> set[str]:
    """The access key ids of the sessions that one access key has been given under one name."""
    return {
        key
        for key, session in _identities.sessions.items()
        if session.assumed_by == assumed_by and session.name == name
    }


def is_function(access_key_id: str) -> bool:
    """Whether an access key id stands for a function under its execution role."""
    return access_key_id in _identities.functions


def function_name(access_key_id: str) -> str | None:
    """The name of the function that has an access key id, or that assumed the role with it."""
    session = session_of(access_key_id)
    function = _identities.functions.get(session.assumed_by if session else access_key_id)
    return function.arn.rpartition("/")[2] if function else None


def add_function(
    access_key_id: str,
    role_arn: str,
    policies: list[str] | None = None,
    name: str | None = None,
) -> None:
    """Makes an access key id stand for a Lambda function under its execution role.

    `policies` are the role's policy documents; without them the role's own policies in IAM count.
    Lambda names the session of a function after it (LAM/lambda-intro-execution-role).
    """
    match = re.fullmatch(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:.*/)?([^/]+)", role_arn)
    if not match:
        raise AwsError("ValidationException", f"{role_arn!r} is not the ARN of a role")
    account, role = match.groups()
    _identities.functions[access_key_id] = Caller(
        account=account,
        arn=f"arn:{HOME_PARTITION}:sts::{account}:assumed-role/{role}/{name or access_key_id}",
        principal_arn=role_arn,
        user_id=f"{access_key_id}:{name or access_key_id}",
        role_arn=role_arn,
        given_policies=None if policies is None else tuple(policies),
    )


def identify(access_key_id: str | None, token: str | None) -> Caller:
    """The caller behind an access key id and the session token sent with it."""
    if not access_key_id:
        raise UnknownCredentials
    if re.fullmatch(r"\d{12}", access_key_id):
        return administrator(access_key_id)
    session = _identities.sessions.get(access_key_id)
    if session is not None:
        if token != session.token:
            raise UnknownCredentials
        if time.time() >= session.expires:
            raise ExpiredCredentials
        return session.caller
    function = _identities.functions.get(access_key_id)
    if function is not None:
        return function
    found = _user_key(access_key_id)
    if found is None or found[1].status != "Active" or token:
        raise UnknownCredentials
    iam, key = found
    user = iam.get_user(key.user_name)
    return Caller(iam.account_id, user.arn, user.arn, user.id, username=user.name)


def _user_key(access_key_id: str) -> tuple[IAMBackend, AccessKey] | None:
    """The key of an IAM user, and the IAM that holds it."""
    for partitions in list(iam_backends.values()):
        for iam in partitions.values():
            key = iam.access_keys.get(access_key_id)
            if key is not None and key.user_name is not None:
                return iam, key
    return None


def secret_of(access_key_id: str) -> str | None:
    """The secret that belongs to an access key id, where it is known here."""
    session = session_of(access_key_id)
    if session is not None:
        return session.secret
    found = _user_key(access_key_id)
    return None if found is None else found[1].secret_access_key


@on_reset
def forget_identities() -> None:
    """Forgets all sessions and functions."""
    _identities.sessions.clear()
    _identities.functions.clear()
