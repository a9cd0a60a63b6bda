"""Between moto's response objects and the wire: parameters in, answers and errors out."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.parse import XFormedDict
from moto.core.responses import ActionResult, BaseResponse
from werkzeug.exceptions import HTTPException


def parameters(response: BaseResponse) -> dict[str, Any]:
    """The request's parameters in botocore's shape."""
    if response.automated_parameter_parsing:
        params = getattr(response, "params", {})
        return params.original_dict() if isinstance(params, XFormedDict) else dict(params)
    try:
        body = json.loads(response.body or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def answered(response: BaseResponse, answer: Any) -> Any:
    """What a handler returned or raised, as status, headers and body (as in moto's own)."""
    if isinstance(answer, ServiceException):
        status, headers, body = response.serialized(ActionResult(answer))
        status = getattr(answer, "status", None) or status
        headers["status"] = str(status)
    elif isinstance(answer, ActionResult):
        status, headers, body = response.serialized(answer)
    elif isinstance(answer, HTTPException):
        extra: dict[str, Any] = dict(answer.get_headers() or []) | {"status": answer.code}
        status, headers, body = response._transform_response(
            response.response_headers, (answer.description, extra)
        )
    elif isinstance(answer, str):
        status, headers, body = 200, response.response_headers, answer
    else:
        status, headers, body = response._transform_response(response.response_headers, answer)
    headers, body = response._enrich_response(headers, body)
    return status, headers, body
