"""What is known to be amiss with the preflight, by flow, action and thing, until it is mended.

A plan without what is listed must come out wrong: whoever mends a defect takes its lines out.
"""

from __future__ import annotations

import fnmatch

NO_STATEMENT = "a denied read is named, and nothing is given to paste"
NOT_KNOWN = "the preflight does not know that the restore needs it"
NOT_TRUSTED = "the plan does not say that it cannot tell of the other functions"

OPEN: dict[str, list[tuple[str, str, str]]] = {
    NO_STATEMENT: [
        ("*", "kms:DescribeKey", "target key"),
        ("*", "kms:DescribeKey", "intermediate key"),
        ("ec2-*", "ec2:DescribeImages", "*"),
        ("ec2-*", "ec2:DescribeInstanceAttribute", "source instance"),
        ("ec2-*", "ec2:DescribeInstances", "*"),
        ("ec2-*", "ec2:DescribeSecurityGroups", "*"),
        ("ec2-*", "ec2:DescribeSnapshots", "*"),
        ("ec2-*", "ec2:DescribeSubnets", "*"),
        ("ec2-*", "ec2:DescribeVolumes", "*"),
        ("rds-*", "rds:DescribeDBInstances", "all DB instances"),
        ("rds-*", "rds:DescribeDBSnapshots", "source snapshots"),
        ("rds-*", "rds:DescribeDBSnapshots", "all source snapshots"),
        ("rds-*", "rds:DescribeDBSnapshots", "copies"),
    ],
    NOT_KNOWN: [
        ("rds-*", "rds:RestoreDBInstanceFromDBSnapshot", "default option group"),
        ("rds-*", "rds:RestoreDBInstanceFromDBSnapshot", "default DB parameter group"),
    ],
    NOT_TRUSTED: [
        ("*", "sts:AssumeRole", "share-snapshot"),
        ("*", "sts:AssumeRole", "copy-snapshot"),
        ("*", "sts:AssumeRole", "reencrypt-copy"),
        ("*", "sts:AssumeRole", "create-instance"),
        ("*", "sts:AssumeRole", "create-and-attach-volumes"),
        ("*", "sts:AssumeRole", "wait-until-available"),
        ("*", "sts:AssumeRole", "clean-up"),
    ],
}


def defect_of(flow: str, action: str, thing: str) -> str | None:
    """The defect that the case belongs to, in words."""
    for defect, cases in OPEN.items():
        for flows, *listed in cases:
            if fnmatch.fnmatchcase(flow, flows) and listed == [action, thing]:
                return defect
    return None
