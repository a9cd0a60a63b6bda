"""What tests steer the plane by, over HTTP under `/rules/`, unsigned.

| request | does |
| --- | --- |
| `GET /rules/calls?since=N` | the recorded calls after number N |
| `GET /rules/calls?last=K` | the newest K of them |
| `GET /rules/calls?action=A` | those of one action |
| `DELETE /rules/calls` | forgets the recorded calls |
| `GET /rules/settings`, `PUT /rules/settings` | durations, limits and the like: see `settings` |
| `POST /rules/elapsed` | lets time go by for all work |
| `POST /rules/failures` | makes the next work of a kind that matches end in a failure |
| `POST /rules/injections` | makes calls that match fail, take long, lose their answer … |
| `GET /rules/injections`, `DELETE /rules/injections` | what is armed and fired; forgets all |
| `DELETE /rules/injections/N` | forgets the injection with the id N, and shows it |
| `POST /rules/watched` | watches a role: what it must be allowed from now on is noted |
| `GET /rules/watched?role=ARN` | what the role has had to be allowed since then |
| `POST /rules/identities` | makes an access key id stand for a function's execution role |

A body that cannot be understood is answered with status 400 and `{"error": "…"}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from resource_plane import (
    caller,
    frame,
    injection_requests,
    injections,
    progress,
    recorder,
    settings,
    throttling,
    watching,
)
from resource_plane.error import AwsError
from resource_plane.iam.documents import require_identity_policy

PATHS = Map(
    [
        Rule("/rules/calls", endpoint="list_calls", methods=["GET"]),
        Rule("/rules/calls", endpoint="forget_calls", methods=["DELETE"]),
        Rule("/rules/settings", endpoint="show_settings", methods=["GET"]),
        Rule("/rules/settings", endpoint="change_settings", methods=["PUT"]),
        Rule("/rules/elapsed", endpoint="elapse", methods=["POST"]),
        Rule("/rules/failures", endpoint="order_failure", methods=["POST"]),
        Rule("/rules/identities", endpoint="add_identity", methods=["POST"]),
        Rule("/rules/watched", endpoint="watch", methods=["POST"]),
        Rule("/rules/watched", endpoint="list_asked", methods=["GET"]),
        Rule("/rules/injections", endpoint="inject", methods=["POST"]),
        Rule("/rules/injections", endpoint="list_injections", methods=["GET"]),
        Rule("/rules/injections", endpoint="forget_injections", methods=["DELETE"]),
        Rule("/rules/injections/<int:number>", endpoint="forget_injections", methods=["DELETE"]),
    ]
)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI application of the paths under `/rules/`."""
    request = Request(environ)
    try:
        endpoint, named = PATHS.bind_to_environ(environ).match()
        body = request.get_data()
        with frame.lock:
            answer = ENDPOINTS[endpoint](request, _read(body), **named)
        response = _json(200, answer)
    except AwsError as error:
        response = _json(400, {"error": error.message})
    except HTTPException as error:
        response = _json(error.code or 500, {"error": error.description})
    return response(environ, start_response)


def list_calls(request: Request, _: dict[str, Any]) -> Any:
    """`{"calls": […]}`: the calls after number `since`, or the `last` of them, oldest first.

    With an `action` only its calls count.
    """
    since, last = (_number(request, name) for name in ("since", "last"))
    found = recorder.calls(since or 0, request.args.get("action"))
    return {"calls": found if last is None else found[max(0, len(found) - last) :]}


def _number(request: Request, name: str) -> int | None:
    value = request.args.get(name)
    if value is not None and not value.isdecimal():
        raise AwsError("ValidationException", f"{name} is not a number")
    return None if value is None else int(value)


def forget_calls(_request: Request, _: dict[str, Any]) -> Any:
    """Forgets the recorded calls."""
    recorder.forget_calls()
    return {}


def show_settings(_request: Request, _: dict[str, Any]) -> Any:
    """All settings as they are."""
    return settings.current()


def change_settings(_request: Request, wanted: dict[str, Any]) -> Any:
    """Changes the settings that the body names, and answers with all of them."""
    settings.change(wanted)
    if "requestRates" in wanted:
        throttling.fill_all()
    return settings.current()


def elapse(_request: Request, wanted: dict[str, Any]) -> Any:
    """`{"seconds"}`: see `progress.elapse`."""
    _fields(wanted, required={"seconds"}, optional=set())
    progress.elapse(**wanted)
    return {}


def order_failure(_request: Request, wanted: dict[str, Any]) -> Any:
    """`{"kind", "state", "message", "match"?, "count"?}`: see `progress.order_failure`."""
    _fields(wanted, required={"kind", "state", "message"}, optional={"match", "count"})
    progress.order_failure(**wanted)
    return {}


def add_identity(_request: Request, wanted: dict[str, Any]) -> Any:
    """`{"accessKeyId", "roleArn", "policies"?, "name"?}`: see `caller.add_function`.

    `policies` is a list of policy documents: those of the execution role, which lives on the
    control plane and not in the IAM here.
    """
    _fields(wanted, required={"accessKeyId", "roleArn"}, optional={"policies", "name"})
    policies = wanted.get("policies")
    texts = None if policies is None else [json.dumps(document) for document in policies]
    for text in texts or ():
        require_identity_policy(text)
    caller.add_function(wanted["accessKeyId"], wanted["roleArn"], texts, wanted.get("name"))
    return {}


def watch(_request: Request, wanted: dict[str, Any]) -> Any:
    """`{"role"}`: watches the role with this ARN."""
    _fields(wanted, required={"role"}, optional=set())
    watching.watch(wanted["role"])
    return {}


def list_asked(request: Request, _: dict[str, Any]) -> Any:
    """`{"asked": […]}`: what the role `role` had to be allowed, each thing once."""
    return {"asked": watching.asked(request.args.get("role", ""))}


def inject(_request: Request, wanted: dict[str, Any]) -> Any:
    """Arms an injection (see `injections`) and answers with it, under an `id`."""
    injection = injection_requests.read(wanted)
    injections.arm(injection)
    return injection.shown()


def list_injections(_request: Request, _: dict[str, Any]) -> Any:
    """`{"injections": […]}`: each as it was asked for, with what has come of it."""
    return {"injections": [one.shown() for one in injections.armed()]}


def forget_injections(_request: Request, _: dict[str, Any], number: int | None = None) -> Any:
    """Forgets all injections, or one, and answers with them as they ended.

    Invocations that they killed are free again.
    """
    return {"injections": [one.shown() for one in injections.disarm(number)]}


ENDPOINTS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        list_calls,
        forget_calls,
        show_settings,
        change_settings,
        elapse,
        order_failure,
        add_identity,
        watch,
        list_asked,
        inject,
        list_injections,
        forget_injections,
    )
}


def _fields(given: dict[str, Any], required: set[str], optional: set[str]) -> None:
    missing, unknown = required - given.keys(), given.keys() - required - optional
    if missing or unknown:
        raise AwsError(
            "ValidationException", f"missing: {sorted(missing)}, unknown: {sorted(unknown)}"
        )


def _read(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        read = json.loads(body)
    except ValueError as error:
        raise AwsError("ValidationException", f"the body is not JSON: {error}") from error
    if not isinstance(read, dict):
        raise AwsError("ValidationException", "the body is not a JSON object")
    return read


def _json(status: int, answer: Any) -> Response:
    return Response(json.dumps(answer), status=status, mimetype="application/json")
