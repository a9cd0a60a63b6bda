"""What is run of the matrices: everything by `make matrix`, by `make test` a part of the rest."""

from __future__ import annotations

import datetime
import os

EVERYTHING = os.environ.get("MATRIX") == "all"

SEED = os.environ.get("MATRIX_SEED") or datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
"""What decides which part: the day, unless it is given."""


def again(whole: int) -> str:
    """What a part is a part of, and how to have the same part again."""
    return f"a part of {whole}, which MATRIX_SEED={SEED} makes again"
