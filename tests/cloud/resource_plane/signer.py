"""Who signed a request: its credentials, and the caller they stand for."""

from __future__ import annotations

import re

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from resource_plane import caller as callers
from resource_plane import signature
from resource_plane.opting_in import opt_in_status
from resource_plane.principal import Caller
from resource_plane.refused_credentials import refusal


def install() -> None:
    """Makes moto ask here which access key a request has, and which account it works in."""
    BaseResponse.get_access_key = access_key
    BaseResponse.get_current_account = _account


SCOPE = re.compile(r"Credential=([^/,\s]+)/(?:\d{8}/([^/,\s]+)/)?")
"""The access key id, and the Region for which a request is signed."""


def _credentials(response: BaseResponse) -> tuple[str, str | None]:
    """The access key id and session token of a request."""
    match = SCOPE.search(response.headers.get("Authorization", ""))
    return match.group(1) if match else "", response.headers.get("X-Amz-Security-Token")


def _region(response: BaseResponse) -> str:
    """The Region that a request is sent to."""
    match = SCOPE.search(response.headers.get("Authorization", ""))
    return (match and match.group(2)) or response.region


UNIDENTIFIED = (callers.UnknownCredentials, callers.ExpiredCredentials, callers.WrongSignature)


def _identify(response: BaseResponse) -> Caller:
    if opt_in_status(_region(response)) == "not-opted-in":
        raise callers.UnknownCredentials
    access_key_id, token = _credentials(response)
    caller = callers.identify(access_key_id, token)
    secret = callers.secret_of(access_key_id)
    if secret is not None and not signature.matches(response.normalized_request, secret):
        raise callers.WrongSignature
    return caller


def _identified(response: BaseResponse) -> Caller | Exception:
    """Who calls, or why that cannot be told; found out once for a request."""
    found = getattr(response, "_identified_caller", None)
    if found is None:
        try:
            found = _identify(response)
        except UNIDENTIFIED as refused:
            found = refused
        response._identified_caller = found
    return found


def authenticated(response: BaseResponse) -> Caller:
    """The caller of a request; raises the refusal of the request's service if there is none."""
    found = _identified(response)
    if isinstance(found, Exception):
        protocol = get_service_model(response.boto3_service_name).protocol
        raise refusal(protocol, found)
    return found


def access_key(response: BaseResponse) -> str:
    """The access key id of a request; moto's own knows only ids of twenty characters."""
    return _credentials(response)[0]


def _account(response: BaseResponse) -> str:
    """In place of moto's, which takes every unknown access key for one account."""
    found = _identified(response)
    return DEFAULT_ACCOUNT_ID if isinstance(found, Exception) else found.account
