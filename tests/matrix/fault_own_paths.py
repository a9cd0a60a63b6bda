"""Calls of the steps at which what AWS answers has a meaning of its own."""

from __future__ import annotations

from matrix import fault_answers as kinds
from matrix.fault_answers import Answer
from matrix.fault_expected import Expected, Rule, as_asked, tried_again, who
from matrix.fault_sites import Site

TAKEN_AS_GONE = {
    "ec2:DeleteVolume",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSnapshot",
    "ec2:TerminateInstances",
    "rds:DeleteDBSnapshot",
    "rds:DeleteDBInstance",
    "kms:ListGrants",
    "kms:RevokeGrant",
}
"""Calls whose aim is reached when what they name is not there; with a key, its grants are gone."""

MAKES_ROOM = {
    "ec2:DeleteVolume",
    "ec2:TerminateInstances",
    "rds:DeleteDBSnapshot",
    "rds:DeleteDBInstance",
}
"""Those by which a maker removes what is in the way of what it is to make."""


def own_path(site: Site, answer: Answer) -> Rule | None:
    """The rule of such a call; None for all others."""
    waits = site.function == "wait-until-available"
    not_there = answer.kind == kinds.NOT_FOUND
    if site.operation.startswith("kms:"):
        return _of_a_grant(site, answer)
    if site.operation in MAKES_ROOM and site.function in MAKERS and not_there:
        return Rule("said to be gone", as_asked(), Expected("TimedOut", ("options.timeoutHours",)))
    if site.operation == "ec2:DescribeInstanceStatus" and not_there:
        # AWS contradicts itself: the instance is asked for, and is there.
        return Rule("not yet there", as_asked(), Expected("TimedOut", ("options.timeoutHours",)))
    if waits and not_there:
        # Not yet; and once AWS has had the time to know, not any more.
        return Rule("not yet there", as_asked(), Expected("ResourceFailed", (" has been ",)))
    if site.operation == "ec2:DescribeInstances" and not_there:
        return tried_again("not yet there", site, "is not visible")
    if site.operation == "ec2:CreateSecurityGroup" and answer.kind == kinds.CONFLICT:
        # Made by a call whose answer was lost: it is looked for, and seen late.
        return tried_again("made before", site, "is not visible yet")
    if site.operation == "rds:ModifyDBInstance" and answer.kind == kinds.STATE:
        # A backup, or a change: it is waited for like the modification itself.
        return Rule("not now", as_asked(), Expected("TimedOut", ("options.timeoutHours",)))
    if answer.code == "IdempotentParameterMismatch":
        # Its token is burnt, and the next one is taken.
        fails = Expected("Unexpected", (site.operation, "begin anew under another restoreId"))
        return Rule("token burnt", as_asked(), fails)
    if site.operation in TAKEN_AS_GONE and not_there:
        return Rule("taken as gone", as_asked(), as_asked(believed=True))
    if answer.code in JUST_MADE.get(site.operation, ()):
        return tried_again("not yet known", site, site.operation, answer.code)
    if site.operation in NAMES and site.function in MAKERS and not_there:
        # So AWS says that the name is free.
        return Rule("as always", as_asked(), as_asked())
    if answer.kind == kinds.CAPACITY:
        # The request names no other place. What EC2 says as a server error, the SDK tries again.
        fails = Expected(answer.means, (site.operation, answer.code, who(site)))
        return Rule("no other place", as_asked() if answer.status >= 500 else fails, fails)
    return None


def _of_a_grant(site: Site, answer: Answer) -> Rule | None:
    if site.operation == "kms:CreateGrant" and answer.kind == kinds.LIMIT:
        # The SDK takes its code for throttling, and tries again.
        fails = Expected(answer.means, (site.operation, answer.code, who(site)))
        return Rule("tried again by the SDK", as_asked(), fails)
    if site.operation == "kms:Decrypt" and answer.kind == kinds.DENIED:
        # The key may answer to its grant later; in words that do not name the grant's half, it need
        # not: the role may be allowed the use of it through EC2 and RDS alone.
        return Rule("not yet spread", as_asked(), as_asked())
    return None


JUST_MADE = {
    "ec2:CopySnapshot": ("InvalidSnapshot.NotFound",),
    "ec2:CreateVolume": ("InvalidSnapshot.NotFound",),
    "ec2:RunInstances": ("InvalidGroup.NotFound",),
    "ec2:StopInstances": ("InvalidInstanceID.NotFound",),
    "ec2:DetachVolume": ("InvalidInstanceID.NotFound", "InvalidVolume.NotFound"),
    "ec2:AttachVolume": ("InvalidInstanceID.NotFound", "InvalidVolume.NotFound"),
    "ec2:ModifyInstanceAttribute": ("InvalidInstanceID.NotFound",),
    "ec2:DescribeInstanceAttribute": ("InvalidInstanceID.NotFound",),
    "ec2:DescribeIamInstanceProfileAssociations": ("InvalidInstanceID.NotFound",),
    "ec2:AssociateIamInstanceProfile": ("InvalidInstanceID.NotFound",),
    "ec2:StartInstances": ("InvalidInstanceID.NotFound",),
    "ec2:CreateTags": ("InvalidInstanceID.NotFound",),
    "rds:CopyDBSnapshot": ("DBSnapshotNotFound",),
    "rds:RestoreDBInstanceFromDBSnapshot": ("DBSnapshotNotFound",),
    "rds:ModifyDBInstance": ("DBInstanceNotFound",),
}
"""How AWS does not know what a step's call names and the restore has made just before."""

NAMES = {"rds:DescribeDBInstances", "rds:DescribeDBSnapshots"}
MAKERS = {"copy-snapshot", "reencrypt-copy", "create-instance"}
"""Functions that look whether what they are to make is there."""
