"""The local AWS with the stack deployed, as the driver sees it."""

from __future__ import annotations

import functools
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from restore.place import EVERYWHERE, HOME, Place


@dataclass(frozen=True)
class Role:
    """A role of a member account that the functions assume, with the external id it asks for."""

    arn: str
    external_id: str


@dataclass(frozen=True)
class Cloud:
    """Two endpoints and what is deployed behind them.

    An access key id that is an account's id is that account's administrator on both.
    """

    resources: str
    """The resource plane: EC2, RDS, KMS, STS, IAM of every account and Region."""
    control: str
    """The control plane: Step Functions of the home account."""
    home_region: str
    state_machine: str
    """The ARN of the deployed state machine."""
    source_role: Role
    """The source role, in the source account."""
    restore_role: Role
    """The restore role, in the target account; within that account it does all."""
    allow_keys: Callable[..., None]
    """`allow_keys(account, source_keys=[…], target_keys=[…], staging_keys=[…], grant_keys=[…],
    pass_roles=[…])` lets the roles of the account use these keys and pass these roles, beside
    earlier ones; on grant keys the source role may give grants."""
    places: tuple[Place, ...] = EVERYWHERE
    """Where its restores could leave something behind."""

    def client(self, service: str, place: Place) -> Any:
        """An ordinary client of `service`, as the administrator of the account, in the Region."""
        return _shared_client(self.resources, service, *place)

    @property
    def step_functions(self) -> Any:
        """A Step Functions client of the account that runs the restores."""
        return self.home_client("stepfunctions")

    def home_client(self, service: str) -> Any:
        """A client of the account that runs the restores, for what lives on the control plane."""
        return _shared_client(self.control, service, HOME, self.home_region)

    def calls(self, since: int = 0, action: str | None = None) -> list[dict[str, Any]]:
        """What was called on the resource plane after call number `since`, or of one action."""
        only = "" if action is None else f"&action={action}"
        return self.steer("GET", f"/rules/calls?since={since}{only}")["calls"]

    def every_call(self, action: str) -> list[dict[str, Any]]:
        """All calls of an action that have been recorded, each of which is asked for once."""
        with self._lock:
            known = self._known.setdefault(action, [])
            known += self.calls(known[-1]["n"] if known else 0, action)
            return list(known)

    @functools.cached_property
    def _known(self) -> dict[str, list[dict[str, Any]]]:
        return {}

    @functools.cached_property
    def _lock(self) -> threading.Lock:
        return threading.Lock()

    def last_call(self) -> int:
        """The number of the newest recorded call."""
        newest = self.steer("GET", "/rules/calls?last=1")["calls"]
        return max((call["n"] for call in newest), default=0)

    def fail_next(self, kind: str, state: str, message: str, **match: str) -> None:
        """The next `kind` of asynchronous work that matches ends in `state` with `message`."""
        failure = {"kind": kind, "state": state, "message": message, "match": match, "count": 1}
        self.steer("POST", "/rules/failures", failure)

    @contextmanager
    def lasting(self, **seconds: float) -> Iterator[None]:
        """Within the block asynchronous work lasts so long: `lasting(snapshot_copy=5)`."""
        before = self.steer("GET", "/rules/settings")["durations"]
        wanted = {kind.replace("_", "-"): duration for kind, duration in seconds.items()}
        self.steer("PUT", "/rules/settings", {"durations": wanted})
        try:
            yield
        finally:
            usual = {kind: before[kind] for kind in wanted}
            self.steer("PUT", "/rules/settings", {"durations": usual})

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within the block asynchronous work takes no time: for what is arranged, not restored."""
        kinds = self.steer("GET", "/rules/settings")["durations"]
        with self.lasting(**dict.fromkeys(kinds, 0)):
            yield

    @contextmanager
    def limited(self, **limits: float) -> Iterator[None]:
        """Within the block there may be so much at most: `limited(snapshotCopies=4)`."""
        before = self.steer("GET", "/rules/settings")["limits"]
        self.steer("PUT", "/rules/settings", {"limits": limits})
        try:
            yield
        finally:
            usual = {name: before[name] for name in limits}
            self.steer("PUT", "/rules/settings", {"limits": usual})

    @contextmanager
    def unseen(self, **seconds: float) -> Iterator[None]:
        """Within the block changes of a kind are seen so much later: `unseen(grants=3)`."""
        self.steer("PUT", "/rules/settings", {"consistency": seconds})
        try:
            yield
        finally:
            self.steer("PUT", "/rules/settings", {"consistency": dict.fromkeys(seconds, 0)})

    @contextmanager
    def disturbed(self, *injections: dict[str, Any]) -> Iterator[list[int]]:
        """Within the block calls are disturbed so (see `resource_plane.injections`); the ids."""
        armed = [self.steer("POST", "/rules/injections", it)["id"] for it in injections]
        try:
            yield armed
        finally:
            for number in armed:
                self.steer("DELETE", f"/rules/injections/{number}")

    def steer(self, method: str, path: str, body: Any = None) -> Any:
        """Asks the resource plane's own steering, which is no part of AWS."""
        request = urllib.request.Request(
            f"{self.resources}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None


_making = threading.Lock()
"""Clients may be used by many threads at once, but not made (boto3, "Multithreading")."""


def _shared_client(endpoint: str, service: str, account: str, region: str) -> Any:
    with _making:
        return _client(endpoint, service, account, region)


@functools.cache
def _client(endpoint: str, service: str, account: str, region: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=account,
        aws_secret_access_key="administrator",
        config=Config(retries={"mode": "standard", "max_attempts": 3}, read_timeout=60),
    )
