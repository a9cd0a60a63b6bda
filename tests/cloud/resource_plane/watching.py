"""What watched roles had to be allowed: every question that AWS put to their policies.

A call of EC2 or RDS asks for more than its own action: the tagging of what it makes, the passing
of a role, the use of keys by the service on the caller's behalf, which EBS asks for only later.
The recorded calls do not show these; a test that compares a role's policies with what a restore
needs watches the role. Each question is noted once, however often it is put.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from resource_plane.principal import Caller
from resource_plane.reset import on_reset


@dataclass(frozen=True)
class Question:
    """Whether a role may do something."""

    action: str
    """As policies name it, such as `kms:ReEncryptFrom`."""
    resource: str | None
    """The ARN; None where any will do."""
    region: str
    via: str | None
    """The service that uses a key on the role's behalf: `ec2` or `rds`."""
    dry: bool
    """Whether it was a dry run, after which nothing is done."""
    allowed: bool


_watched: dict[str, dict[Question, None]] = {}


def watch(role_arn: str) -> None:
    """From now on notes what the role is asked, and forgets what it was asked before."""
    _watched[role_arn] = {}


def note(caller: Caller, question: Question) -> None:
    """Notes a question and its answer, where the caller's role is watched."""
    asked = _watched.get(caller.role_arn or "")
    if asked is not None:
        asked[question] = None


def asked(role_arn: str) -> list[dict[str, Any]]:
    """The questions since the role is watched, in the order in which each was first put."""
    return [asdict(question) for question in _watched.get(role_arn, ())]


@on_reset
def forget() -> None:
    """Watches nobody any more."""
    _watched.clear()
