"""Runs a command that never outlives whoever started it: `python leash.py SCRATCH COMMAND…`.

The starter holds the other end of this process's standard input. When it closes, because the
starter is done or was killed in whatever way, the command and all that it started are ended, and
the folder SCRATCH, where they keep temporary files, is removed. Needs nothing but the standard
library, so that any Python can run it.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading

GRACE = 5.0
"""Seconds that the command has to end by itself."""


def main() -> None:
    """Ends as the command ends; ends the command when standard input does."""
    # Signals for the group are for the command; this process must outlast it to clear up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    scratch, *words = sys.argv[1:]
    command = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": scratch},
        preexec_fn=_heed_signals,
    )
    threading.Thread(target=_end_with_starter, args=[command], daemon=True).start()
    status = command.wait()
    _end_rest()
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(status if status >= 0 else 128 - status)  # not to wait for the reading thread


def _heed_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end_with_starter(command: subprocess.Popen) -> None:
    while os.read(0, 1):
        pass
    command.terminate()
    try:
        command.wait(GRACE)
    except subprocess.TimeoutExpired:
        command.kill()


def _end_rest() -> None:
    """Ends what the command has left behind in this process group."""
    os.killpg(os.getpgrp(), signal.SIGTERM)


main()
