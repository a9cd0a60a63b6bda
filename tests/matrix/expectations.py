"""How a disturbed restore may end: as it was asked for, or by name with nothing left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from restore.arrange import Scene
from restore.check import end_state
from restore.check.finding import Finding
from restore.check.outcome import outcome_findings
from restore.check.remains import kept_copies

from matrix.case import Expectation, Run
from matrix.points import _session


def restored_as_asked(run: Run) -> list[str]:
    """The same end as that of an undisturbed restore, seen in the accounts; nothing else is left.

    The execution's output must agree, and name nothing as left but copies that were to be kept.
    """
    if not run.ended.succeeded:
        return [_how_it_ended(run)]
    findings = [
        *end_state(run.cloud, run.scene, run.after),
        *outcome_findings(run.cloud, run.scene, run.ended.output),
    ]
    return [*_off(findings), *_told_as_left(run)]


def failed_as(*names: str, saying: Iterable[str] = ()) -> Expectation:
    """The execution fails by one of these names, its cause has these words, and nothing is left."""

    def expect(run: Run) -> list[str]:
        if run.ended.status != "FAILED" or run.ended.error not in names:
            return [f"{_how_it_ended(run)}, not as {' or '.join(names)}"]
        unsaid = [word for word in saying if word not in run.ended.cause]
        problems = [f"its cause says nothing of {word}: {run.ended.cause}" for word in unsaid]
        return problems + nothing_changed(run)

    return expect


def failed_clean(name: str) -> Expectation:
    """The execution fails by this name; nothing is left, and nothing is told as left."""

    def expect(run: Run) -> list[str]:
        told = [f"told as left: {run.ended.cause}"] if "Left behind" in run.ended.cause else []
        return told + failed_as(name)(run)

    return expect


def stopped_clean(run: Run) -> list[str]:
    """The execution was stopped, and what cleans up after it has left nothing."""
    if run.ended.status != "ABORTED":
        return [_how_it_ended(run)]
    return nothing_changed(run)


def nothing_changed(run: Run) -> list[str]:
    """What is not as it was before the restore."""
    before = run.scene.before
    found = {
        "left": sorted(map(str, run.after.new_since(before))),
        "gone": sorted(map(str, run.after.gone_since(before))),
        "changed": {str(it): facts for it, facts in run.after.changed_since(before).items()},
    }
    return [f"{name}: {things}" for name, things in found.items() if things]


def one_token_more(action: str, things: Callable[[Scene], int]) -> Expectation:
    """The action was called with a client token for each thing, and with one for what was lost."""

    def expect(run: Run) -> list[str]:
        calls = [it for it in run.cloud.every_call(action) if _session(it) == run.scene.restore_id]
        tokens = {it["params"]["ClientToken"] for it in calls if not it["params"].get("DryRun")}
        expected = things(run.scene) + 1
        return [] if len(tokens) == expected else [f"{action}: {len(tokens)} tokens of {expected}"]

    return expect


def _told_as_left(run: Run) -> list[str]:
    told = run.ended.output.get("left")
    kept = sorted(thing.id for thing in kept_copies(run.scene, run.after))
    if told is not None and sorted(re.split("[/:]", it["resource"])[-1] for it in told) == kept:
        return []
    return [f"it says that it left {told}, and kept are {kept}"]


def _how_it_ended(run: Run) -> str:
    words = f" as {run.ended.error}: {run.ended.cause}" if run.ended.error else ""
    return f"it ended {run.ended.status}{words}"


def _off(findings: Iterable[Finding]) -> list[str]:
    return [f"{it.what}: {it.differences}" for it in findings if not it.ok]
