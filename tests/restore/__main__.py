"""`python -m restore --flow NAME|all`: restores, shows and checks; exit status 1 if it is off.

With `--arrange-only` it makes the sources alone, on the local AWS that `make local` holds, and
writes down the requests for others to start.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time

from botocore.exceptions import BotoCoreError, ClientError
from local_aws import standing
from local_aws.layout import LOCAL

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
    if arguments.arrange_only and standing.find() is None:
        print("no local AWS is up to arrange a source on: `make local` holds one", file=sys.stderr)
        return 1
    try:
        with local.running(tell) as cloud:
            if arguments.arrange_only:
                for flow in flows:
                    arrange_only(cloud, flow)
                return 0
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


def arrange_only(cloud: Cloud, flow: str) -> None:
    """A source for `flow`, its request in a file, and the command that starts it."""
    scene = arrange(cloud, example(flow))
    path = LOCAL / f"{flow}.json"
    path.write_text(json.dumps(scene.request, indent=2) + "\n")
    print(
        f"{flow}: with the variables that `make local` prints,\n"
        '  aws stepfunctions start-execution --state-machine-arn "$RESTORE_STATE_MACHINE_ARN" '
        f"--input file://{path.relative_to(LOCAL.parent)}"
    )


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
    parser.add_argument(
        "--arrange-only",
        action="store_true",
        help="only make a source on the local AWS that `make local` holds, and its request",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
