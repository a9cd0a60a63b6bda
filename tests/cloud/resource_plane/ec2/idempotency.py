"""Client tokens: the same request made again is the same work (EC2API/ec2-api-idempotency)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from resource_plane.error import AwsError
from resource_plane.frame import Call
from resource_plane.reset import on_reset

Made = TypeVar("Made")

LONGEST = 64


@dataclass(frozen=True)
class _Use:
    """What a token was first used for."""

    request: str
    made: Any


_used: dict[tuple[str, ...], _Use] = {}


def once(call: Call, make: Callable[[], Made], scope: str = "") -> Made:
    """What `make` makes for the call's client token, which it does once for each token.

    Tokens are apart by account, Region, action and `scope` (a zone, where the action's tokens are
    zonal). A call that `make` refuses has not used its token.
    """
    token = call.params.get("ClientToken")
    if not token:
        return make()
    if len(token) > LONGEST or not token.isascii():
        message = f"The client token may have at most {LONGEST} ASCII characters"
        raise AwsError("InvalidParameterValue", message)
    key = (call.account, call.region, call.action, scope, token)
    request = _without_token(call.params)
    earlier = _used.get(key)
    if earlier is None:
        made = make()
        _used[key] = _Use(request, made)
        return made
    if earlier.request != request:
        raise mismatch()
    return earlier.made


def mismatch() -> AwsError:
    """The refusal of a token that has served another request."""
    # The wording is the one seen in GH:kubernetes-sigs/aws-ebs-csi-driver#1036.
    return AwsError(
        "IdempotentParameterMismatch",
        "Parameters on this idempotent request are inconsistent with parameters used in previous"
        " request(s)",
    )


def _without_token(params: Mapping[str, Any]) -> str:
    said = {name: value for name, value in params.items() if name not in {"ClientToken", "DryRun"}}
    return json.dumps(said, sort_keys=True, default=str)


@on_reset
def forget_all() -> None:
    """Forgets all tokens."""
    _used.clear()
