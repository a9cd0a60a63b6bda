"""`python -m recovery [--restores N]`: recovers, shows and checks; exit status 1 if it is off.

Off is also a target of the plan, RTO or RPO, that was missed or is not known to be met. Without a
number it recovers the example of twelve restores, on the local AWS that is held or on one of its
own. A plan of many runs on compressed time, and leaves many instances: on one of its own.
"""

from __future__ import annotations

import argparse
import signal
import sys

from botocore.exceptions import BotoCoreError, ClientError
from restore import local
from restore.__main__ import tell
from restore.follow import RestoreFailed
from restore.report import print_table
from restore.waiting import TimedOut

from recovery.quota import many_restores
from recovery.twelve import twelve

SCALE = 0.02
"""Of the Wait states while many are restored: an hour takes 72 s."""


def main() -> int:
    """Runs the recovery asked for; what was begun here is stopped at the end."""
    asked = _arguments()
    # `make` and CI end a run by SIGTERM: leave through the same door as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        ok = _twelve(_targets(asked)) if asked.restores is None else _many(asked.restores)
    except KeyboardInterrupt:
        print("\ninterrupted; everything that was started is stopped", file=sys.stderr)
        return 130
    except local.FAILURES as error:
        print(f"\nthe local AWS did not come up: {error}", file=sys.stderr)
        return 1
    except (RestoreFailed, TimedOut, ClientError, BotoCoreError) as error:
        print(f"\nthe recovery did not come to its end: {error}", file=sys.stderr)
        return 1
    return 0 if ok else 1


def _twelve(targets: dict[str, int]) -> bool:
    with local.running(tell) as cloud:
        return twelve(cloud, tell, targets)


def _many(restores: int) -> bool:
    with local.side_by_side(1, SCALE) as (cloud,):
        result, *_ = many_restores(cloud, tell, restores)
    print_table(result, sys.stdout)
    return result.ok


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="recovery", description=__doc__)
    parser.add_argument(
        "--restores", type=int, metavar="N", help="a plan of so many restores, of few sources"
    )
    for name in ("rto", "rpo"):
        parser.add_argument(
            f"--{name}-minutes",
            type=int,
            metavar="N",
            help=f"the {name.upper()} of the plan of twelve, in the place of its own",
        )
    return parser.parse_args()


def _targets(asked: argparse.Namespace) -> dict[str, int]:
    given = {"rtoMinutes": asked.rto_minutes, "rpoMinutes": asked.rpo_minutes}
    return {name: minutes for name, minutes in given.items() if minutes is not None}


if __name__ == "__main__":
    sys.exit(main())
