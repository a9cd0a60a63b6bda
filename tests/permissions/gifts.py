"""Where each permission is given: in a policy of the role, and for a key in the key's policy too.

A key of the role's own account is opened to the account, so that the role's policies decide as
well; a key of another account names the role. Either way both halves are needed, and each can be
taken away by itself (KMS/policy-evaluation). Where a grant opens the key, or AWS's own policy does,
the role's half is left.
"""

from __future__ import annotations

import enum
import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from permissions.table import PROOFS, UNDO, Row
from permissions.things import Things
from permissions.variants import STEPS

Statement = dict[str, Any]


class Policy(enum.Enum):
    """The kind of policy that a permission is given in."""

    ROLE = "role"
    KEY = "key policy"
    TRUST = "trust policy"


class Question(NamedTuple):
    """What a role had to be allowed."""

    who: str
    action: str
    resource: str | None
    by_service: bool
    """Whether a service asked, on the role's behalf."""


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
    grantee: str = ""
    """Of a grant that the restore itself gives, the ARN of the role that it is for."""

    @property
    def shown(self) -> str:
        """The gift in a few words."""
        name = self.role.rsplit("/", 1)[-1]
        own = ", its own" if self.grantee else ""
        return f"{self.policy.value}: {self.action}{own} on {self.thing} for {name}"

    def is_asked(self, questions: Iterable[Question]) -> bool:
        """Whether one of the questions is answered by this gift."""
        who = self.to if self.policy is Policy.TRUST else self.role
        return any(
            (who, self.action) == (asked.who, asked.action)
            and any(fnmatch.fnmatchcase(asked.resource or "*", it) for it in self.resources)
            and (self.action != "kms:CreateGrant" or bool(self.grantee) != asked.by_service)
            for asked in questions
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
        if self.grantee:
            return {"StringEquals": {"kms:GranteePrincipal": self.grantee}}
        if self.action == "kms:CreateGrant":
            return {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        if via and self.action.startswith("kms:") and self.action not in ASKED_DIRECTLY:
            return {"StringLike": {"kms:ViaService": f"{via}.*.amazonaws.com"}}
        return {}


ASKED_DIRECTLY = {"kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants", "kms:RevokeGrant"}
"""What the roles themselves ask of keys, before services do or after."""


def needed(flow: str, things: Things) -> list[Gift]:
    """Exactly what the flow, or the variant of one, needs, each gift once."""
    rows = [row for step in STEPS[flow].values() for row in step]
    return _gifts(rows, things)


def trust(flow: str, things: Things, functions: Mapping[str, str]) -> list[Gift]:
    """That each function may assume the roles of its rows; `functions` are its roles by name."""
    return [
        Gift(Policy.TRUST, role, functions[step], role, "sts:AssumeRole", (role,), step)
        for step, rows in STEPS[flow].items()
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
    if _of_what(other) != _of_what(gift):
        return False
    return all(
        any(fnmatch.fnmatchcase(arn, pattern) for pattern in other.resources)
        for arn in gift.resources
    )


def _of_what(gift: Gift) -> tuple[Policy, str, str, str, str]:
    return gift.policy, gift.holder, gift.to, gift.action, gift.grantee


def _of_row(row: Row, things: Things) -> Iterator[Gift]:
    role, arns = things.roles[row.who], things.arns(row.on)
    grantee = things.roles[row.grantee] if row.grantee else ""
    for action in row.actions.split() if arns else ():
        if not action.startswith("kms:"):
            yield Gift(Policy.ROLE, role, role, role, action, tuple(arns), row.on)
            continue
        for number, key in enumerate(arns, 1):
            thing = row.on if len(arns) == 1 else f"{row.on} ({number})"
            yield Gift(Policy.ROLE, role, role, role, action, (key,), thing, grantee)
            if things.is_opened_by_policy(key, role):
                to = _principal(role, key)
                yield Gift(Policy.KEY, key, to, role, action, (key,), thing, grantee)


def _principal(role: str, key: str) -> str:
    account = role.split(":")[4]
    return f"arn:aws:iam::{account}:root" if key.split(":")[4] == account else role
