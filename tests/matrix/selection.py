"""What is run of the matrices: everything by `make matrix`, by `make test` a part of the rest."""

from __future__ import annotations

import datetime
import os
import random
from collections.abc import Iterable

EVERYTHING = os.environ.get("MATRIX") == "all"

SEED = os.environ.get("MATRIX_SEED") or datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
"""What decides which part: the day, unless it is given."""


def again(whole: int) -> str:
    """What a part is a part of, and how to have the same part again."""
    return f"a part of {whole}, which MATRIX_SEED={SEED} makes again"


def due(names: Iterable[str], count: int) -> list[str]:
    """All of the names where everything is run, else `count` of them, others each day."""
    names = list(names)
    if EVERYTHING:
        return names
    chosen = random.Random(f"{SEED} {names}").sample(names, count)
    return sorted(chosen, key=names.index)
