"""Holds a local AWS until it is interrupted: `python -m local_aws`."""

import argparse
import shlex
import signal
import sys
import threading

from local_aws import standing
from local_aws.local import LocalAws
from local_aws.planes import resource_plane
from local_aws.running import SCALE, fresh
from local_aws.server import ServerError
from local_aws.stack import DeploymentError
from local_aws.stage import NotBuiltError


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="local_aws", description=__doc__)
    parser.add_argument(
        "--resource-plane-only",
        action="store_true",
        help="only EC2, RDS, KMS, STS, and what IAM, CloudFormation and SSM a restore needs",
    )
    parser.add_argument("--resource-port", type=int, default=5000)
    parser.add_argument("--control-port", type=int, default=4566)
    parser.add_argument(
        "--scale",
        type=float,
        default=SCALE,
        help="how many seconds a second of AWS's time takes (default: %(default)s)",
    )
    return parser.parse_args()


def main() -> int:
    """Brings it up, tells how to use it, and takes it down when asked to."""
    chosen = arguments()
    # However it is asked to end, it ends in order.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    try:
        if chosen.resource_plane_only:
            hold_resource_plane(chosen.resource_port)
        else:
            hold_everything(chosen)
    except KeyboardInterrupt:
        print("\nstopped")
    except (ServerError, DeploymentError, NotBuiltError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def hold_resource_plane(port: int) -> None:
    """The resource plane alone, until interrupted."""
    with resource_plane(port) as endpoint:
        print(f"AWS_ENDPOINT_URL={endpoint}")
        print("An access key id that is a 12-digit account id is that account's administrator.")
        stay()


def hold_everything(chosen: argparse.Namespace) -> None:
    """Both planes with the stack deployed, for others to find, until interrupted."""
    if standing.find():
        raise ServerError("a local AWS is up already (see .local/aws.json)")
    ports = chosen.resource_port, chosen.control_port
    with fresh(*ports, scale=chosen.scale, tell=print) as local:
        standing.hold(local)
        try:
            introduce(local)
            stay()
        finally:
            standing.release()


def introduce(local: LocalAws) -> None:
    """Tells where it is and how to use it."""
    print(f"\nresource plane  {local.resource_endpoint}")
    print(f"control plane   {local.control_endpoint}")
    print(f"state machine   {local.state_machine_arn}\n")
    for name, value in local.environment().items():
        print(f"export {name}={shlex.quote(value)}")
    print("\nAn access key id that is a 12-digit account id is that account's administrator.")
    print("Ctrl-C stops everything.")


def stay() -> None:
    """Waits to be interrupted."""
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
