"""moto's handler of a service on the wire, without Flask between.

moto serves every service as a Flask application of one route, which takes as long as many of the
calls do. What Flask would hand to the handler, and make of its answer, is the same here
(`moto.core.utils.convert_to_flask_response`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto import backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import BackendRequest, create_backend_app
from werkzeug.wrappers import Response

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

ROOT = "/"
"""Where each of the services takes its calls; whatever else one serves is left to Flask."""


def application(service: str) -> Application:
    """The service's application."""
    rest = create_backend_app(service)
    handler = _handler(service)

    def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if handler is None or environ.get("PATH_INFO") != ROOT:
            return rest(environ, start_response)
        request = BackendRequest(environ)
        status, headers, body = handler(request, request.raw_url, dict(request.headers))
        return Response(body, status, headers)(environ, start_response)

    return answered


def _handler(service: str) -> Callable[..., Any] | None:
    of_account = backends.get_backend(service)[DEFAULT_ACCOUNT_ID]
    region = "us-east-1" if "us-east-1" in of_account else "aws"
    paths = of_account[region].flask_paths
    return paths.get(ROOT)
