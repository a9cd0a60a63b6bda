"""One gift taken away: what a dry run says of it, and whether what it says to paste mends it."""

from __future__ import annotations

import fnmatch
import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from restore.start import start

from permissions.gifts import Gift, Policy, Statement
from permissions.lane import Lane
from permissions.open import defect_of

ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
REFUSALS = {"Restore.AccessDenied", "Restore.KeyNotUsable"}

PASTE = re.compile(r"add to (?:the key policy of|a policy of the role) (?P<holder>\S+): (?=\{)")
"""How a refusal says where a statement belongs; the statement follows."""


@dataclass(frozen=True)
class Planned:
    """How a dry run ended."""

    status: str
    error: str
    cause: str
    rows: list[dict[str, Any]]
    """The plan's table of permissions."""

    @property
    def passed(self) -> bool:
        """Whether there is a plan."""
        return self.status == "SUCCEEDED"

    def arns(self) -> list[str]:
        """The ARNs that the refusal names, and `*` for what is on no resource in particular."""
        return ["*", *re.findall(r"arn:[^\s\"',;)]+", self.cause)]

    def statements(self) -> Iterator[tuple[str, Statement]]:
        """What the refusal gives to paste: the ARN of the role or key, and the statement."""
        for found in PASTE.finditer(self.cause):
            statement, _ = json.JSONDecoder().raw_decode(self.cause[found.end() :])
            yield found["holder"], statement

    def warns_of(self, gift: Gift) -> bool:
        """Whether the plan says that it cannot tell: of the gift, or for want of it."""
        who = gift.to if gift.policy is Policy.TRUST else gift.role
        return any(
            (row["role"], row["action"]) == (who, gift.action) or gift.action in row["why"]
            for row in self.rows
            if row["proof"] == "cannotBeProven"
        )

    @property
    def proves_all(self) -> bool:
        """Whether nothing is left open."""
        return self.passed and all(row["proof"] == "allowed" for row in self.rows)


def plan(lane: Lane, timeout: float = 60) -> Planned:
    """Runs the lane's request as a dry run."""
    scene = lane.scene.asking(options={"dryRun": True})
    arn, client = start(lane.cloud, scene.request), lane.cloud.step_functions
    deadline = time.monotonic() + timeout
    while True:
        seen = client.describe_execution(executionArn=arn)
        if seen["status"] in ENDED:
            break
        if time.monotonic() > deadline:
            raise AssertionError(f"{arn} did not end within {timeout:.0f} s")
        time.sleep(0.2)
    output = json.loads(seen.get("output") or "{}")
    rows = output.get("plan", {}).get("preflight", [])
    return Planned(seen["status"], seen.get("error", ""), _words(seen.get("cause", "")), rows)


def _words(cause: str) -> str:
    """The message of a cause, which Step Functions may have wrapped as JSON."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause


@dataclass(frozen=True)
class Outcome:
    """What became of a case."""

    flow: str
    gift: Gift
    named: bool = False
    """The preflight refuses, names it, and what it gives to paste mends it."""
    warned: bool = False
    """The preflight warns of what it cannot tell, where there is such a thing."""
    amiss: str = ""
    """What is wrong, in words."""

    @property
    def defect(self) -> str | None:
        """The defect that is known to stand behind it, which must show until it is mended."""
        thing = re.sub(r" \(\d+\)$", "", self.gift.thing)
        return defect_of(self.flow, self.gift.action, thing)

    @property
    def failed(self) -> bool:
        """Whether it is neither told by name nor warned of."""
        return not (self.named or self.warned)

    def __str__(self) -> str:
        """The case and what is wrong with it."""
        return f"{self.flow}: {self.gift.shown}: {self.amiss}"


def taken_away(lane: Lane, gift: Gift) -> Outcome:
    """What the preflight says without the gift, which is given back in the end.

    What it gives to paste is tried, unless it is the gift word for word.
    """
    gifts = [*lane.needed, *lane.for_proof]
    rest = [it for it in gifts if it != gift]
    try:
        lane.give(rest)
        planned = plan(lane)
        if planned.passed:
            # What is only asked to prove something may turn out not to be needed for that.
            missed_by_nobody = gift in lane.for_proof and planned.proves_all
            return Outcome(lane.flow, gift, warned=planned.warns_of(gift) or missed_by_nobody)
        amiss = unsaid(planned, gift)
        if not amiss and gift.policy is not Policy.TRUST and not _is_gift(planned, gift):
            amiss = _after_pasting(lane, rest, planned)
        return Outcome(lane.flow, gift, named=not amiss, amiss=amiss)
    finally:
        lane.give(gifts)


def _is_gift(planned: Planned, gift: Gift) -> bool:
    """Whether the refusal gives the very gift back: then it is known to mend what it lacks."""
    try:
        [(holder, given)] = planned.statements()
    except ValueError:
        return False
    same = gift.statement(via=None) | {"Action": [gift.action]}
    if gift.policy is Policy.ROLE and len(gift.resources) == 1:
        same["Resource"] = gift.resources[0]
    return holder == gift.holder and {it: given[it] for it in given if it != "Sid"} == same


def _after_pasting(lane: Lane, rest: Iterable[Gift], planned: Planned) -> str:
    """What is still amiss with what the refusal gives pasted where it says, all at once."""
    try:
        lane.give(rest, pasted=planned.statements())
    except ClientError as error:
        return f"AWS does not take what it gives to paste: {error}: {planned.cause}"
    again = plan(lane)
    return "" if again.passed else f"what it gives to paste does not mend it: {again.cause}"


def unsaid(planned: Planned, gift: Gift, simulated: bool = True) -> str:
    """What the refusal does not say of the gift; nothing where it says all.

    Where IAM may not be asked to simulate, nothing tells of what is not there yet: of a pattern,
    what is there suffices.
    """
    if planned.error not in REFUSALS:
        return f"{planned.error}: {planned.cause}"
    words = [gift.action, gift.role, *(["trust policy"] if gift.policy is Policy.TRUST else [])]
    missing = [word for word in words if word not in planned.cause]
    if not any(fnmatch.fnmatchcase(arn, it) for arn in planned.arns() for it in gift.resources):
        missing.append(gift.thing)
    if missing:
        return f"says nothing of {', '.join(missing)}: {planned.cause}"
    if gift.policy is Policy.TRUST:
        return ""
    places = {holder for holder, _ in planned.statements()}
    if places != {gift.holder}:
        given = f"in {', '.join(sorted(places))}" if places else "nowhere"
        return f"gives statements {given}, not in {gift.holder}: {planned.cause}"
    given = [it for _, statement in planned.statements() for it in _resources(statement)]
    if gift.policy is Policy.ROLE:
        bare = [
            arn
            for arn in gift.resources
            if not any(fnmatch.fnmatchcase(arn, it) for it in given)
            and (simulated or not any(fnmatch.fnmatchcase(it, arn) for it in given))
        ]
        return f"gives nothing for {', '.join(bare)}: {planned.cause}" if bare else ""
    return ""


def _resources(statement: Statement) -> list[str]:
    named = statement["Resource"]
    return named if isinstance(named, list) else [named]
