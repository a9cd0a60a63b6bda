"""Whether refusals were met where they were meant to be: in the function whose call it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from matrix.fault_run import Result
from matrix.fault_sites import Call, invocations
from matrix.points import _session


def verified(results: Iterable[Result], calls: Iterable[Call]) -> list[Result]:
    """The results, with a problem for each refusal that another function met first."""
    of_restore: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        of_restore[_session(call) or ""].append(call)
    return [_verified(it, of_restore[it.restore_id]) for it in results]


def _verified(result: Result, calls: list[Call]) -> Result:
    met: dict[tuple[str, ...], str] = {}
    for _, function, call in invocations(calls, result.restore_id):
        if call["injected"]:
            role = call["roleArn"].rpartition("/")[2]
            operation = f"{call['service']}:{call['action']}"
            met.setdefault((operation, role, call["region"]), function)
    elsewhere = [
        f"met by {function} instead: {it}"
        for it in result.fault.refusals
        # What is refused once is refused to its own function only.
        if it.times is None
        and (function := met.get((it.site.operation, it.site.role, it.site.region)))
        not in (None, it.site.function)
    ]
    return replace(result, problems=(*result.problems, *elsewhere)) if elsewhere else result
