"""A server that is up while a `with` block runs, and gone after it."""

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_aws.layout import LOCAL

START_TIMEOUT = 60.0
STOP_TIMEOUT = 15.0


class ServerError(Exception):
    """A server did not come up; the message carries the end of its log."""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(
    name: str, command: list[str | Path], ready: str, environment: dict[str, str]
) -> Iterator[None]:
    """Runs `command` on a leash until the block ends, from when `ready` answers.

    What it prints goes to `.local/logs`, where the log of the server of this name that was started
    last is kept.
    """
    log = LOCAL / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)  # one that still runs goes on writing to its own
    scratch = tempfile.mkdtemp(prefix=f"{name}-", dir=LOCAL)
    leash = Path(__file__).with_name("leash.py")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, leash, scratch, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    try:
        _await(process, name, ready, log)
        yield
    finally:
        process.stdin.close()
        process.wait(STOP_TIMEOUT)


def answers(url: str) -> bool:
    """Whether `url` answers at all."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _await(process: subprocess.Popen, name: str, ready: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not answers(ready):
        if process.poll() is not None:
            raise ServerError(f"{name} ended while starting:\n{_end_of(log)}")
        if time.monotonic() > deadline:
            raise ServerError(f"{name} is not up after {START_TIMEOUT:.0f} s:\n{_end_of(log)}")
        time.sleep(0.1)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])
