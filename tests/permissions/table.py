"""The permissions that each flow needs, function by function: `flows.md`, call by call.

A row is who, the actions, on what; each function must be trusted by the roles of its rows. Things
are named as `things` knows them. What a call needs beside its own action (the tags of what it
makes, a role it passes, the keys that EBS and RDS use on the role's behalf) is a row like any
other. A restore asks for exactly these: `test_exact_permissions`.
"""

from __future__ import annotations

from typing import NamedTuple

SOURCE = "source role"
"""In the source account: reads and shares."""

RESTORE = "restore role"
"""In the target account: does the rest, and within one account everything."""


class Row(NamedTuple):
    """What one role must be allowed on one kind of thing."""

    who: str
    actions: str
    on: str
    grantee: str = ""
    """Of grants that the restore itself gives: to whom. Others are AWS's services' own."""


Steps = dict[str, list[Row]]

# What the services do with keys on a role's behalf (`aws-facts.md`, A: K_EBS, K_RDS).

MAKE_VOLUME = (
    "kms:DescribeKey kms:CreateGrant kms:Decrypt kms:GenerateDataKeyWithoutPlaintext "
    "kms:ReEncryptFrom kms:ReEncryptTo"
)
COPY_SNAPSHOT = f"{MAKE_VOLUME} kms:GenerateDataKey"
COPY_DB_SNAPSHOT = f"{COPY_SNAPSHOT} kms:Encrypt"
MAKE_DB_INSTANCE = "kms:DescribeKey kms:CreateGrant"


# EC2, step by step


def find_instance(who: str) -> list[Row]:
    """The source instance, which lends its devices and settings."""
    return [
        Row(who, "ec2:DescribeInstances", "*"),
        Row(who, "ec2:DescribeInstanceAttribute", "source instance"),
    ]


def find_snapshots(who: str) -> list[Row]:
    """The source snapshots, the volumes they are of, and their keys."""
    return [
        Row(who, "ec2:DescribeSnapshots ec2:DescribeVolumes", "*"),
        Row(who, "kms:DescribeKey", "source keys"),
    ]


# How many copies are under way to where the restore's own will go.
OTHERS_COPIES = [Row(RESTORE, "ec2:DescribeSnapshots", "*")]

FIND_PLACE = [
    Row(RESTORE, "ec2:DescribeImages ec2:DescribeSubnets ec2:DescribeSecurityGroups", "*"),
    Row(RESTORE, "ec2:DescribeVolumes", "*"),
    Row(RESTORE, "kms:DescribeKey", "target key"),
]


def share(snapshots: str) -> list[Row]:
    """`snapshots` shared, and no longer."""
    return [
        Row(SOURCE, "ec2:DescribeSnapshots", "*"),
        Row(SOURCE, "ec2:DescribeSnapshotAttribute", snapshots),
        Row(SOURCE, "ec2:ModifySnapshotAttribute", snapshots),
        Row(SOURCE, "ec2:CreateTags ec2:DeleteTags", snapshots),
    ]


SHARE = share("source snapshots")


def copy(who: str, snapshots: str, keys: str, copies: str, new_key: str) -> list[Row]:
    """`snapshots`, which are under `keys`, copied under `new_key`."""
    return [
        Row(who, "ec2:DescribeSnapshots", "*"),
        Row(who, "ec2:CopySnapshot", snapshots),
        Row(who, "ec2:CopySnapshot ec2:CreateTags ec2:DeleteSnapshot", copies),
        Row(who, COPY_SNAPSHOT, keys),
        Row(who, COPY_SNAPSHOT, new_key),
    ]


COPY = copy(RESTORE, "source snapshots", "source keys", "copies", "target key")

LAUNCH = [
    Row(RESTORE, "ec2:DescribeInstances ec2:DescribeSecurityGroups", "*"),
    Row(RESTORE, "ec2:CreateSecurityGroup", "VPC"),
    Row(RESTORE, "ec2:CreateSecurityGroup ec2:CreateTags", "security groups"),
    Row(RESTORE, "ec2:RevokeSecurityGroupEgress", "security groups"),
    Row(RESTORE, "ec2:RunInstances", "image"),
    Row(RESTORE, "ec2:RunInstances", "image's snapshots"),
    Row(RESTORE, "ec2:RunInstances", "subnet"),
    Row(RESTORE, "ec2:RunInstances", "network interfaces"),
    Row(RESTORE, "ec2:RunInstances", "security groups"),
    Row(RESTORE, "ec2:RunInstances", "key pair"),
    Row(RESTORE, "ec2:RunInstances ec2:CreateTags", "instances"),
    Row(RESTORE, "ec2:RunInstances ec2:CreateTags", "volumes"),
    Row(RESTORE, "ec2:StopInstances", "instances"),
    # The placeholder root.
    Row(RESTORE, MAKE_VOLUME, "target key"),
]


def make_volumes(snapshots: str, keys: str) -> list[Row]:
    """The volumes from `snapshots`, in the place of the placeholder, and the instance started."""
    return [
        Row(RESTORE, "ec2:DescribeInstances ec2:DescribeVolumes", "*"),
        Row(RESTORE, "ec2:CreateVolume", snapshots),
        Row(RESTORE, "ec2:CreateVolume ec2:CreateTags", "volumes"),
        Row(RESTORE, "ec2:AttachVolume ec2:DetachVolume", "volumes"),
        Row(RESTORE, "ec2:AttachVolume ec2:DetachVolume", "instances"),
        Row(RESTORE, "ec2:DeleteVolume", "volumes"),
        Row(RESTORE, "ec2:DescribeInstanceAttribute", "instances with user data"),
        Row(RESTORE, "ec2:ModifyInstanceAttribute", "instances"),
        Row(RESTORE, "ec2:StartInstances", "instances to start"),
        Row(RESTORE, "ec2:ModifyInstanceAttribute", "groups"),
        Row(RESTORE, "ec2:DeleteSecurityGroup", "security groups"),
        Row(RESTORE, "ec2:DescribeIamInstanceProfileAssociations", "profile of what is made"),
        Row(RESTORE, "ec2:AssociateIamInstanceProfile", "instances with a profile"),
        Row(RESTORE, "iam:PassRole", "profile's role"),
        Row(RESTORE, MAKE_VOLUME, keys),
        Row(RESTORE, MAKE_VOLUME, "target key"),
    ]


WAIT = [
    Row(RESTORE, "ec2:DescribeInstances ec2:DescribeVolumes", "*"),
    Row(RESTORE, "ec2:DescribeInstanceStatus", "status of what is started"),
]

CLEAN_UP = [
    Row(RESTORE, "ec2:DescribeInstances ec2:DescribeSecurityGroups ec2:DescribeSnapshots", "*"),
    Row(RESTORE, "ec2:DescribeVolumes", "*"),
    Row(RESTORE, "ec2:DeleteSecurityGroup", "security groups"),
]

# Copies and shares stay until the volumes made from them are initialised.
AFTER_VOLUMES = [Row(RESTORE, "ec2:DescribeVolumeStatus", "*")]


# RDS, step by step


def find_db_snapshot(who: str, snapshots: str) -> list[Row]:
    """The source snapshot, among `snapshots`, its key, and the DB instance that it is named by."""
    return [
        Row(who, "rds:DescribeDBInstances", "source DB instance"),
        Row(who, "rds:DescribeDBSnapshots", snapshots),
        Row(who, "kms:DescribeKey", "source keys"),
    ]


FIND_DB_PLACE = [
    Row(RESTORE, "rds:DescribeDBInstances", "DB instance"),
    Row(RESTORE, "kms:DescribeKey", "target key"),
]


def share_db(snapshots: str) -> list[Row]:
    """`snapshots` shared, and no longer."""
    return [
        Row(SOURCE, "rds:DescribeDBSnapshots", snapshots),
        Row(SOURCE, "rds:DescribeDBSnapshotAttributes", snapshots),
        Row(SOURCE, "rds:ModifyDBSnapshotAttribute", snapshots),
        Row(SOURCE, "rds:AddTagsToResource rds:RemoveTagsFromResource", snapshots),
    ]


SHARE_DB = share_db("source snapshots")

# RDS lists snapshots by no tag: those of a restore are looked for among all.
UNSHARE_DB = [*SHARE_DB, Row(SOURCE, "rds:DescribeDBSnapshots", "all source snapshots")]


def copy_db(who: str, snapshots: str, keys: str, copies: str, new_key: str) -> list[Row]:
    """`snapshots`, which are under `keys`, copied under `new_key`."""
    made = "rds:CopyDBSnapshot rds:AddTagsToResource rds:DescribeDBSnapshots rds:DeleteDBSnapshot"
    return [
        Row(who, "rds:CopyDBSnapshot", snapshots),
        Row(who, made, copies),
        Row(who, COPY_DB_SNAPSHOT, keys),
        Row(who, COPY_DB_SNAPSHOT, new_key),
    ]


MAKE_DB = [
    Row(RESTORE, "rds:DescribeDBInstances", "DB instance"),
    Row(RESTORE, "rds:RestoreDBInstanceFromDBSnapshot", "copies"),
    Row(RESTORE, "rds:RestoreDBInstanceFromDBSnapshot rds:AddTagsToResource", "DB instance"),
    Row(RESTORE, "rds:RestoreDBInstanceFromDBSnapshot", "DB subnet group"),
    Row(RESTORE, "rds:RestoreDBInstanceFromDBSnapshot", "DB parameter group"),
    Row(RESTORE, "rds:RestoreDBInstanceFromDBSnapshot", "default DB parameter group"),
    Row(RESTORE, "rds:RestoreDBInstanceFromDBSnapshot", "option group"),
    Row(RESTORE, "rds:RestoreDBInstanceFromDBSnapshot", "default option group"),
    Row(RESTORE, "rds:ModifyDBInstance", "DB instance to modify"),
    Row(RESTORE, MAKE_DB_INSTANCE, "target key"),
]

WAIT_DB = [
    Row(RESTORE, "rds:DescribeDBInstances", "DB instance"),
]

CLEAN_UP_DB = [
    Row(RESTORE, "rds:DescribeDBInstances", "all DB instances"),
    Row(RESTORE, "rds:DescribeDBSnapshots", "all DB snapshots"),
]

UNDO = {
    "ec2": [Row(RESTORE, "ec2:TerminateInstances", "instances")],
    "rds": [Row(RESTORE, "rds:DeleteDBInstance", "DB instance")],
}
"""What only a restore that fails asks for, to leave nothing."""

# To copy a shared snapshot is to find it first.
FIND_SHARED_DB = [Row(RESTORE, "rds:DescribeDBSnapshots", "source snapshots")]

RE_ENCRYPT_OWN_DB = copy_db(RESTORE, "source snapshots", "source keys", "copies", "target key")

FLOWS: dict[str, Steps] = {
    "ec2-same-location": {
        "plan-restore": [*find_instance(RESTORE), *find_snapshots(RESTORE), *FIND_PLACE],
        "create-instance": LAUNCH,
        "create-and-attach-volumes": make_volumes("source snapshots", "source keys"),
        "wait-until-available": WAIT,
        "clean-up": CLEAN_UP,
    },
    "ec2-cross-region": {
        "plan-restore": [*find_snapshots(RESTORE), *FIND_PLACE],
        "copy-snapshot": COPY,
        "create-instance": LAUNCH,
        "create-and-attach-volumes": make_volumes("copies", "target key"),
        "wait-until-available": [*WAIT, Row(RESTORE, "ec2:DescribeSnapshots", "*")],
        "clean-up": [*CLEAN_UP, *AFTER_VOLUMES],
    },
    "ec2-cross-account": {
        "plan-restore": [*find_instance(SOURCE), *find_snapshots(SOURCE), *FIND_PLACE],
        "share-snapshot": SHARE,
        "create-instance": LAUNCH,
        "create-and-attach-volumes": make_volumes("source snapshots", "source keys"),
        "wait-until-available": WAIT,
        "clean-up": [*CLEAN_UP, *AFTER_VOLUMES, *SHARE],
    },
    "ec2-cross-account-cross-region": {
        "plan-restore": [*find_snapshots(SOURCE), *FIND_PLACE, *OTHERS_COPIES],
        "share-snapshot": SHARE,
        "copy-snapshot": COPY,
        "create-instance": LAUNCH,
        "create-and-attach-volumes": make_volumes("copies", "target key"),
        "wait-until-available": [*WAIT, Row(RESTORE, "ec2:DescribeSnapshots", "*")],
        "clean-up": [*CLEAN_UP, *AFTER_VOLUMES, *SHARE],
    },
    "rds-same-location": {
        "plan-restore": [*find_db_snapshot(RESTORE, "source snapshots"), *FIND_DB_PLACE],
        "reencrypt-copy": RE_ENCRYPT_OWN_DB,
        "create-instance": MAKE_DB,
        "wait-until-available": [*WAIT_DB, Row(RESTORE, "rds:DescribeDBSnapshots", "copies")],
        "clean-up": CLEAN_UP_DB,
    },
    "rds-cross-region": {
        "plan-restore": [*find_db_snapshot(RESTORE, "all source snapshots"), *FIND_DB_PLACE],
        "copy-snapshot": RE_ENCRYPT_OWN_DB,
        "create-instance": MAKE_DB,
        "wait-until-available": [*WAIT_DB, Row(RESTORE, "rds:DescribeDBSnapshots", "copies")],
        "clean-up": CLEAN_UP_DB,
    },
    "rds-cross-account": {
        "plan-restore": [*find_db_snapshot(SOURCE, "source snapshots"), *FIND_DB_PLACE],
        "share-snapshot": SHARE_DB,
        "reencrypt-copy": [*FIND_SHARED_DB, *RE_ENCRYPT_OWN_DB],
        "create-instance": MAKE_DB,
        "wait-until-available": [*WAIT_DB, Row(RESTORE, "rds:DescribeDBSnapshots", "copies")],
        "clean-up": [*CLEAN_UP_DB, *UNSHARE_DB],
    },
    "rds-cross-account-cross-region": {
        "plan-restore": [
            *find_db_snapshot(SOURCE, "all source snapshots"),
            *FIND_DB_PLACE,
            Row(RESTORE, "kms:DescribeKey", "intermediate key"),
        ],
        "share-snapshot": SHARE_DB,
        "copy-snapshot": [
            *FIND_SHARED_DB,
            *copy_db(
                RESTORE, "source snapshots", "source keys", "first copies", "intermediate key"
            ),
        ],
        "reencrypt-copy": copy_db(
            RESTORE, "first copies", "intermediate key", "copies", "target key"
        ),
        "create-instance": MAKE_DB,
        "wait-until-available": [*WAIT_DB, Row(RESTORE, "rds:DescribeDBSnapshots", "first copies")],
        "clean-up": [*CLEAN_UP_DB, *UNSHARE_DB],
    },
}

PROOFS = {
    "ec2": [
        Row(RESTORE, "ec2:DescribeInstanceTypes ec2:DescribeInstanceTypeOfferings", "*"),
        Row(RESTORE, "ec2:DescribeKeyPairs", "key pairs"),
        Row(RESTORE, "iam:GetInstanceProfile", "profile"),
        Row(RESTORE, "kms:GetKeyPolicy", "keys of the target account"),
        Row(RESTORE, "iam:GetRole iam:SimulatePrincipalPolicy", "restore role"),
        Row(SOURCE, "kms:GetKeyPolicy", "keys of the source account"),
        Row(SOURCE, "iam:GetRole iam:SimulatePrincipalPolicy", "source role"),
    ],
    "rds": [
        Row(RESTORE, "rds:DescribeDBEngineVersions rds:DescribeOrderableDBInstanceOptions", "*"),
        Row(RESTORE, "rds:DescribeAccountAttributes", "*"),
        Row(RESTORE, "rds:DescribeDBSubnetGroups", "DB subnet group"),
        Row(RESTORE, "rds:DescribeDBParameterGroups", "DB parameter group"),
        Row(RESTORE, "ec2:DescribeSecurityGroups", "*"),
        Row(RESTORE, "kms:GetKeyPolicy", "keys of the target account"),
        Row(RESTORE, "iam:GetRole iam:SimulatePrincipalPolicy", "restore role"),
        Row(SOURCE, "kms:GetKeyPolicy", "keys of the source account"),
        Row(SOURCE, "iam:GetRole iam:SimulatePrincipalPolicy", "source role"),
    ],
}
"""What the preflight asks beside: without it the restore works, and less of it is proven."""
