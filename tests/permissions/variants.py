"""The permissions of restores that take more steps than their flow: staged, and by grants.

Staged is what cannot be shared as it is: the source role copies it first. Granted are the keys of
what is shared: their policies name no restore role, and the source role gives it grants instead
(`flows.md`, "The source role's calls").
"""

from __future__ import annotations

from permissions.table import (
    AFTER_VOLUMES,
    CLEAN_UP,
    CLEAN_UP_DB,
    FIND_DB_PLACE,
    FIND_PLACE,
    FLOWS,
    LAUNCH,
    MAKE_DB,
    RESTORE,
    SHARE,
    SHARE_DB,
    SOURCE,
    UNSHARE_DB,
    WAIT,
    WAIT_DB,
    Row,
    Steps,
    copy,
    copy_db,
    find_db_snapshot,
    find_instance,
    find_snapshots,
    make_volumes,
    share,
    share_db,
)

GIVE = [Row(SOURCE, "kms:CreateGrant", "granted keys", grantee=RESTORE)]

TAKE_BACK = [Row(SOURCE, "kms:ListGrants kms:RevokeGrant", "granted keys")]

# Until a key answers to its grant.
LOOK_AT_GRANTED = [Row(RESTORE, "kms:DescribeKey", "granted keys")]

# AWS's own key of the account is told by looking at it; its policy lets everybody of the account
# use it through the service.
FIND_STAGING = [
    Row(SOURCE, "kms:DescribeKey", "default key"),
    Row(SOURCE, "kms:DescribeKey", "staging key"),
]

STAGE = copy(SOURCE, "snapshots to stage", "staging key", "staged copies", "staging key")

LOOK_AT_STAGED = [Row(SOURCE, "ec2:DescribeSnapshots", "*")]

# No ARN tells a staged copy from what else is shared.
SHARE_STAGED = share("staged copies")

STAGE_DB = copy_db(SOURCE, "source snapshots", "source keys", "staged copies", "staging key")

LOOK_AT_STAGED_DB = [
    Row(SOURCE, "rds:DescribeDBSnapshots", "staged copies"),
    Row(RESTORE, "rds:DescribeDBSnapshots", "staged copies"),
]

VARIANTS: dict[str, Steps] = {
    "ec2-cross-account, staged": {
        "plan-restore": [
            *find_instance(SOURCE),
            *find_snapshots(SOURCE),
            *FIND_STAGING,
            *FIND_PLACE,
        ],
        "copy-snapshot": STAGE,
        "share-snapshot": SHARE_STAGED,
        "create-instance": LAUNCH,
        "create-and-attach-volumes": [
            *make_volumes("staged copies", "source keys"),
            *make_volumes("staged copies", "staging key"),
        ],
        "wait-until-available": [*WAIT, *LOOK_AT_STAGED],
        "clean-up": [*CLEAN_UP, *AFTER_VOLUMES, *SHARE_STAGED],
    },
    "ec2-cross-account, granted": {
        "plan-restore": [*find_instance(SOURCE), *find_snapshots(SOURCE), *FIND_PLACE],
        "share-snapshot": [*SHARE, *GIVE],
        "create-instance": LAUNCH,
        # The grant goes once the volumes have loaded what is under the key.
        "create-and-attach-volumes": make_volumes("source snapshots", "granted keys"),
        "wait-until-available": [*WAIT, *LOOK_AT_GRANTED],
        "clean-up": [*CLEAN_UP, *AFTER_VOLUMES, *SHARE, *TAKE_BACK],
    },
    "ec2-cross-account-cross-region, staged and granted": {
        "plan-restore": [*find_snapshots(SOURCE), *FIND_STAGING, *FIND_PLACE],
        "copy-snapshot": [
            *STAGE,
            *copy(RESTORE, "staged copies", "granted keys", "copies", "target key"),
        ],
        "share-snapshot": [*SHARE_STAGED, *GIVE],
        "create-instance": LAUNCH,
        "create-and-attach-volumes": make_volumes("copies", "target key"),
        "wait-until-available": [
            *WAIT,
            *LOOK_AT_STAGED,
            *LOOK_AT_GRANTED,
            Row(RESTORE, "ec2:DescribeSnapshots", "*"),
        ],
        "clean-up": [*CLEAN_UP, *AFTER_VOLUMES, *SHARE_STAGED, *TAKE_BACK],
    },
    "rds-cross-account, granted": {
        "plan-restore": [*find_db_snapshot(SOURCE, "source snapshots"), *FIND_DB_PLACE],
        "share-snapshot": [*SHARE_DB, *GIVE],
        "reencrypt-copy": [
            Row(RESTORE, "rds:DescribeDBSnapshots", "source snapshots"),
            *copy_db(RESTORE, "source snapshots", "granted keys", "copies", "target key"),
        ],
        "create-instance": MAKE_DB,
        "wait-until-available": [
            *WAIT_DB,
            *LOOK_AT_GRANTED,
            Row(RESTORE, "rds:DescribeDBSnapshots", "copies"),
        ],
        "clean-up": [*CLEAN_UP_DB, *UNSHARE_DB, *TAKE_BACK],
    },
    "rds-cross-account-cross-region, staged and granted": {
        "plan-restore": [
            *find_db_snapshot(SOURCE, "all source snapshots"),
            Row(SOURCE, "kms:DescribeKey", "staging key"),
            *FIND_DB_PLACE,
            Row(RESTORE, "kms:DescribeKey", "intermediate key"),
        ],
        "share-snapshot": [*share_db("staged copies"), *GIVE],
        "copy-snapshot": [
            *STAGE_DB,
            Row(RESTORE, "rds:DescribeDBSnapshots", "staged copies"),
            *copy_db(RESTORE, "staged copies", "granted keys", "first copies", "intermediate key"),
        ],
        "reencrypt-copy": copy_db(
            RESTORE, "first copies", "intermediate key", "copies", "target key"
        ),
        "create-instance": MAKE_DB,
        "wait-until-available": [
            *WAIT_DB,
            *LOOK_AT_STAGED_DB,
            *LOOK_AT_GRANTED,
            Row(RESTORE, "rds:DescribeDBSnapshots", "first copies"),
        ],
        "clean-up": [*CLEAN_UP_DB, *share_db("staged copies"), *TAKE_BACK],
    },
}
"""By the name of the flow, and what is other than there."""

STEPS = FLOWS | VARIANTS


def flow_of(variant: str) -> str:
    """The flow that a variant, or the flow itself, is of."""
    return variant.split(",")[0]
