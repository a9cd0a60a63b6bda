"""Runs the resource plane: `python -m resource_plane -H 127.0.0.1 -p 5000`."""

from __future__ import annotations

import argparse
import signal
import sys

from resource_plane import server

SWITCH_SECONDS = 0.05
"""How long a thread may go on before another one gets its turn."""


def main() -> None:
    """Reads the command line and serves until interrupted or terminated."""
    parser = argparse.ArgumentParser(prog="resource_plane", description=__doc__)
    parser.add_argument("-H", "--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("-p", "--port", type=int, default=5000, help="the port to listen on")
    arguments = parser.parse_args()
    # One call is answered at a time (`frame.lock`): threads that take turns would but wait.
    sys.setswitchinterval(SWITCH_SECONDS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve(arguments.host, arguments.port)


main()
