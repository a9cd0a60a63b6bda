"""What policies say of a request."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable

from resource_plane.policy.context import Context
from resource_plane.policy.document import Statement, statements


class Verdict(enum.Enum):
    """The outcome of one kind of policies."""

    DENIED = "an explicit deny"
    ALLOWED = "an allow"
    SILENT = "no allow"


class Reach(enum.Enum):
    """Whom a statement of a resource's policy names."""

    NOBODY = "the caller is not among the principals"
    ACCOUNT = "the caller's account, whose own policies then decide"
    CALLER = "the caller itself: its role or user, or everybody"
    SESSION = "this very session, which no session policy then narrows"


def of_identity(
    documents: Iterable[str], action: str, resource: str | None, context: Context
) -> Verdict:
    """What identity policies (or session policies, or a boundary) say together."""
    verdict = Verdict.SILENT
    for document in documents:
        for statement in statements(document):
            if verdict is Verdict.ALLOWED and statement.allows:
                continue
            if statement.covers(action, resource, context):
                if not statement.allows:
                    return Verdict.DENIED
                verdict = Verdict.ALLOWED
    return verdict


def of_resource(
    document: str,
    principals: Principals,
    action: str,
    resource: str | None,
    context: Context,
) -> tuple[Verdict, Reach]:
    """What a resource's own policy says to a caller, and to whom it says so at the widest."""
    reach = Reach.NOBODY
    for statement in statements(document):
        reached = principals.reached_by(statement)
        if reached is Reach.NOBODY or not statement.covers(action, resource, context):
            continue
        if not statement.allows:
            return Verdict.DENIED, reached
        reach = widest([reach, reached])
    return (Verdict.SILENT if reach is Reach.NOBODY else Verdict.ALLOWED), reach


_ORDER = [Reach.NOBODY, Reach.ACCOUNT, Reach.CALLER, Reach.SESSION]


def widest(reaches: Iterable[Reach]) -> Reach:
    """The reach that asks least of the caller's own policies; NOBODY if there is none."""
    return max(reaches, key=_ORDER.index, default=Reach.NOBODY)


class Principals:
    """The names by which the principals of a statement may mean a caller."""

    def __init__(self, account: str, principal_arn: str, session_arn: str) -> None:
        """Takes the caller's account, its role or user, and its session (else the same again)."""
        self._account = account
        self._principal = principal_arn
        self._session = session_arn
        self._root = f"arn:aws:iam::{account}:root"

    def reached_by(self, statement: Statement) -> Reach:
        """How a statement's Principal (or NotPrincipal) means the caller."""
        if statement.not_principals:
            spared = any(
                self._reached(kind, name) is not Reach.NOBODY
                for kind, name in statement.not_principals
            )
            return Reach.NOBODY if spared else Reach.CALLER
        return widest(self._reached(kind, name) for kind, name in statement.principals)

    def _reached(self, kind: str, name: str) -> Reach:
        return self.named(name) if kind == "AWS" else Reach.NOBODY

    def named(self, name: str) -> Reach:
        """How an ARN, an account id or `*` means the caller."""
        if name == "*":
            return Reach.CALLER
        if name == self._session and self._session != self._principal:
            return Reach.SESSION
        if name == self._principal and name != self._root:
            return Reach.CALLER
        if name == self._account or _same_root(name, self._root):
            return Reach.ACCOUNT
        return Reach.NOBODY


def _same_root(name: str, root: str) -> bool:
    return re.sub(r"^arn:aws[a-z-]*:", "arn:aws:", name) == root
