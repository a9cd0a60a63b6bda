"""The one entry around every AWS call that moto serves.

A rule of AWS that moto lacks is a function around moto's own handler:

    @rule("ec2", "CreateVolume")
    def create_volume(call: Call, proceed: Proceed) -> Any:
        if …: raise AwsError("InvalidParameterValue", "…")
        return proceed()

* Several rules on one action nest in the order of their registration, the first outermost; rules
  on the action `"*"` stand outside all others of their service.
* `proceed()` runs the next rule, in the end moto's handler, and returns what moto's handlers
  return: mostly a `moto.core.responses.ActionResult` whose `.result` is in botocore's shape
  (KMS: a JSON string). A rule may return an `ActionResult({...})` of its own without proceeding,
  also for an action that moto does not have.
* `AwsError` (or any `ServiceException` of moto), raised anywhere, becomes the wire error.
* `call.params` are the request's parameters in botocore's shape; changing them changes nothing for
  moto's handler unless `call.set_param` is used.

Before the rules run the caller is identified and authorised. One lock makes calls take turns,
because moto's models are not made for threads.
"""

from __future__ import annotations

import functools
import json
import re
import threading
import traceback
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlparse

from botocore.model import OperationNotFoundError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.parse import XFormedDict
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model, method_names_from_class
from werkzeug.exceptions import HTTPException

from resource_plane import authorization, recorder
from resource_plane import caller as callers
from resource_plane.caller import Caller
from resource_plane.error import AwsError

Proceed = Callable[[], Any]
Rule = Callable[["Call", Proceed], Any]

lock = threading.RLock()
"""Held while a call is served, and by whatever else looks at the plane's state."""

_rules: dict[tuple[str, str], list[Rule]] = defaultdict(list)


def rule(service: str, *actions: str) -> Callable[[Rule], Rule]:
    """Registers a function around moto's handler of the actions (`"*"`: all) of a service."""

    def register(function: Rule) -> Rule:
        for action in actions:
            _rules[service, action].append(function)
        return function

    return register


@dataclass
class Call:
    """One AWS call, from its arrival to its answer."""

    service: str
    action: str
    region: str
    params: dict[str, Any]
    response: BaseResponse
    """moto's response object, which holds the request and reaches moto's backends."""
    caller: Caller | None = None
    resources: list[str] = field(default_factory=list)
    """ARNs that the call was authorised on; a rule may add those it finds out later."""
    found: dict[str, Any] = field(default_factory=dict)
    """What one rule has found out and another of the same service wants to know."""
    asked: dict[str, Any] = field(init=False)
    """The parameters as the request had them, whatever rules set later."""

    def __post_init__(self) -> None:
        """Keeps what was asked."""
        self.asked = dict(self.params)

    @property
    def account(self) -> str:
        """The account that the call works in: its caller's."""
        if self.caller is None:
            raise LookupError("the caller is not known yet")
        return self.caller.account

    @property
    def operation(self) -> str:
        """The action as policies name it, such as `ec2:CreateVolume`."""
        return f"{self.service}:{self.action}"

    @property
    def operation_model(self) -> OperationModel:
        """The API model of the operation."""
        return get_service_model(self.service).operation_model(self.action)

    def set_param(self, name: str, value: Any) -> None:
        """Gives moto's handler another value of a parameter."""
        self.params[name] = value
        if self.response.automated_parameter_parsing:
            self.response.params[name] = value
        else:
            self.response.body = json.dumps(self.params)

    def drop_param(self, name: str) -> None:
        """Keeps a parameter from moto's handler."""
        self.params.pop(name, None)
        if self.response.automated_parameter_parsing:
            self.response.params.pop(name, None)
        else:
            self.response.body = json.dumps(self.params)


def install() -> None:
    """Puts the frame around every call of every service that moto dispatches."""
    # The API models leave out the errors common to all services, such as AccessDenied.
    warnings.filterwarnings("ignore", message=".*does not match an error shape")
    BaseResponse._dispatch = _dispatch
    BaseResponse.call_action = _serve
    BaseResponse.get_access_key = _access_key
    BaseResponse.get_current_account = _account


def _dispatch(
    response: BaseResponse, request: Any, full_url: str | None = None, headers: Any = None
) -> Any:
    with lock:
        try:
            response.setup_class(request, full_url, headers)
        except OperationNotFoundError:
            action = response._get_action()
            error = AwsError(
                "InvalidAction", f"The action {action} is not valid for this web service."
            )
            return _on_the_wire(response, error)
        return _serve(response)


def _serve(response: BaseResponse) -> Any:
    call = Call(
        service=response.boto3_service_name,
        action=response._get_action() or "",
        region=response.region,
        params=_parameters(response),
        response=response,
    )
    outcome = "ok"
    try:
        call.caller = _authenticated(response)
        callers.set_current(call.caller)
        authorization.authorize(call)
        answer = _with_rules(call)()
    except ServiceException as error:
        outcome, answer = error.code, error
    except HTTPException as error:
        outcome, answer = getattr(error, "error_type", str(error.code)), error
    except Exception:
        # The plane is at fault, not the caller: AWS calls that an internal failure. A client must
        # not see it as an answer of AWS's, so the trace goes to the log.
        traceback.print_exc()
        outcome = "InternalFailure"
        answer = AwsError(outcome, f"the local AWS failed in {call.operation}", 500)
    finally:
        callers.set_current(None)
    recorder.record(call, outcome)
    return _on_the_wire(response, answer)


def _with_rules(call: Call) -> Proceed:
    """The rules of a call nested around moto's handler."""
    proceed: Proceed = _moto_handler(call)
    rules = [*_rules[call.service, "*"], *_rules[call.service, call.action]]
    for outer in reversed(rules):
        proceed = functools.partial(outer, call, proceed)
    return proceed


def _moto_handler(call: Call) -> Proceed:
    name = camelcase_to_underscores(call.action)
    if name in _handlers(type(call.response)):
        return getattr(call.response, name)

    def missing() -> Any:
        raise AwsError("NotImplemented", f"the local AWS has no {call.operation}", 501)

    return missing


_handlers = functools.cache(method_names_from_class)
"""The names of a response class's methods, which moto gathers anew for every call."""


def _on_the_wire(response: BaseResponse, answer: Any) -> Any:
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


def _parameters(response: BaseResponse) -> dict[str, Any]:
    """The request's parameters in botocore's shape."""
    if response.automated_parameter_parsing:
        params = getattr(response, "params", {})
        return params.original_dict() if isinstance(params, XFormedDict) else dict(params)
    try:
        body = json.loads(response.body or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _credentials(response: BaseResponse) -> tuple[str | None, str | None]:
    """The access key id and session token of a request, signed in its header or in its URL."""
    header = response.headers.get("Authorization", "")
    match = re.search(r"Credential=([^/,\s]+)/", header)
    if match:
        return match.group(1), response.headers.get("X-Amz-Security-Token")
    query = parse_qs(urlparse(response.uri).query)
    credential = query.get("X-Amz-Credential", [""])[0].split("/")[0]
    return credential or None, query.get("X-Amz-Security-Token", [None])[0]


def _identified(response: BaseResponse) -> Caller | Exception:
    """Who calls, or why that cannot be told; found out once for a request."""
    found = getattr(response, "_identified_caller", None)
    if found is None:
        try:
            found = callers.identify(*_credentials(response))
        except (callers.UnknownCredentials, callers.ExpiredCredentials) as refused:
            found = refused
        response._identified_caller = found
    return found


def _authenticated(response: BaseResponse) -> Caller:
    found = _identified(response)
    if isinstance(found, Exception):
        protocol = get_service_model(response.boto3_service_name).protocol
        raise callers.refusal(protocol, found)
    return found


def _access_key(response: BaseResponse) -> str:
    """In place of moto's, which knows only ids of twenty characters."""
    return _credentials(response)[0] or ""


def _account(response: BaseResponse) -> str:
    """In place of moto's, which takes every unknown access key for one account."""
    found = _identified(response)
    return DEFAULT_ACCOUNT_ID if isinstance(found, Exception) else found.account
