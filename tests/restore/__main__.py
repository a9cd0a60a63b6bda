"""`python -m restore --flow NAME|all`: restores, shows and checks; exit status 1 if it is off."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time

from botocore.exceptions import BotoCoreError, ClientError

from restore import local
from restore.arrange import arrange
from restore.check import check
from restore.cloud import Cloud
from restore.example import FLOWS, example
from restore.follow import RestoreFailed, follow
from restore.live import Live
from restore.report import Result, print_summary, print_table
from restore.start import start
from restore.waiting import TimedOut


def main() -> int:
    """Runs the flows asked for against the local AWS, which is stopped at the end if begun here."""
    arguments = _arguments()
    flows = FLOWS if arguments.flow == "all" else (arguments.flow,)
    # `make` and CI end a run by SIGTERM: leave through the same door as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with local.running(tell) as cloud:
            results = [restore(cloud, flow) for flow in flows]
    except KeyboardInterrupt:
        print("\ninterrupted; everything that was started is stopped", file=sys.stderr)
        return 130
    except local.FAILURES as error:
        print(f"\nthe local AWS did not come up: {error}", file=sys.stderr)
        return 1
    if len(results) > 1:
        print_summary(results, sys.stdout)
    return 0 if all(result.ok for result in results) else 1


def restore(cloud: Cloud, flow: str) -> Result:
    """One restore from its arrangement to its checks, shown on standard output."""
    began = time.monotonic()
    print(f"\n{flow}")
    tell("arranging a source and a target")
    try:
        scene = arrange(cloud, example(flow))
        source, target = scene.source, scene.target
        tell(f"from {source.account} {source.region} to {target.account} {target.region}")
        execution = start(cloud, scene.request)
        tell(f"started {execution.rsplit(':', 1)[-1]}")
        ended = follow(cloud, execution, Live.on(sys.stdout).show)
        ended.raise_unless_succeeded()
        findings = check(cloud, scene, ended.output)
        result = Result(flow, time.monotonic() - began, findings)
    except (RestoreFailed, TimedOut, ClientError, BotoCoreError) as error:
        result = Result(flow, time.monotonic() - began, error=str(error))
    print()
    print_table(result, sys.stdout)
    return result


def tell(words: str) -> None:
    """Says what is going on before there is an execution to follow."""
    print(f"  {words}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="restore", description=__doc__)
    parser.add_argument(
        "--flow",
        choices=(*FLOWS, "all"),
        default="ec2-cross-account-cross-region",
        metavar="NAME",
        help=f"all, or one of: {json.dumps(FLOWS)[1:-1]}",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
