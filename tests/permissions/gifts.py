"""Where each permission is given: in a policy of the role, and for a key in the key's policy too.

A key of the role's own account is opened to the account, so that the role's policies decide as
well; a key of another account names the role. Either way both halves are needed, and each can be
taken away by itself (KMS/policy-evaluation).
"""

from __future__ import annotations

import enum
import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from permissions.table import FLOWS, PROOFS, UNDO, Row
from permissions.things import Things

Statement = dict[str, Any]


class Policy(enum.Enum):
    """The kind of policy that a permission is given in."""

    ROLE = "role"
    KEY = "key policy"
    TRUST = "trust policy"


@dataclass(frozen=True)
class Gift:
    """One action on one thing, given in one policy."""

    policy: Policy
    holder: str
    """The ARN of the role or of the key whose policy it is."""
    to: str
    """The principal whom a key policy or a trust policy names; the role itself in its own."""
    role: str
    """The ARN of the role that it is for."""
    action: str
    resources: tuple[str, ...]
    thing: str
    """What `table` calls the resources."""

    @property
    def shown(self) -> str:
        """The gift in a few words."""
        name = self.role.rsplit("/", 1)[-1]
        return f"{self.policy.value}: {self.action} on {self.thing} for {name}"

    def is_asked(self, questions: Iterable[tuple[str, str, str]]) -> bool:
        """Whether one of the questions (who, action, on what) is answered by this gift."""
        who = self.to if self.policy is Policy.TRUST else self.role
        return any(
            (who, self.action) == (asker, action)
            and any(fnmatch.fnmatchcase(resource or "*", it) for it in self.resources)
            for asker, action, resource in questions
        )

    def statement(self, via: str | None) -> Statement:
        """As it stands in its policy; use of keys through the service `via` alone, where given."""
        said: Statement = {"Effect": "Allow", "Action": self.action}
        if self.policy is Policy.ROLE:
            said["Resource"] = list(self.resources)
        else:
            said |= {"Principal": {"AWS": self.to}}
        if self.policy is Policy.KEY:
            said["Resource"] = "*"
        condition = self._condition(via)
        return said | ({"Condition": condition} if condition else {})

    def _condition(self, via: str | None) -> Statement:
        if self.action == "kms:CreateGrant":
            return {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        if via and self.action.startswith("kms:") and self.action not in ASKED_DIRECTLY:
            return {"StringLike": {"kms:ViaService": f"{via}.*.amazonaws.com"}}
        return {}


ASKED_DIRECTLY = {"kms:DescribeKey", "kms:GetKeyPolicy"}
"""What the roles themselves ask of keys, before services do."""


def needed(flow: str, things: Things) -> list[Gift]:
    """Exactly what the flow needs, each gift once."""
    rows = [row for step in FLOWS[flow].values() for row in step]
    return _gifts(rows, things)


def trust(flow: str, things: Things, functions: Mapping[str, str]) -> list[Gift]:
    """That each function may assume the roles of its rows; `functions` are its roles by name."""
    return [
        Gift(Policy.TRUST, role, functions[step], role, "sts:AssumeRole", (role,), step)
        for step, rows in FLOWS[flow].items()
        for role in sorted({things.roles[row.who] for row in rows})
    ]


def for_failure(things: Things) -> list[Gift]:
    """What is needed beside to leave nothing when a restore fails."""
    return _gifts(UNDO[things.scene.service], things)


def for_proof(things: Things) -> list[Gift]:
    """What only the preflight asks for."""
    rows = PROOFS[things.scene.service]
    return _gifts([row for row in rows if row.who in things.roles], things)


def _gifts(rows: Iterable[Row], things: Things) -> list[Gift]:
    found = list(dict.fromkeys(gift for row in rows for gift in _of_row(row, things)))
    return [
        gift
        for number, gift in enumerate(found)
        if not any(_covers(other, gift) and not _covers(gift, other) for other in found)
        and not any(_covers(earlier, gift) for earlier in found[:number])
    ]


def _covers(other: Gift, gift: Gift) -> bool:
    """Whether `gift` gives nothing beside `other`, which gives the same action on as much."""
    if (other.policy, other.holder, other.to, other.action) != (
        gift.policy,
        gift.holder,
        gift.to,
        gift.action,
    ):
        return False
    return all(
        any(fnmatch.fnmatchcase(arn, pattern) for pattern in other.resources)
        for arn in gift.resources
    )


def _of_row(row: Row, things: Things) -> Iterator[Gift]:
    role, arns = things.roles[row.who], things.arns(row.on)
    for action in row.actions.split() if arns else ():
        if not action.startswith("kms:"):
            yield Gift(Policy.ROLE, role, role, role, action, tuple(arns), row.on)
            continue
        for number, key in enumerate(arns, 1):
            thing = row.on if len(arns) == 1 else f"{row.on} ({number})"
            yield Gift(Policy.ROLE, role, role, role, action, (key,), thing)
            yield Gift(Policy.KEY, key, _principal(role, key), role, action, (key,), thing)


def _principal(role: str, key: str) -> str:
    account = role.split(":")[4]
    return f"arn:aws:iam::{account}:root" if key.split(":")[4] == account else role
