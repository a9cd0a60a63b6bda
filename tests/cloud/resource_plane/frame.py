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

Before the rules run the caller is identified, the call meets what a test has injected (see
`injections`), is throttled if it comes too often, and authorised. One lock makes calls take turns,
because moto's models are not made for threads; it is free while a call is delayed.
"""

from __future__ import annotations

import functools
import threading
import time
import traceback
import warnings
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from botocore.model import OperationNotFoundError
from moto.core import errors
from moto.core.exceptions import ServiceException
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from werkzeug.exceptions import HTTPException

from resource_plane import (
    authorization,
    connection,
    injections,
    recorder,
    serializing,
    signer,
    throttling,
    wire,
)
from resource_plane import caller as callers
from resource_plane.call import Call
from resource_plane.error import AwsError

Proceed = Callable[[], Any]
Rule = Callable[[Call, Proceed], Any]

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


def install() -> None:
    """Puts the frame around every call of every service that moto dispatches."""
    # The API models leave out the errors common to all services, such as AccessDenied.
    warnings.filterwarnings("ignore", message=".*does not match an error shape")
    # moto makes this, which knows all errors of a service, anew for each error.
    errors.ErrorLookupFactory = functools.cache(errors.ErrorLookupFactory)
    BaseResponse._dispatch = _dispatch
    signer.install()
    serializing.install()


def _dispatch(
    response: BaseResponse, request: Any, full_url: str | None = None, headers: Any = None
) -> Any:
    with lock:
        try:
            response.setup_class(request, full_url, headers)
            call = _call(response, wire.parameters(response))
        except OperationNotFoundError:
            call = _call(response, {})
            message = f"The action {call.action} is not valid for this web service."
            return _refused(call, AwsError("InvalidAction", message))
        except Exception:
            return _refused(_call(response, {}), _internal_failure("reading the request"))
        try:
            call.caller = signer.authenticated(response)
        except ServiceException as error:
            return _refused(call, error)
        call.disturbance = injections.meet(call)
    _wait(call.disturbance.seconds_before)
    with lock:
        answer = _disturbed(call)
    _wait(call.disturbance.seconds_after)
    return answer


def _wait(seconds: float) -> None:
    """Sleeps, but not for no time: that would hand the processor to others at every call."""
    if seconds:
        time.sleep(seconds)


def _call(response: BaseResponse, params: dict[str, Any]) -> Call:
    return Call(
        service=response.boto3_service_name,
        action=response._get_action() or "",
        region=response.region,
        params=params,
        response=response,
        access_key_id=signer.access_key(response),
    )


def _disturbed(call: Call) -> Any:
    """The answer of a call, after what was injected; one without an answer breaks off."""
    disturbance = call.disturbance
    if disturbance.error is not None:
        return _refused(call, disturbance.error)
    if not disturbance.answered:
        connection.mark_broken(call.response.normalized_request.environ)
    if disturbance.arrives:
        return _serve(call)
    recorder.record(call, "not-arrived")
    return 200, {}, ""


def _refused(call: Call, error: ServiceException) -> Any:
    recorder.record(call, error.code)
    return wire.answered(call.response, error)


def _internal_failure(doing: str) -> AwsError:
    """The plane is at fault, not the caller: AWS calls that an internal failure.

    A client must not take it for an answer of AWS's, so the trace goes to the log.
    """
    traceback.print_exc()
    return AwsError("InternalFailure", f"the local AWS failed in {doing}", 500)


def _serve(call: Call) -> Any:
    outcome = "ok"
    try:
        callers.set_current(call.caller)
        throttling.admit(call)
        authorization.authorize(call)
        answer = _with_rules(call)()
    except ServiceException as error:
        outcome, answer = error.code, error
    except HTTPException as error:
        outcome, answer = getattr(error, "error_type", str(error.code)), error
    except Exception:
        answer = _internal_failure(call.operation)
        outcome = answer.code
    finally:
        callers.set_current(None)
    try:
        told = wire.answered(call.response, answer)
    except Exception:
        failure = _internal_failure(f"answering {call.operation}")
        outcome, told = failure.code, wire.answered(call.response, failure)
    recorder.record(call, outcome)
    return told


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
