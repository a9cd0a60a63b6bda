"""The sites of flows, read from restores that nothing disturbs or that a trigger ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from matrix.fault_answers import DENIED
from matrix.fault_calls import answers_to
from matrix.fault_cases import Sites
from matrix.fault_expected import RESTORED, Expected
from matrix.fault_run import Fault, Refusal, Result, run_fault
from matrix.fault_sites import CLEAN_UP, Site, last_of, sites_of
from matrix.pool import run_all
from matrix.variants import DETOURS, VARIANTS
from matrix.world import World, calls_in, planes


@contextmanager
def at_once(worlds: Iterable[World]) -> Iterator[None]:
    """Within the block AWS's asynchronous work is done at once.

    No look is in vain then: every restore of a flow makes the same calls, so that a call is known
    by how many come before it, and none costs more than it must. That restores wait, and what
    waiting meets, is shown by the tests of the flows and by the kill matrix.
    """
    with ExitStack() as fast:
        for cloud in planes(worlds):
            kinds = cloud.steer("GET", "/rules/settings")["durations"]
            fast.enter_context(cloud.lasting(**dict.fromkeys(kinds, 0)))
        yield


def sites_in(worlds: list[World], flows: Iterable[str]) -> dict[str, Sites]:
    """The sites of each flow, variant and detour."""
    flows, of = list(flows), VARIANTS | DETOURS
    needed = dict.fromkeys([*(of[it] for it in flows if it in of), *flows])
    restored = _calls(worlds, [Fault(flow, (), Expected(RESTORED)) for flow in needed])
    # What a detour leaves when it fails is what its flow does.
    triggers = {
        flow: _trigger(flow, calls, restore_id)
        for flow, (calls, restore_id) in restored.items()
        if flow not in DETOURS
    }
    ended = [
        Fault(flow, (trigger,), Expected("AccessDenied", (trigger.site.operation,)))
        for flow, trigger in triggers.items()
    ]
    failed = _calls(worlds, ended)
    sites = {
        flow: Sites(
            flow,
            tuple(sites_of(*restored[flow], flow[:3])),
            tuple(_cleaning_up(*failed[flow], flow[:3]) if flow in failed else ()),
            triggers.get(flow),
        )
        for flow in needed
    }
    return {flow: _without_known(sites[flow], sites.get(of.get(flow, ""))) for flow in flows}


def _without_known(sites: Sites, of_flow: Sites | None) -> Sites:
    if of_flow is None:
        return sites
    return replace(sites, known=frozenset((*of_flow.restored, *of_flow.failed)))


def _cleaning_up(calls: list, restore_id: str, service: str) -> Iterator[Site]:
    return (it for it in sites_of(calls, restore_id, service) if it.function == CLEAN_UP)


def _trigger(flow: str, calls: list, restore_id: str) -> Refusal:
    """A refusal that ends a restore with as much to clean up as there can be."""
    function, operation, times = (
        ("create-and-attach-volumes", "ec2:AttachVolume", None)
        if flow.startswith("ec2")
        # The DB instance has its deletion protection by then.
        else ("create-instance", "rds:DescribeDBInstances", 1)
    )
    site: Site = last_of(calls, restore_id, function, operation)
    [denied] = [it for it in answers_to(operation) if it.kind == DENIED]
    return Refusal(site, denied, times)


def _calls(worlds: list[World], faults: list[Fault]) -> dict[str, tuple[list, str]]:
    """The recorded calls of the restores of these faults, with their ids."""
    results: list[Result] = run_all(worlds, faults, run_fault)
    if off := [str(it) for it in results if it.problems]:
        raise AssertionError(f"restores do not end as they have to: {off}")
    calls = calls_in(worlds)
    return {it.fault.flow: (calls, it.restore_id) for it in results}
