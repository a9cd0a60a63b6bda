"""Calls of the resource plane, signed.

By hand, for a client of boto3's for each of the sessions would take longer to make than the call.
"""

import http.client
import urllib.error
import urllib.request
from typing import NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Signer

TIMEOUT = 60
"""Seconds that an answer may take."""


class Credentials(NamedTuple):
    """What a call is signed with."""

    key: str
    secret: str
    token: str | None


class Refused(Exception):
    """The service answered with an error."""

    def __init__(self, status: int, body: bytes) -> None:
        """Takes the HTTP status and the answer's body."""
        super().__init__(f"{status}: {body!r}")
        self.status, self.body = status, body


class Unreachable(Exception):
    """There was no answer."""


def post(
    endpoint: str,
    service: str,
    region: str,
    credentials: Credentials,
    body: bytes,
    headers: dict[str, str],
) -> bytes:
    """What the service answers to the signed request."""
    request = AWSRequest("POST", f"{endpoint}/", headers, data=body)
    SigV4Auth(Signer(*credentials), service, region).add_auth(request)
    signed = urllib.request.Request(request.url, body, dict(request.headers.items()), method="POST")
    try:
        with urllib.request.urlopen(signed, timeout=TIMEOUT) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise Refused(error.code, error.read()) from None
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(str(error) or type(error).__name__) from error
