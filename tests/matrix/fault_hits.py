"""Whether refusals were met where they were meant to be: in the function whose call it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from matrix.fault_run import Refusal, Result
from matrix.fault_sites import Call, invocations
from matrix.points import _session


def verified(results: Iterable[Result], calls: Iterable[Call]) -> list[Result]:
    """The results, with a problem for each refusal that another function met first."""
    of_restore: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        of_restore[_session(call) or ""].append(call)
    return [_verified(it, of_restore[it.restore_id]) for it in results]


def _verified(result: Result, calls: list[Call]) -> Result:
    met: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for _, function, call in invocations(calls, result.restore_id):
        if call["injected"]:
            role = call["roleArn"].rpartition("/")[2]
            operation = f"{call['service']}:{call['action']}"
            met[operation, role, call["region"]].append(function)
    # What is refused a number of times is refused to its own function only.
    for it in result.fault.refusals:
        for _ in range(it.times or 0):
            if it.site.function in met[_key(it)]:
                met[_key(it)].remove(it.site.function)
    elsewhere = [
        f"met by {met[_key(it)][0]} instead: {it}"
        for it in result.fault.refusals
        if it.times is None and met[_key(it)] and met[_key(it)][0] != it.site.function
    ]
    return replace(result, problems=(*result.problems, *elsewhere)) if elsewhere else result


def _key(refusal: Refusal) -> tuple[str, str, str]:
    return refusal.site.operation, refusal.site.role, refusal.site.region
