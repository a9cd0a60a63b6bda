"""Whether every restore of a plan is accounted for, once and nothing else.

Pure: the plan, the outcome as it was written to S3, and lists of what there is, held against each
other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from restore.check import Finding

from recovery.table import OBJECTIVES, objective

Plan = dict[str, Any]
Outcome = dict[str, Any]

ENDINGS = ("succeeded", "failed", "notStarted")
"""How restores of a wave end that was not skipped, by the names that they are counted under."""


def once(what: str, wanted: Iterable[str], found: Iterable[str]) -> Finding:
    """Each of those `wanted` is among those `found`, once, and no other."""
    wanted, counts = set(wanted), Counter(found)
    differences = {
        "missing": sorted(wanted - counts.keys()),
        "doubled": sorted(it for it, count in counts.items() if count > 1),
        "unknown": sorted(counts.keys() - wanted),
    }
    shown = f"{counts.total()} of {len(wanted)}"
    return Finding(what, {it: [] for it in differences}, differences, shown)


def paths(plan: Plan) -> list[tuple[str, str]]:
    """The name of the wave of each restore, and its path in the plan."""
    return [
        (wave["name"], f"waves[{index}].restores[{number}]")
        for index, wave in enumerate(plan["waves"])
        for number in range(len(wave["restores"]))
    ]


def account_findings(plan: Plan, outcome: Outcome) -> Iterator[Finding]:
    """The outcome tells of each restore of the plan once, and counts what it tells."""
    restores = outcome["restores"]
    yield once(
        "told of each",
        (" ".join(it) for it in paths(plan)),
        (f"{it['wave']} {it['path']}" for it in restores),
    )
    ids = [it["restoreId"] for it in restores]
    yield once("told by one id", set(ids), ids)
    given = {
        path: restore["restoreId"]
        for (_, path), restore in zip(paths(plan), _restores(plan), strict=True)
        if "restoreId" in restore
    }
    told = {it["path"]: it["restoreId"] for it in restores if it["path"] in given}
    yield Finding("ids as given", given, told, f"{len(given)} were given")
    yield _counts(outcome)


def ended_well(outcome: Outcome) -> Finding:
    """Every restore has succeeded; of those that have not, why."""
    amiss = {
        it["restoreId"]: f"{it['status']} {it.get('error', '')}: {it.get('cause', '')}"
        for it in outcome["restores"]
        if it["status"] != "succeeded"
    }
    shown = f"{len(outcome['restores']) - len(amiss)} succeeded"
    return Finding("all succeeded", {}, amiss, shown)


def targets_met(outcome: Outcome) -> Finding:
    """The whole, each wave and each restore are known to have met what targets they have."""
    summary = outcome["summary"]
    told = {
        "the whole": summary,
        **{f"wave {it['name']}": it for it in summary["waves"]},
        **{it["restoreId"]: it for it in outcome["restores"]},
    }
    held = {
        f"{name}, {kind.upper()}": (what, it[kind])
        for name, it in told.items()
        for kind, what in OBJECTIVES.items()
        if "targetMinutes" in it[kind]
    }
    amiss = {
        name: objective(reached, what)
        for name, (what, reached) in held.items()
        if reached.get("met") is not True
    }
    return Finding("targets met", {}, amiss, f"{len(held) - len(amiss)} of {len(held)}")


def _counts(outcome: Outcome) -> Finding:
    """The sums in the outcome are those of what it tells of each restore, wave by wave."""
    summary = outcome["summary"]
    found = {it["name"]: it["counts"] for it in summary["waves"]} | {"all": summary["counts"]}
    wanted = {
        name: _sum([it for it in outcome["restores"] if name in (it["wave"], "all")])
        for name in found
    }
    shown = ", ".join(f"{count} {what}" for what, count in summary["counts"].items() if count)
    return Finding("counted", wanted, found, shown)


def _sum(restores: list[dict[str, Any]]) -> dict[str, int]:
    tally = Counter(it["status"] for it in restores)
    found = sum(it.get("foundFinished", False) for it in restores)
    ended = {it: tally[it] for it in ENDINGS}
    return {"restores": len(restores), **ended, "foundFinished": found, "skipped": 0}


def _restores(plan: Plan) -> list[dict[str, Any]]:
    return [restore for wave in plan["waves"] for restore in wave["restores"]]
