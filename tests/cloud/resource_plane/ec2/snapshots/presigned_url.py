"""The presigned URL of a cross-Region copy of an encrypted snapshot.

BC:ec2.CopySnapshotRequest.PresignedUrl (botocore 1.43; deprecated without a word more in 1.44):
"the snapshot source endpoint", the CopySnapshot action with SourceRegion, SourceSnapshotId and
DestinationRegion, signed by Signature Version 4 in the source Region; with an invalid one "the
copy operation will fail asynchronously". The switch `presignedUrlRequired` turns the rule off.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from resource_plane import caller as callers
from resource_plane.caller import Caller, ExpiredCredentials, UnknownCredentials
from resource_plane.frame import Call

LONGEST = 7 * 24 * 3600
"""Signature Version 4 knows no longer expiry."""

DATE = "%Y%m%dT%H%M%SZ"


def fault(call: Call, snapshot_id: str, source_region: str) -> str | None:
    """What is wrong with the presigned URL of a copy, or None."""
    url = call.params.get("PresignedUrl")
    if not url:
        return "there is none"
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return (
        _wrong_host(call, parts, source_region)
        or _wrong_request(call, query, snapshot_id, source_region)
        or _wrong_time(query)
        or _wrong_signature(call, parts, query, source_region)
    )


def _wrong_host(call: Call, parts: SplitResult, region: str) -> str | None:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    # boto3 takes whatever endpoint the call itself goes to, which here stands for all Regions.
    here = call.response.headers.get("Host", "")
    if parts.netloc not in {f"ec2.{region}.{suffix}", here}:
        return f"{parts.netloc} is not the endpoint of {region}"
    if parts.scheme != "https" and parts.netloc != here:
        return f"{parts.scheme} is not https"
    return None


def _wrong_request(
    call: Call, query: dict[str, str], snapshot_id: str, source_region: str
) -> str | None:
    expected = {
        "Action": "CopySnapshot",
        "SourceRegion": source_region,
        "SourceSnapshotId": snapshot_id,
        "DestinationRegion": call.region,
    }
    for name, value in expected.items():
        if query.get(name) != value:
            return f"{name} is {query.get(name)}, not {value}"
    return None


def _wrong_time(query: dict[str, str]) -> str | None:
    try:
        signed = datetime.strptime(query["X-Amz-Date"], DATE).replace(tzinfo=UTC)
        lasts = int(query["X-Amz-Expires"])
    except (KeyError, ValueError):
        return "X-Amz-Date or X-Amz-Expires is missing or malformed"
    if not 0 < lasts <= LONGEST:
        return f"X-Amz-Expires is {lasts}"
    now = datetime.now(UTC)
    if now > signed + timedelta(seconds=lasts):
        return "it has expired"
    if signed > now + timedelta(minutes=15):
        return "it is signed in the future"
    return None


def _wrong_signature(
    call: Call, parts: SplitResult, query: dict[str, str], region: str
) -> str | None:
    if query.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256":
        return "X-Amz-Algorithm is not AWS4-HMAC-SHA256"
    access_key_id, *scope = query.get("X-Amz-Credential", "").split("/")
    if scope != [query["X-Amz-Date"][:8], region, "ec2", "aws4_request"]:
        return f"the credential's scope is {'/'.join(scope)}"
    signer = _signer(access_key_id, query.get("X-Amz-Security-Token"))
    if signer is None or signer.principal_arn != call.caller.principal_arn:
        return "its credential is not one of the caller's"
    if "X-Amz-Signature" not in query:
        return "it is not signed"
    secret = _secret(access_key_id)
    if secret is None:
        return None
    expected = _signature(parts, query, access_key_id, secret, region)
    if not hmac.compare_digest(expected, query["X-Amz-Signature"]):
        return "the signature does not match"
    return None


def _signer(access_key_id: str, token: str | None) -> Caller | None:
    try:
        return callers.identify(access_key_id, token)
    except (UnknownCredentials, ExpiredCredentials):
        return None


def _secret(access_key_id: str) -> str | None:
    """The secret of temporary credentials; the others' are whatever their callers say."""
    session = callers.session_of(access_key_id)
    return session.secret if session else None


def _signature(
    parts: SplitResult, query: dict[str, str], access_key_id: str, secret: str, region: str
) -> str:
    """The signature that the URL must have, made by botocore."""
    signed = {name: value for name, value in query.items() if name != "X-Amz-Signature"}
    text = "&".join(f"{quote(name, '-_.~')}={quote(it, '-_.~')}" for name, it in signed.items())
    request = AWSRequest("GET", parts._replace(query=text).geturl())
    request.context["timestamp"] = query["X-Amz-Date"]
    auth = SigV4QueryAuth(Credentials(access_key_id, secret), "ec2", region)
    canonical = auth.canonical_request(request)
    return auth.signature(auth.string_to_sign(request, canonical), request)
