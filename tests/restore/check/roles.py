"""Which calls each role may make, as a table: who does what in a restore.

The functions' own roles assume the two others and do nothing else. Between two accounts the
source role only reads and shares; within one account the restore role does it all, also the reads
of the source role where there is none. Every call is listed, reads too, so that a new one is a
decision and not an accident.
"""

from __future__ import annotations

from restore.arrange import Scene

FUNCTION = {"sts:AssumeRole"}

PROVE = {
    "kms:GetKeyPolicy",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
}
"""What the preflight asks beside what a restore itself has to know."""

DRY_RUNS = {
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncrypt",
}
"""What either role tries as a dry run, of the calls that services will make on its behalf."""

READ_SOURCE = {
    "ec2": {
        "ec2:DescribeSnapshots",
        "ec2:DescribeSnapshotAttribute",
        "ec2:DescribeInstances",
        "ec2:DescribeVolumes",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceAttribute",
        "kms:DescribeKey",
    },
    "rds": {
        "rds:DescribeDBSnapshots",
        "rds:DescribeDBSnapshotAttributes",
        "rds:DescribeDBInstances",
        "rds:DescribeOptionGroups",
        "kms:DescribeKey",
    },
}
SHARE = {
    "ec2": {"ec2:ModifySnapshotAttribute", "ec2:CreateTags", "ec2:DeleteTags"},
    "rds": {
        "rds:ModifyDBSnapshotAttribute",
        "rds:AddTagsToResource",
        "rds:RemoveTagsFromResource",
    },
}
STAGE = {
    "ec2": {"ec2:CopySnapshot", "ec2:DeleteSnapshot"},
    "rds": {"rds:CopyDBSnapshot", "rds:DeleteDBSnapshot"},
}
GRANT = {"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"}
READ_TARGET = {
    "ec2": {
        # Whether there is what the request asks for, and whether it fits.
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeKeyPairs",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "iam:GetInstanceProfile",
        "kms:DescribeKey",
        # How far what was made is: the copies, the instance, its volumes and settings.
        "ec2:DescribeIamInstanceProfileAssociations",
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstances",
        "ec2:DescribeSnapshots",
        "ec2:DescribeVolumeStatus",
        "ec2:DescribeVolumes",
    },
    "rds": {
        # Whether there is what the request asks for, whether it fits, and whether there is room.
        "ec2:DescribeSecurityGroups",
        "kms:DescribeKey",
        "rds:DescribeAccountAttributes",
        "rds:DescribeDBEngineVersions",
        "rds:DescribeDBParameterGroups",
        "rds:DescribeDBSubnetGroups",
        "rds:DescribeOptionGroups",
        "rds:DescribeOrderableDBInstanceOptions",
        # How far what was made is: the copies, the DB instance.
        "rds:DescribeDBInstances",
        "rds:DescribeDBSnapshots",
    },
}
COPY = STAGE
RESTORE = {
    "ec2": {
        "ec2:RunInstances",
        "ec2:StopInstances",
        "ec2:StartInstances",
        "ec2:TerminateInstances",
        "ec2:CreateVolume",
        "ec2:DeleteVolume",
        "ec2:AttachVolume",
        "ec2:DetachVolume",
        "ec2:ModifyInstanceAttribute",
        "ec2:AssociateIamInstanceProfile",
        "ec2:CreateSecurityGroup",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:DeleteSecurityGroup",
        "ec2:CreateTags",
        "ec2:DeleteTags",
    },
    "rds": {
        "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:ModifyDBInstance",
        "rds:DeleteDBInstance",
        "rds:AddTagsToResource",
        "rds:RemoveTagsFromResource",
    },
}


def source_role_calls(scene: Scene) -> set[str]:
    """What the source role may call in this restore."""
    service = scene.service
    allowed = READ_SOURCE[service] | PROVE
    if scene.source.account != scene.target.account:
        allowed = allowed | SHARE[service]
        if "stagingKmsKeyId" in scene.request["source"]:
            allowed = allowed | STAGE[service]
        if scene.request["source"].get("grantKeyAccess"):
            allowed = allowed | GRANT
    return allowed


def restore_role_calls(scene: Scene, copies: int) -> set[str]:
    """What the restore role may call in this restore, whose path has `copies` copies."""
    service = scene.service
    allowed = READ_TARGET[service] | RESTORE[service] | PROVE
    return allowed | COPY[service] if copies else allowed


def dry_runs(allowed: set[str]) -> set[str]:
    """What a role that may call `allowed` may try as a dry run."""
    return allowed | DRY_RUNS
