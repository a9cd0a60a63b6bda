"""The plane on the network: one port for AWS's APIs, moto's own and the steering paths."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterable
from typing import Any

# Read by moto when its EC2 is imported: some 500 AMIs for each account and Region, which nothing
# here uses and which cost seconds at start.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from resource_plane import (
    connection,
    direct,
    frame,
    reset,
    rules,  # noqa: F401 (registers the rules)
    signature,
    steering,
)
from resource_plane.operations import SERVED

CREDENTIAL = re.compile(r"Credential=[^/,\s]+/\d{8}/[^/]+/([a-z0-9-]+)/aws4_request")
"""The service in the scope of a signature."""


class QuietRequestHandler(MotoRequestHandler):
    """Writes no line for each request: the calls are recorded."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Writes nothing."""


class Plane:
    """The WSGI application: `/rules/…` is steering, everything else is moto under the rules.

    moto's own dispatcher looks at its folders anew for every request, and serves what is not
    signed; this one asks the signature which service is meant, as AWS does.
    """

    def __init__(self) -> None:
        """Puts the rules around moto."""
        frame.install()
        reset.install()
        self._services: dict[str, direct.Application] = {}

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answers one request."""
        path = environ.get("PATH_INFO", "")
        if path.startswith("/rules/"):
            return steering.application(environ, start_response)
        if path.startswith("/moto-api"):
            return self._service("moto_api")(environ, start_response)
        scope = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if scope is None:
            return UNSIGNED(environ, start_response)
        if scope.group(1) not in SERVED:
            return _not_served(scope.group(1))(environ, start_response)
        _keep_body(environ)
        answer = self._service(scope.group(1))(environ, start_response)
        if connection.is_broken(environ):
            connection.break_off(environ)
        return answer

    def _service(self, name: str) -> direct.Application:
        """moto's application for a service, made at its first call."""
        with frame.lock:
            if name not in self._services:
                make = direct.application if name in SERVED else create_backend_app
                self._services[name] = make(name)
            return self._services[name]


def _keep_body(environ: dict[str, Any]) -> None:
    """Reads the body, which its signature is on, before moto makes a form of it."""
    length = environ.get("CONTENT_LENGTH")
    whole = -1 if environ.get("wsgi.input_terminated") else int(length or 0)
    body = environ["wsgi.input"].read(whole)
    environ[signature.BODY], environ["wsgi.input"] = body, io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


UNSIGNED = Response(
    "<ErrorResponse><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>"
    "<Message>Request is missing Authentication Token</Message></Error></ErrorResponse>",
    status=403,
    mimetype="text/xml",
)


def _not_served(service: str) -> Response:
    message = f"the resource plane does not serve {service}; see the control plane"
    body = json.dumps({"__type": "UnknownOperationException", "message": message})
    return Response(body, status=404, mimetype="application/x-amz-json-1.1")


def serve(host: str, port: int) -> None:
    """Serves until interrupted."""
    server = make_server(host, port, Plane(), threaded=True, request_handler=QuietRequestHandler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
