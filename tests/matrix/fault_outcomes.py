"""How a restore has to end when a call is refused: once, or from then on forever.

The rules, by what the vocabulary (`statemachine/README.md`) makes of an answer:

- *tried again*: a throttled, failing or silent AWS, or a resource that still changes. Refused
  once, the restore ends as asked; forever, it fails as `Restore.Throttled` after its retries. A
  quota that empties by itself is waited for until the deadline: `Restore.TimedOut`.
- *not yet spread*: a key that cannot be used is tried again a few times where something is made.
- *not yet known*: that AWS does not know what was made or shared a moment ago is tried again, too.
- *said to be gone*: what is to be removed before something else is made counts as gone only once no
  look finds it any more; until then it is waited for.
- *for a person*: everything else fails at once under its own name, whether it would have been
  refused again or not.
- While planning, what the restore can do without (`OPTIONAL`, dry runs, evidence) is a warning.
- In a clean-up, what cannot be removed or looked for is told as left; the restore stays restored,
  or failed as it was.

Beside them stand the calls at which a code has a meaning of its own (`fault_own_paths`).

What is `the same path` is the same code from the answer on: the functions see of an answer only its
name in the vocabulary, so that all answers that are `for a person` take one path at a step, where
none is in `fault_own_paths`. `test_faults.py` tries one of each path, others each day, and all of
them with `MATRIX=all`.
"""

from __future__ import annotations

from matrix import fault_answers as kinds
from matrix.fault_answers import Answer
from matrix.fault_expected import A_KEY, Expected, Rule, as_asked, tried_again, who
from matrix.fault_own_paths import TAKEN_AS_GONE, own_path
from matrix.fault_sites import CLEAN_UP, PLAN, Site

OPTIONAL = {
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeKeyPairs",
    "ec2:DescribeSnapshotAttribute",
    "iam:GetInstanceProfile",
    "rds:DescribeAccountAttributes",
    "rds:DescribeDBEngineVersions",
    "rds:DescribeOrderableDBInstanceOptions",
    "rds:DescribeDBParameterGroups",
    "rds:DescribeDBSubnetGroups",
    "rds:DescribeOptionGroups",
    "rds:DescribeDBSnapshotAttributes",
    "kms:GetKeyPolicy",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
}
"""What a plan is better with, and a restore does without."""

ENDS_AN_INSTANCE = {"ec2:TerminateInstances", "rds:DeleteDBInstance"}
"""Calls of a clean-up whose effect it waits for."""

MARKS, KEEPER = {"ec2:CreateTags", "rds:AddTagsToResource"}, "restore-target"
"""The calls by which a copy is marked as kept, and who makes them; the source role tags shares."""

IS_BUSY = {
    "DependencyViolation",
    "IncorrectInstanceState",
    "IncorrectState",
    "InvalidDBInstanceState",
    "InvalidDBSnapshotState",
    "InvalidGroup.InUse",
    "VolumeInUse",
}
"""Codes for which a clean-up comes back: AWS sees late that nothing holds a thing any more."""


def rule(site: Site, answer: Answer) -> Rule:
    """How a restore ends that meets `answer` at `site`."""
    if site.function == PLAN:
        return _while_planning(site, answer)
    if site.function == CLEAN_UP:
        return _while_cleaning_up(site, answer)
    return own_path(site, answer) or _at_a_step(site, answer)


def mechanism(site: Site) -> str:
    """The code to which a plan's or a clean-up's calls give what may be mended by trying again.

    It is the same for many calls, and the state machine's retrier is one for all of a function's.
    """
    if site.function == PLAN:
        if site.operation == "sts:AssumeRole":
            return "Accounts::open"
        if site.operation in EVIDENCE:
            return site.operation
        if site.dry or _is_evidence(site):
            return "answer::of"
        return "Obstacles::ask" if _is_optional(site) else "Obstacles::note"
    if site.function == CLEAN_UP:
        if site.operation in ("ec2:DescribeVolumeStatus", "ec2:TerminateInstances"):
            return site.operation
        is_listing = site.assumes or (site.is_read and not site.names_something)
        return "Sweep::could_not_list" if is_listing else "Sweep::failed"
    return str(site)


EVIDENCE = {"kms:GetKeyPolicy", "iam:GetRole", "iam:SimulatePrincipalPolicy"}


def _at_a_step(site: Site, answer: Answer) -> Rule:
    if answer.means == "Throttled":
        return tried_again("tried again", site, site.operation, answer.code)
    if answer.means == "QuotaExceeded":
        return Rule(
            WAITED_FOR,
            as_asked(),
            Expected("TimedOut", ("options.timeoutHours", site.operation, answer.code)),
        )
    says = (site.operation, answer.code, who(site))
    if answer.means == "KeyNotUsable" and site.operation in UNDER_A_KEY | USES_A_KEY:
        says += (A_KEY,)
    fails = Expected(answer.means, says)
    if answer.means == "KeyNotUsable" and site.operation in UNDER_A_KEY:
        return Rule("not yet spread", as_asked(), fails)
    return Rule("for a person", fails, fails)


WAITED_FOR = "waited for"
"""The path of what empties by itself."""

UNDER_A_KEY = {
    "ec2:CopySnapshot",
    "ec2:CreateVolume",
    "ec2:RunInstances",
    "rds:CopyDBSnapshot",
    "rds:RestoreDBInstanceFromDBSnapshot",
}
"""Calls that have something made under a key, whose policy may just have been opened."""

USES_A_KEY = {"ec2:AttachVolume", "ec2:StartInstances", "rds:ModifyDBInstance"}
"""Calls that have the key of something used that is there."""


def _while_planning(site: Site, answer: Answer) -> Rule:
    if answer.means == "Throttled":
        return tried_again("tried again", site, site.operation, answer.code)
    not_there = answer.kind == kinds.NOT_FOUND
    if site.operation == "rds:DescribeDBInstances" and not_there:
        # What AWS says of a name that is free.
        return Rule("as always", as_asked(), as_asked())
    if _is_optional(site) and not (not_there and site.operation in NAMED_BY_REQUEST):
        return Rule("a warning", as_asked(), as_asked())
    if site.dry and answer.kind == kinds.DENIED and site.operation.startswith("ec2:"):
        fails = Expected("AccessDenied", (site.operation, answer.code))
        return Rule("proven to be denied", fails, fails)
    if site.dry or _is_evidence(site):
        return Rule(NOT_PROVEN, as_asked(), as_asked())
    fails = Expected(answer.means, (site.operation, answer.code))
    if not_there and site.operation == "ec2:DescribeInstances":
        # Its settings may still be those of an AMI.
        fails = Expected("InvalidInput", ("is not there any more",))
    elif site.operation == "ec2:DescribeInstanceAttribute":
        # Of an instance that was described a moment ago.
        pass
    elif not_there or _is_optional(site):
        # Said by the field of the request that names it.
        means = "InvalidInput" if site.operation in NAMED_BY_REQUEST else answer.means
        fails = Expected(means, ("not found",))
    return Rule("for a person" if answer.means == "Unexpected" else "an obstacle", fails, fails)


NOT_PROVEN = "not proven"
"""The path of a question whose answer is weighed with others."""

NAMED_BY_REQUEST = {
    "iam:GetInstanceProfile",
    "rds:DescribeDBParameterGroups",
    "rds:DescribeDBSubnetGroups",
}
"""Optional reads of what the request names: that it is not there is an obstacle."""


def _is_optional(site: Site) -> bool:
    """Whether it is a read that the plan is better with; of security groups that RDS names, too."""
    return site.operation in OPTIONAL or (
        site.service == "rds" and site.operation == "ec2:DescribeSecurityGroups"
    )


def _is_evidence(site: Site) -> bool:
    """Whether it is a question to KMS whose answer is weighed with others."""
    is_of_key = site.operation.startswith("kms:")
    return is_of_key and (site.weighed or site.operation != "kms:DescribeKey")


def _while_cleaning_up(site: Site, answer: Answer) -> Rule:
    told = as_asked(says=(site.operation, answer.code), leaves=True)
    if answer.means == "Throttled" and answer.code not in IS_BUSY:
        path = "out of reach" if answer.kind == kinds.NO_ANSWER else "tried again"
        return Rule(path, as_asked(), told)
    if site.operation in ENDS_AN_INSTANCE and answer.kind == kinds.NOT_FOUND:
        # It is listed still: what AWS says is believed once the listing agrees.
        return Rule("listed, and not known", as_asked(), told)
    if site.operation in TAKEN_AS_GONE and answer.kind == kinds.NOT_FOUND:
        gone = as_asked(believed=True)
        return Rule("taken as gone", gone, gone)
    if site.operation in MARKS and site.role == KEEPER and answer.code in SNAPSHOT_GONE:
        # A copy that is to be kept: it is listed still.
        return Rule("listed, and not known", as_asked(), told)
    if not site.is_read and answer.code in IS_BUSY:
        return Rule("busy", as_asked(), told)
    of_one = site.names_something or not site.is_read
    if answer.kind == kinds.NOT_FOUND and answer.code in SNAPSHOT_GONE and of_one:
        gone = as_asked(believed=True)
        return Rule("taken as gone", gone, gone)
    # Refused once, it may be asked again by a later call of the same clean-up, or not.
    return Rule("told", as_asked(), told)


SNAPSHOT_GONE = {"InvalidSnapshot.NotFound", "DBSnapshotNotFound"}
