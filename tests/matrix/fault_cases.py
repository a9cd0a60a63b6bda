"""Which refusals are tried in which restore.

- What is refused *forever* is tried alone: each path (see `fault_outcomes`) from each site on. If
  the call is made once only, the same restore has shown how it ends when it is refused once.
- What is refused *once*, and must end as asked for, is tried with others in one restore: never two
  of calls that one injection's match would take for each other, so that each meets its own site;
  and no use of a key is denied where the policies cannot be read, without which it is believed.
- What a plan can do without, and what it only weighs, is also refused forever all at once.

Clean-ups after a failure have calls of their own: there a trigger brings the restore to its end.
Of a variant or a detour only the sites are tried that its flow has not.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from matrix import fault_answers as kinds
from matrix.fault_answers import Answer
from matrix.fault_calls import answers_to
from matrix.fault_expected import RESTORED, Expected
from matrix.fault_outcomes import (
    ENDS_AN_INSTANCE,
    EVIDENCE,
    NOT_PROVEN,
    SNAPSHOT_GONE,
    mechanism,
    rule,
)
from matrix.fault_own_paths import TAKEN_AS_GONE
from matrix.fault_run import Fault, Refusal, Result
from matrix.fault_sites import CLEAN_UP, PLAN, Site


@dataclass(frozen=True)
class Sites:
    """The sites of a flow."""

    flow: str
    restored: tuple[Site, ...]
    """Those of a restore that ends well."""
    failed: tuple[Site, ...]
    """Those of the clean-up after one that a trigger ends."""
    trigger: Refusal | None = None
    known: frozenset[Site] = frozenset()
    """Those of its flow, of which it is a variant or a detour."""

    @property
    def own(self) -> list[Site]:
        """The sites of a restore that ends well and not those of its flow."""
        return [it for it in self.restored if it not in self.known]

    @property
    def own_failed(self) -> list[Site]:
        """The same of the clean-up after a failure."""
        return [it for it in self.failed if it not in self.known]

    def meeting(self, site: Site) -> Iterator[Site]:
        """The site, and those that what is refused from it on meets later."""
        yield site
        yield from (it for it in self.restored if it != site and site.meets(it))

    def cleans_up_with(self, site: Site) -> bool:
        """Whether a clean-up makes the call, too."""
        sites = (*self.restored, *self.failed, *self.known)
        return any(site.match == it.match for it in sites if it.function == CLEAN_UP)


@dataclass(frozen=True)
class Chosen:
    """How much is tried: every answer, or one of each path, which the seed decides."""

    everything: bool
    seed: str

    def of(self, site: Site, answers: list[Answer]) -> list[Answer]:
        """Those of `answers`, which take one path at the site, that are tried."""
        if self.everything:
            return answers
        return [random.Random(f"{self.seed} {site}").choice(answers)]

    def alone(self, refusals: list[Refusal]) -> list[Refusal]:
        """Those that are tried forever: of what one piece of code takes alike, one call's."""
        if self.everything:
            return refusals
        alike: dict[tuple[str, ...], list[Refusal]] = defaultdict(list)
        for it in refusals:
            again = it.path in ("tried again", "out of reach")
            of = mechanism(it.site) if again else str(it.site)
            alike[it.site.function, of, it.path, "" if again else it.answer.code].append(it)
        return [random.Random(f"{self.seed} {key}").choice(of) for key, of in alike.items()]


def paths_of(site: Site) -> dict[str, list[Answer]]:
    """What the site can be answered, by the path that the restore then takes."""
    paths: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers_to(site.operation):
        if answer.kind == kinds.NOT_FOUND and not _can_be_missing(site, answer):
            continue
        paths[rule(site, answer).path].append(answer)
    return paths


def _can_be_missing(site: Site, answer: Answer) -> bool:
    """Whether AWS can say that what the call is about is not there."""
    tagged = site.shape.rpartition(",")[2]
    if tagged in NOT_THERE:
        return answer.code == NOT_THERE[tagged]
    return site.names_something or not site.is_read


NOT_THERE = {
    "snap": "InvalidSnapshot.NotFound",
    "i": "InvalidInstanceID.NotFound",
    "snapshot": "DBSnapshotNotFound",
    "db": "DBInstanceNotFound",
}
"""What AWS says when a thing that is tagged is not there."""


def faults_of(sites: Sites, chosen: Chosen) -> list[Fault]:
    """All that is tried of a flow."""
    refusals = [
        Refusal(site, answer, path=path)
        for site in sites.own
        for path, answers in paths_of(site).items()
        for answer in chosen.of(site, answers)
    ]
    once = [it for it in refusals if _can_go_together(it)]
    forever = [replace(it, times=None) for it in refusals]
    harmless = [it for it in forever if _is_harmless(sites, it)]
    return [
        *_together(sites, once),
        *_together(sites, harmless),
        *(_alone(sites, it) for it in chosen.alone(forever) if it not in harmless),
        *(_after_failure(sites, chosen, sites.trigger) if sites.trigger else ()),
    ]


def once_of(results: Iterable[Result]) -> list[Fault]:
    """What ended restores at once and was met again: the same, refused once."""
    found = []
    for result in results:
        for refusal in result.fault.reports:
            once = rule(refusal.site, refusal.answer).once
            met = result.fired[result.fault.refusals.index(refusal)] if result.fired else 0
            if refusal.times is None and met > 1 and not _can_go_together(refusal):
                refused = replace(refusal, times=1)
                others = tuple(it for it in result.fault.refusals if it != refusal)
                expected = replace(result.fault.expected, says=(), leaves=False)
                if not others:
                    expected = once
                told = refusal.path == "told"
                found.append(
                    Fault(result.fault.flow, (*others, refused), expected, told, (refused,))
                )
    return found


def _expected_forever(sites: Sites, refusal: Refusal) -> Expected:
    """The end that the first site brings about at which the refusal is not put up with."""
    found = [rule(it, refusal.answer).forever for it in sites.meeting(refusal.site)]
    return next((it for it in found if it.status != RESTORED), found[0])


def _alone(sites: Sites, refusal: Refusal) -> Fault:
    expected = _expected_forever(sites, refusal)
    may_leave = sites.cleans_up_with(refusal.site)
    if may_leave and _is_believed(refusal):
        # The clean-up is told, too, that it is gone; of a snapshot, and so of its share.
        expected = replace(expected, believed=True)
    return Fault(sites.flow, (refusal,), expected, may_leave, (refusal,))


def _is_believed(refusal: Refusal) -> bool:
    """Whether a clean-up takes it as gone of what the call names, without another look."""
    said = refusal.answer.kind == kinds.NOT_FOUND
    removes = refusal.site.operation in TAKEN_AS_GONE - ENDS_AN_INSTANCE
    return refusal.answer.code in SNAPSHOT_GONE or (said and removes)


def _is_harmless(sites: Sites, refusal: Refusal) -> bool:
    is_of_plan = refusal.site.function == PLAN and not sites.cleans_up_with(refusal.site)
    return is_of_plan and _expected_forever(sites, refusal) == Expected(RESTORED)


def _together(sites: Sites, refusals: Iterable[Refusal]) -> Iterator[Fault]:
    """Restores that each meet as many of the refusals as can be told apart."""
    batches: list[list[Refusal]] = []
    for refusal in refusals:
        free = [it for it in batches if _goes_with(refusal, it)]
        if not free:
            batches.append(free_one := [])
            free = [free_one]
        free[0].append(refusal)
    for batch in batches:
        yield Fault(sites.flow, tuple(batch), Expected(RESTORED), False, tuple(batch))


def _can_go_together(refusal: Refusal) -> bool:
    """Whether it, once, keeps nothing that comes after it from being called."""
    once = rule(refusal.site, refusal.answer).once
    return once.status == RESTORED and refusal.path not in ("told", "taken as gone")


DETOURS = {"token burnt", "made before"}
"""Paths on which a function makes other calls than else, which would be met instead."""


AT_ONE_CLEAN_UP = 4
"""How many refusals one clean-up meets: it has only so much patience with AWS, and compressed time
does not compress an SDK's retries."""


def _goes_with(refusal: Refusal, batch: list[Refusal]) -> bool:
    def apart(other: Refusal) -> bool:
        detour = DETOURS & {refusal.path, other.path}
        same_function = other.site.function == refusal.site.function
        if _is_proof(refusal, other) or _is_proof(other, refusal):
            return False
        return other.site.own_match != refusal.site.own_match and not (detour and same_function)

    cleans_up = sum(it.site.function == CLEAN_UP for it in (refusal, *batch))
    return cleans_up <= AT_ONE_CLEAN_UP and all(apart(it) for it in batch)


def _is_proof(denied: Refusal, other: Refusal) -> bool:
    """Whether the one is a denied use of a key, and the other hides what would speak for it."""
    is_denied = denied.path == NOT_PROVEN and denied.answer.kind == kinds.DENIED
    return is_denied and other.site.operation in EVIDENCE


def _after_failure(sites: Sites, chosen: Chosen, trigger: Refusal) -> Iterator[Fault]:
    """Faults of the clean-up that the trigger brings about."""
    ends_as = rule(trigger.site, trigger.answer).forever.status
    # What a clean-up lists, and how it leaves a share, is the same code after either end.
    own = [it for it in sites.own_failed if chosen.everything or it not in sites.restored]
    for site in own:
        for path, answers in paths_of(site).items():
            for answer in chosen.of(site, answers):
                refusal = Refusal(site, answer, None, path)
                told = rule(site, answer).forever
                expected = Expected(ends_as, told.says, told.leaves, told.believed)
                both = (trigger, refusal)
                yield Fault(sites.flow, both, expected, True, (refusal,))
