"""Brings the local AWS up, and down again."""

import json
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from local_aws import standing
from local_aws.accounts import USUAL, Pair
from local_aws.identities import introduce
from local_aws.local import LocalAws
from local_aws.member import deploy_members
from local_aws.planes import control_plane, resource_plane
from local_aws.stack import deploy
from local_aws.stage import fingerprint

SCALE = 0.1
"""Of the Wait states, unless asked otherwise."""

WORK = 8.0
"""Seconds, before they are scaled, that AWS's asynchronous work takes here."""

Tell = Callable[[str], None]


@contextmanager
def running(tell: Tell = lambda _: None, scale: float = SCALE) -> Iterator[LocalAws]:
    """The local AWS that `make local` holds, or else one of its own until the block ends.

    `scale` is that of one of its own. What is deployed is what is in the checkout: an older stack
    is brought up to date.
    """
    standing_one = standing.find()
    if standing_one is None:
        with fresh(scale=scale, tell=tell) as local:
            yield local
        return
    if standing_one.fingerprint != fingerprint():
        tell("bringing the stack up to date")
        outputs = _deploy(standing_one.resource_endpoint, standing_one.control_endpoint)
        standing_one = replace(standing_one, outputs=outputs, fingerprint=fingerprint())
        standing.update(standing_one)
    yield standing_one


@contextmanager
def fresh(
    resource_port: int | None = None,
    control_port: int | None = None,
    scale: float = SCALE,
    tell: Tell = lambda _: None,
    pairs: Iterable[Pair] = USUAL,
) -> Iterator[LocalAws]:
    """A local AWS of its own until the block ends, on free ports unless they are given.

    Each of `pairs` is a source and a target account that restores can go from and to.
    """
    tell("starting the resource plane and the control plane")
    with (
        resource_plane(resource_port) as resources,
        control_plane(control_port, scale, resources) as control,
    ):
        _let_time_run(resources, scale)
        tell("deploying infra/template.yaml and infra/member-account.yaml")
        deployed = fingerprint()
        outputs = _deploy(resources, control, tuple(pairs))
        yield LocalAws(resources, control, scale, outputs, deployed)


def _deploy(resources: str, control: str, pairs: tuple[Pair, ...] = USUAL) -> dict[str, str]:
    outputs = deploy(control, resources, pairs)
    introduce(control, resources)
    deploy_members(resources, outputs, pairs)
    return outputs


def _let_time_run(resource_endpoint: str, scale: float) -> None:
    """Lets a second of AWS's take `scale` seconds: its work, and the refilling of its buckets."""
    url = f"{resource_endpoint}/rules/settings"
    with urllib.request.urlopen(url, timeout=10) as response:
        kinds = json.load(response)["durations"]
    settings = {"durations": dict.fromkeys(kinds, WORK * scale), "pace": 1 / scale}
    body = json.dumps(settings).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers, method="PUT")
    with urllib.request.urlopen(request, timeout=10):
        pass
