"""The ARNs by which policies name EC2's resources (Service Authorization Reference of EC2)."""

from __future__ import annotations

WITHOUT_ACCOUNT = frozenset({"image", "snapshot"})
"""What anybody may own: these ARNs leave the account out."""


def arn(kind: str, resource_id: str, region: str, account: str) -> str:
    """The ARN of one resource, or, with the id `*`, of one that is yet to be made."""
    owner = "" if kind in WITHOUT_ACCOUNT else account
    return f"arn:aws:ec2:{region}:{owner}:{kind}/{resource_id}"
