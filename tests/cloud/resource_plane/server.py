"""The plane on the network: one port for AWS's APIs, moto's own and the steering paths."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

# Read by moto when its EC2 is imported: some 500 AMIs for each account and Region, which nothing
# here uses and which cost seconds at start.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from resource_plane import frame, reset, rules, steering  # noqa: F401 (registers the rules)

SERVED = frozenset({"ec2", "rds", "kms", "sts", "iam", "cloudformation", "moto_api"})
"""What the plane serves; the rest of moto would answer without rules (S3 even past the frame)."""


class QuietRequestHandler(MotoRequestHandler):
    """Writes no line for each request: the calls are recorded."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Writes nothing."""


class Plane:
    """The WSGI application: `/rules/…` is steering, everything else is moto under the rules."""

    def __init__(self) -> None:
        """Puts the rules around moto."""
        frame.install()
        reset.install()
        self._moto = DomainDispatcherApplication(_served)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answers one request."""
        if environ.get("PATH_INFO", "").startswith("/rules/"):
            return steering.application(environ, start_response)
        return self._moto(environ, start_response)


def _served(service: str) -> Any:
    """moto's application for a service that the plane serves, else one that says it is not."""
    if service in SERVED:
        return create_backend_app(service)
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
