"""Restores that take other steps than the examples: staged, by grants on the source's keys, kept.

Kept are the copies, and so marked: an EC2 example does so, and no RDS example.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from restore.arrange.database import SourceDatabase, source_database
from restore.arrange.instance import VOLUMES, SourceInstance, key_arn, source_instance
from restore.arrange.keys import allow_staging, granted_key, staging_key
from restore.cloud import Cloud
from restore.place import Place

VARIANTS = {
    "ec2-cross-account-cross-region, staged and granted": "ec2-cross-account-cross-region",
    "rds-cross-account-cross-region, staged": "rds-cross-account-cross-region",
    "rds-cross-account-cross-region, granted": "rds-cross-account-cross-region",
    "rds-cross-account, kept": "rds-cross-account",
}
"""The flow that each is a variant of.

Staged is what is under the account's default key: the source role copies it under another first.
"""

DETOURS = {
    "ec2, after a failure": "ec2-cross-account-cross-region, staged and granted",
    "ec2, after a stop": "ec2-cross-account-cross-region",
    "ec2, in another zone": "ec2-cross-account-cross-region",
    "ec2, copy made in vain": "ec2-cross-account-cross-region",
    "ec2, instance made in vain": "ec2-cross-account-cross-region",
    "ec2, volume that vanished": "ec2-cross-account-cross-region",
    "ec2, volume made in vain": "ec2-cross-account-cross-region",
    "rds, after a failure": "rds-cross-account-cross-region, staged",
    "rds, after a stop": "rds-cross-account-cross-region, granted",
    "rds, of another class": "rds-cross-account-cross-region",
    "rds, first copy made in vain": "rds-cross-account-cross-region",
    "rds, last copy made in vain": "rds-cross-account-cross-region",
    "rds, DB instance made in vain": "rds-cross-account-cross-region",
}
"""Restores that come off the way of their flow or variant, and which that is: see `detours`."""

DEFAULT_KEYS = {"ec2": "aws/ebs", "rds": "aws/rds"}


def varied_source(cloud: Cloud, place: Place, variant: str) -> SourceInstance | SourceDatabase:
    """The source of a variant, under keys as that one needs them."""
    granted = "granted" in variant
    if variant.startswith("rds"):
        if "kept" in variant:
            return source_database(cloud, place)
        key = "granted-orders-db" if granted else DEFAULT_KEYS["rds"]
        if granted:
            granted_key(cloud, place, key)
        return source_database(cloud, place, key=key, snapshots=2)
    root, data, last = VOLUMES
    for name in (root.key, data.key):
        granted_key(cloud, place, f"granted-{name}")
    volumes = (
        dataclasses.replace(root, key=f"granted-{root.key}"),
        dataclasses.replace(data, key=f"granted-{data.key}"),
        dataclasses.replace(last, key=DEFAULT_KEYS["ec2"]),
    )
    return source_instance(cloud, place, volumes, sets=2)


def varied_request(cloud: Cloud, place: Place, variant: str) -> dict[str, Any]:
    """What the request of a variant says beside the example's."""
    asked: dict[str, Any] = {}
    if "kept" in variant:
        asked["options"] = {"keepCopies": True}
    if "granted" in variant:
        asked["source__grantKeyAccess"] = True
    if "staged" in variant:
        key = staging_key(cloud, place)
        asked["source__stagingKmsKeyId"] = key
        allow_staging(cloud, key_arn(cloud, place, DEFAULT_KEYS[variant[:3]]))
        if "granted" in variant:
            cloud.allow_keys(place.account, grant_keys=[key])
    return asked
