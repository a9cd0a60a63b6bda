"""What is forgotten when `POST /moto-api/reset` empties the plane."""

from __future__ import annotations

from collections.abc import Callable

from moto.moto_api._internal.models import moto_api_backend

_forgetters: list[Callable[[], None]] = []


def on_reset(forget: Callable[[], None]) -> Callable[[], None]:
    """Registers `forget`, which empties a store of the rules, to run whenever moto is reset."""
    _forgetters.append(forget)
    return forget


def install() -> None:
    """Makes moto's reset empty the stores of the rules too."""
    forget_moto = moto_api_backend.reset

    def reset() -> None:
        forget_moto()
        for forget in _forgetters:
            forget()

    moto_api_backend.reset = reset
