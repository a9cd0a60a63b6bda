"""Breaking a connection off without an answer, as a network does.

A rule deep inside moto can only mark its request; the server closes the connection once moto is
through with it and has written nothing. To the client that is a connection closed before any
answer came: whether the call took effect it cannot tell.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any, NoReturn

BROKEN = "resource_plane.broken"
"""Where a request is marked whose connection is to be broken."""


def mark_broken(environ: dict[str, Any]) -> None:
    """Lets the server break the connection of a request instead of answering."""
    environ[BROKEN] = True


def is_broken(environ: dict[str, Any]) -> bool:
    """Whether the connection of a request is to be broken."""
    return environ.get(BROKEN, False)


def break_off(environ: dict[str, Any]) -> NoReturn:
    """Closes the connection of a request; for the server alone, before anything is answered.

    werkzeug takes the exception for a client that went away, and leaves the connection open for a
    next request: hence it is closed first.
    """
    with contextlib.suppress(OSError):  # The client may have gone indeed.
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("the connection is broken on purpose")
