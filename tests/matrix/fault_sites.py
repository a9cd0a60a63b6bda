"""The calls at which a restore can be refused, told apart by who makes them, where and how.

A *site* is a call in the code of one function: `ec2:DescribeSnapshots` of the step that copies, by
tag, is another than that of the step that waits, by id. Which sites a flow has is read from the
recorded calls of an undisturbed restore, so that none can be forgotten.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from matrix.points import _session

Call = dict[str, Any]

PLAN, CLEAN_UP = "plan-restore", "clean-up"

STACK = "restore-"
"""What the names of deployed functions begin with."""

READ = re.compile(r"^(sts:AssumeRole|\w+:(Describe|Get|List|Simulate)\w+)$")

FIT = {"ec2:DescribeInstanceTypeOfferings", "rds:DescribeDBEngineVersions"}
"""What a plan asks last of what it has to know, before it proves what the roles may do."""

TAGGED = re.compile(r"(?:arn:[^:]+:rds:[^:]*:[^:]*:)?(snap(?=-)|i(?=-)|snapshot|db)")
"""What a tag is on."""

SAID_BY_ALL = {"DryRun", "Encrypted", "ExternalId", "DurationSeconds", "MaxResults", "NextToken"}
"""Parameters that do not tell one call from another."""


@dataclass(frozen=True)
class Site:
    """One call in the code of one function."""

    function: str
    operation: str
    role: str
    """The name of the role that calls: a function's own for `sts:AssumeRole`."""
    region: str
    dry: bool
    assumes: str
    """The name of the role that is assumed, for `sts:AssumeRole`."""
    shape: str
    """Which parameters it gives, and by what it filters."""
    last: int = field(default=0, compare=False)
    """The same of the last time that it is called."""
    service: str = field(default="", compare=False)
    """What is restored: `ec2` or `rds`."""
    weighed: bool = False
    """Whether it is asked for what it proves: after all that the plan has to know."""
    named: str = field(default="", compare=False)
    """The function's name where it is deployed."""
    skip: int = field(default=0, compare=False)
    """How many calls that its match takes come before it."""
    skip_own: int = field(default=0, compare=False)
    """How many of them are of the same function."""

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.dry or bool(READ.match(self.operation))

    @property
    def names_something(self) -> bool:
        """Whether it asks for what it names, so that AWS says so if that is not there."""
        return "Filters" not in self.shape and bool(re.search(r"Id|Name|Arn", self.shape))

    @property
    def match(self) -> dict[str, Any]:
        """What an injection matches it by, but for the restore (see `injections`)."""
        asked: dict[str, Any] = {}
        if self.operation == "sts:AssumeRole":
            asked = {"RoleArn": self.assumes}
        elif self.operation.startswith("ec2:"):
            asked = {"DryRun": True if self.dry else None}
        place = {"role": self.role, "region": self.region}
        return {"action": self.operation, **place, "params": asked}

    @property
    def own_match(self) -> dict[str, Any]:
        """The same for calls of its function alone."""
        return self.match | {"function": self.named}

    def meets(self, other: Site) -> bool:
        """Whether what is injected from this site on is met by the other one too."""
        return self.match == other.match and other.last >= self.skip

    def __str__(self) -> str:
        """As the table names it."""
        dry = " as a dry run" if self.dry else ""
        whom = f" of {self.assumes}" if self.assumes else ""
        return f"{self.operation}{whom}{dry} by {self.role} in {self.region} ({self.shape})"


def sites_of(calls: Iterable[Call], restore_id: str, service: str) -> list[Site]:
    """The sites of the restore among recorded calls, in the order in which they are first met.

    A site that changes something is met at the last call of its first invocation: there, what came
    before it has been made, and a restore that stops has something to remove.
    """
    found: dict[Site, Site] = {}
    first_met: dict[Site, int] = {}
    seen: Counter[str] = Counter()
    fit: set[int] = set()
    for invocation, function, call in invocations(calls, restore_id):
        site = _counted(_site(call, function), seen)
        weighed = _is_proving(invocation, site.operation, fit)
        site = replace(site, service=service, weighed=weighed, last=site.skip)
        is_new = first_met.setdefault(site, invocation) == invocation and site not in found
        comes_last = not site.is_read and site.function not in (PLAN, CLEAN_UP)
        if is_new or (comes_last and first_met[site] == invocation):
            found[site] = site
        found[site] = replace(found[site], last=site.skip)
    return list(found.values())


def last_of(calls: Iterable[Call], restore_id: str, function: str, operation: str) -> Site:
    """The last call of `operation` that `function` makes."""
    seen: Counter[str] = Counter()
    last = None
    for _, of, call in invocations(calls, restore_id):
        site = _site(call, of)
        counted = _counted(site, seen)
        if (of, site.operation) == (function, operation):
            last = counted
    if last is None:
        raise AssertionError(f"{function} does not call {operation}")
    return last


def invocations(calls: Iterable[Call], restore_id: str) -> Iterator[tuple[int, str, Call]]:
    """The restore's calls, each with the number of its invocation and the name of its function."""
    number, function, assumed = 0, "", set()
    for call in calls:
        if _session(call) != restore_id:
            continue
        caller = call["function"].removeprefix(STACK)
        wanted = (call["params"].get("RoleArn"), call["region"])
        # An execution does one thing at a time, and an invocation assumes a role in a Region once.
        if caller != function or (call["action"] == "AssumeRole" and wanted in assumed):
            number, function, assumed = number + 1, caller, set()
        if call["action"] == "AssumeRole":
            assumed.add(wanted)
        yield number, function, call


def _is_proving(invocation: int, operation: str, fit: set[int]) -> bool:
    """Whether the plan of this number has come to its proofs; `fit` holds those that have."""
    if operation in FIT:
        fit.add(invocation)
    return invocation in fit and operation == "kms:DescribeKey"


def _counted(site: Site, seen: Counter[str]) -> Site:
    """The site with how many calls like it have been seen, which is counted."""
    whole, own = str(site.match), str(site.own_match)
    counted = replace(site, skip=seen[whole], skip_own=seen[own])
    seen.update((whole, own))
    return counted


def _site(call: Call, function: str) -> Site:
    asked = call["params"]
    names = {name for name, value in asked.items() if value is not None} - SAID_BY_ALL
    filters = [one["Name"] for one in asked.get("Filters") or () if isinstance(one, dict)]
    tagged = TAGGED.match((asked.get("Resources") or [asked.get("ResourceName") or ""])[0])
    return Site(
        function,
        f"{call['service']}:{call['action']}",
        call["roleArn"].rpartition("/")[2],
        call["region"],
        bool(asked.get("DryRun")),
        asked.get("RoleArn", "").rpartition("/")[2] if call["action"] == "AssumeRole" else "",
        ",".join([*sorted(names), *sorted(filters), *([tagged[1]] if tagged else [])]),
        named=call["function"],
    )
