"""Signature Version 4 of a request, checked where the secret is known.

It is for temporary credentials and for users' keys. An administrator may have any secret, and the
secret of a function is known to the control plane alone.
"""

from __future__ import annotations

import hmac
import re
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core.request import Request

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)"
    r"/aws4_request,\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)
BODY = "resource_plane.body"
"""Where the server keeps the body of a request as it was sent."""


def matches(request: Request, secret: str) -> bool:
    """Whether a request was signed, in its header, with `secret`."""
    found = AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        return False
    signed = {name: request.headers.get(name, "") for name in found["headers"].split(";")}
    if "host" not in signed:
        return False
    copy: Any = AWSRequest(
        request.method, request.raw_url, headers=signed, data=request.environ[BODY]
    )
    copy.context["timestamp"] = request.headers.get("X-Amz-Date", "")
    auth = SigV4Auth(Credentials(found["key"], secret), found["service"], found["region"])
    text = auth.string_to_sign(copy, auth.canonical_request(copy))
    return hmac.compare_digest(auth.signature(text, copy), found["signature"])
