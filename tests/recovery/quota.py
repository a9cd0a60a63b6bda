"""Many restores under the quotas: how many copies there were at once, and what became of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from restore.check import Finding
from restore.cloud import Cloud
from restore.inventory import Inventory
from restore.report import Result

from recovery import many
from recovery.copies import KINDS, Copies
from recovery.deployed import Deployed
from recovery.run import Recovered, Tell, recover

COPY_SECONDS = 5.0
"""How long copies last, so that it is their quota that is waited for and not this machine alone."""

RECKONED = 20
"""The copies of each kind that a schedule reckons with (`functions/restore/src/recovery`)."""

FEW = 0.001
"""How many of the copies may be refused where the schedule keeps to the quota."""


@dataclass(frozen=True)
class Drawn:
    """What a recovery has drawn on the quotas, and what they were."""

    copies: Copies
    seconds: float
    """How long a copy lasted."""
    limits: dict[str, float]
    at_once: dict[str, int] = field(default_factory=dict)
    """The most restores at the same time, by wave and group."""
    most: int = many.AT_ONCE
    """How many there may be by the plan."""

    @property
    def peaks(self) -> dict[str, int]:
        """The most copies at the same time to one destination, by operation."""
        return self.copies.peaks(dict.fromkeys((it.work for it in KINDS.values()), self.seconds))

    def told(self) -> dict[str, str]:
        """It in words."""
        told = {"AWS calls": f"{self.copies.calls}, {self.copies.throttled} throttled"}
        for what, kind in KINDS.items():
            told[what] = (
                f"{self.copies.count(what)} to other Regions, {self.seconds:g} s each; "
                f"{self.peaks[what]} at once of {self.limits[kind.limit]}, "
                f"{self.copies.refused[what]} refused"
            )
        return told

    def findings(self) -> Iterator[Finding]:
        """There were never more than are allowed, and hardly any were asked for beyond that.

        A quota that is lower than what the schedule reckons with is met, and nothing said of how
        often.
        """
        over = {it: most for it, most in self.peaks.items() if most > self.limits[KINDS[it].limit]}
        yield Finding("copies within quota", {}, over, ", ".join(map(str, self.peaks.values())))
        known = [it for it, kind in KINDS.items() if self.limits[kind.limit] >= RECKONED]
        refused = {it: self.copies.refused[it] for it in known}
        often = {it: no for it, no in refused.items() if no > FEW * self.copies.count(it)}
        yield Finding("copies refused", {}, often, ", ".join(map(str, refused.values())) or "-")
        beyond = {group: most for group, most in self.at_once.items() if most > self.most}
        shown = f"{max(self.at_once.values(), default=0)} of {self.most}"
        yield Finding("restores at once", {}, beyond, shown)


def many_restores(
    cloud: Cloud,
    tell: Tell,
    count: int,
    seconds: float = COPY_SECONDS,
    most: int = many.AT_ONCE,
) -> tuple[Result, Drawn, Recovered]:
    """Recovers a plan of `count` restores, while a copy lasts so many `seconds`.

    By the plan at `most` so many of a group run at the same time.
    """
    restores = many.asked(count)
    tell("arranging the sources that they share")
    with cloud.at_once():
        plan = many.plan(restores, many.profiles(cloud, restores), most)
    before, copies = Inventory.taken(cloud), Copies(last_call=cloud.last_call())

    def look() -> None:
        copies.hear(cloud.calls(copies.last_call))

    deployed = Deployed.on(cloud)
    with cloud.lasting(snapshot_copy=seconds, db_snapshot_copy=seconds):
        recovered = recover(deployed, plan, tell, look, every=1, timeout=120 + 6 * count)
    look()
    limits = cloud.steer("GET", "/rules/settings")["limits"]
    at_once = many.at_once(deployed, recovered.arn, restores)
    drawn = Drawn(copies, seconds, limits, at_once, most)
    print()
    for name, words in (_told(recovered) | drawn.told()).items():
        tell(f"{name:<18} {words}")
    findings = [
        *recovered.findings(),
        *many.many_findings(deployed, recovered.arn, restores, before),
        *drawn.findings(),
    ]
    return Result(f"{count} restores", recovered.seconds, findings), drawn, recovered


def _told(recovered: Recovered) -> dict[str, str]:
    counts = recovered.outcome["summary"]["counts"]
    ends = ("succeeded", "failed", "notStarted")
    by_end = ", ".join(f"{counts[it]} {it}" for it in ends if counts[it])
    rate = counts["restores"] / recovered.seconds
    return {
        "restores": f"{counts['restores']}: {by_end}",
        "time": f"{recovered.seconds:.0f} s, {rate:.1f} restores a second",
    }
