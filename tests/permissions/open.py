"""What is known to be amiss with the preflight, by flow, action and thing, until it is mended.

A plan without what is listed must come out wrong: whoever mends a defect takes its lines out.
"""

from __future__ import annotations

import fnmatch

NO_STATEMENT = "a denied read is named, and nothing is given to paste"
SAME_SID = "what it gives to paste does not go into one policy: the statements share their Sid"
NOT_KNOWN = "the preflight does not know that the restore needs it"
OTHER_SNAPSHOT = "the dry run is of one source snapshot, whatever the volumes are made of"
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
    SAME_SID: [
        ("ec2-*", "ec2:CopySnapshot", "source snapshots"),
        ("ec2-*", "ec2:CopySnapshot", "copies"),
        ("ec2-*", "ec2:CreateTags", "source snapshots"),
        ("ec2-*", "ec2:CreateTags", "copies"),
        ("ec2-*", "ec2:DeleteTags", "source snapshots"),
        ("ec2-*", "ec2:ModifySnapshotAttribute", "source snapshots"),
        ("rds-same-location", "rds:CopyDBSnapshot", "copies"),
    ],
    NOT_KNOWN: [
        ("ec2-*", "ec2:DescribeIamInstanceProfileAssociations", "profile of what is made"),
        ("ec2-*", "ec2:DescribeInstanceAttribute", "instances with user data"),
        ("ec2-*", "ec2:DescribeInstanceStatus", "status of what is started"),
        ("ec2-*", "ec2:DescribeSnapshotAttribute", "source snapshots"),
        ("ec2-*", "ec2:DescribeVolumeStatus", "*"),
        ("ec2-*", "ec2:ModifyInstanceAttribute", "groups"),
        ("ec2-*", "ec2:RunInstances", "security groups"),
        ("ec2-*", "iam:PassRole", "profile's role"),
        ("rds-*", "rds:DescribeDBSnapshots", "first copies"),
        ("rds-*", "rds:RestoreDBInstanceFromDBSnapshot", "default option group"),
        ("rds-*", "rds:RestoreDBInstanceFromDBSnapshot", "default DB parameter group"),
    ],
    OTHER_SNAPSHOT: [
        ("ec2-*", "ec2:CreateVolume", "copies"),
        ("ec2-*", "ec2:CreateVolume", "source snapshots"),
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
