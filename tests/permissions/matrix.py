"""The key matrix: every gift of a flow taken away by itself, several flows side by side."""

from __future__ import annotations

import datetime
import os
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from restore.example import FLOWS

from permissions.cases import Outcome
from permissions.gifts import Gift
from permissions.lane import Lane
from permissions.variants import VARIANTS

Pick = Callable[[Lane], list[Gift]]
Case = Callable[[Lane, Gift], Outcome]

IN_FULL = ("ec2-cross-account-cross-region", "rds-cross-account-cross-region")
"""Flows of which every gift is taken away whenever the tests run; `MATRIX=all` does so with all."""

VARIED_IN_FULL = (
    "ec2-cross-account-cross-region, staged and granted",
    "rds-cross-account-cross-region, staged and granted",
)
"""Variants of which `MATRIX=all` takes away every gift; of the others, what only they need."""

SAMPLED, SAMPLE = 2, 6
"""How many of the other flows are looked at, and how many gifts are taken away there."""

EVERYTHING = os.environ.get("MATRIX") == "all"

SEED = os.environ.get("MATRIX_SEED") or datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")

RESTORES = 12
"""How many gifts a restore is tried without by `MATRIX=all`; else one, of the flows in full."""

AT_ONCE = 4
"""How many flows are gone through side by side; within one, its policies change case by case."""


def provable(lane: Lane) -> list[Gift]:
    """What can be taken away of a flow so that a plan may tell."""
    return [*lane.needed, *lane.for_proof]


def chosen(lane: Lane) -> list[Gift]:
    """All of these, or a sample that the seed decides; of a variant, of what its flow has not."""
    gifts = provable(lane)
    if lane.flow in IN_FULL or (EVERYTHING and lane.flow in (*FLOWS, *VARIED_IN_FULL)):
        return gifts
    if lane.flow in VARIANTS:
        gifts = lane.varied
    return gifts if EVERYTHING else random.Random(f"{SEED} {lane.flow}").sample(gifts, SAMPLE)


def unprovable(lane: Lane) -> list[Gift]:
    """A sample of what a restore is tried without, where its roles may ask nothing beforehand."""
    count = RESTORES if EVERYTHING else int(lane.flow in IN_FULL)
    undone = {it.action for it in lane.for_failure}
    gifts = [it for it in lane.needed if it.action not in undone]
    return random.Random(f"{SEED} {lane.flow} restores").sample(gifts, count)


def run(lanes: Iterable[Lane], pick: Pick, case: Case) -> dict[str, list[Outcome]]:
    """The outcomes of `case` for the gifts that `pick` picks of each lane, by flow."""

    def of(lane: Lane) -> list[Outcome]:
        return [case(lane, gift) for gift in pick(lane)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = {lane.flow: pool.submit(of, lane) for lane in lanes}
        return {flow: outcomes.result() for flow, outcomes in done.items()}


def planned_flows() -> tuple[str, ...]:
    """The flows and variants of which plans are tried: flows in full, and some of the others."""
    return (*FLOWS, *VARIANTS) if EVERYTHING else (*IN_FULL, *_others(SAMPLED), *VARIED_IN_FULL)


def exact_flows() -> tuple[str, ...]:
    """Those that are restored with exactly their permissions: as in full, and one more flow."""
    return (*FLOWS, *VARIANTS) if EVERYTHING else (*IN_FULL, *_others(1), *VARIED_IN_FULL)


def _others(count: int) -> list[str]:
    others = [flow for flow in FLOWS if flow not in IN_FULL]
    return random.Random(SEED).sample(others, count)


def restored_flows() -> tuple[str, ...]:
    """Those of which restores are tried."""
    return (*FLOWS, *VARIED_IN_FULL) if EVERYTHING else IN_FULL
