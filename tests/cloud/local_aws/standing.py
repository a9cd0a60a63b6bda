"""The local AWS that `make local` holds, as others find it: `.local/aws.json`."""

import json
import os
from typing import Any

from local_aws.layout import LOCAL
from local_aws.local import LocalAws

STATE = LOCAL / "aws.json"


def hold(local: LocalAws) -> None:
    """Tells others of `local`, which this process holds."""
    _write({"pid": os.getpid(), **local.as_dict()})


def update(local: LocalAws) -> None:
    """Tells of what has changed in `local`, whoever holds it."""
    _write(json.loads(STATE.read_text()) | local.as_dict())


def release() -> None:
    """Takes back what `hold` told."""
    STATE.unlink(missing_ok=True)


def find() -> LocalAws | None:
    """The local AWS that is up; None where there is none, or only what a killed one has left."""
    try:
        state = json.loads(STATE.read_text())
    except FileNotFoundError:
        return None
    holder = state.pop("pid")
    local = LocalAws(**state)
    return local if _lives(holder) and local.answers() else None


def _write(state: dict[str, Any]) -> None:
    LOCAL.mkdir(exist_ok=True)
    fresh = STATE.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(state, indent=2))
    fresh.replace(STATE)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
