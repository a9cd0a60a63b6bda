"""Runs the control plane: `python -m control_plane -H 127.0.0.1 -p 4566`."""

import argparse
import os
import sys

HOME_ACCOUNT = "123456789012"


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="control_plane", description=__doc__)
    parser.add_argument("-H", "--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("-p", "--port", type=int, default=4566, help="the port to listen on")
    parser.add_argument("--region", default="us-east-1", help="the Region the stack lives in")
    parser.add_argument(
        "--wait-scale",
        type=float,
        default=1.0,
        help="how many seconds here a second takes in a Wait state, a retry or a timeout",
    )
    parser.add_argument(
        "--resource-plane",
        metavar="URL",
        help="where EC2 and Systems Manager are, for tasks that call them",
    )
    return parser.parse_args()


def configure(chosen: argparse.Namespace) -> None:
    """Sets what ministack reads from its environment, as it does when it is imported."""
    os.environ.update(
        {
            "GATEWAY_PORT": str(chosen.port),
            "BIND_HOST": chosen.host,
            "MINISTACK_ACCOUNT_ID": HOME_ACCOUNT,
            "MINISTACK_REGION": chosen.region,
            "SFN_WAIT_SCALE": str(chosen.wait_scale),
            # Each function then has credentials of its own, by which the resource plane knows it.
            "AUTH": "true",
        }
    )
    # ministack would set it over the functions' own, which leads to the resource plane.
    os.environ.pop("AWS_ENDPOINT_URL", None)


def main() -> None:
    """Reads the command line and serves until interrupted or terminated."""
    chosen = arguments()
    configure(chosen)
    from ministack.app import main as serve

    from control_plane import mending

    mending.mend(chosen.resource_plane)
    sys.argv[1:] = []  # ministack has a command line of its own
    serve()


main()
