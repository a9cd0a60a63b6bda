"""What a lane restores: a source of its own, under keys of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from restore.arrange.database import automated_snapshot, source_database
from restore.arrange.instance import VOLUMES, key_arn, source_instance
from restore.cloud import Cloud
from restore.place import Place

from permissions.things import Keys

DEFAULT_KEY = "aws/ebs"


def source_of(
    cloud: Cloud, flow: str, name: str, request: dict[str, Any]
) -> tuple[dict[str, Any], Keys]:
    """The source of a flow or a variant, and all the keys of its restore.

    What has to be staged is a volume's snapshot under the account's default key, or a DB instance's
    automated one.
    """
    source, target = Place.of(request["source"]), Place.of(request["target"])
    staged = "staged" in flow
    made: dict[str, Any]
    if flow.startswith("ec2"):
        aliases = {it.key: f"{name}-{it.key}" for it in VOLUMES}
        own = tuple(open_key(cloud, source, alias) for alias in aliases.values())
        volumes = [replace(it, key=aliases[it.key]) for it in VOLUMES]
        if staged:
            volumes[-1] = replace(volumes[-1], key=DEFAULT_KEY)
        made = {"instance": source_instance(cloud, source, tuple(volumes))}
    else:
        own = (open_key(cloud, source, f"{name}-db"),)
        made = {"database": _database(cloud, source, f"{name}-db", staged)}
    near = Place(target.account, source.region)
    has_first_hop = "intermediateKmsKeyId" in request["target"]
    keys = Keys(
        source=own,
        target=open_key(cloud, target, f"{name}-target"),
        intermediate=open_key(cloud, near, f"{name}-between") if has_first_hop else None,
        staging=open_key(cloud, source, f"{name}-staging") if staged else None,
        default=key_arn(cloud, source, DEFAULT_KEY) if staged and "instance" in made else None,
    )
    # A staged DB snapshot is shared under its copy's key alone.
    shared = own if "instance" in made or not staged else ()
    shared += (keys.staging,) if keys.staging else ()
    return made, replace(keys, granted=shared if "granted" in flow else ())


def _database(cloud: Cloud, place: Place, key: str, automated: bool) -> Any:
    if not automated:
        return source_database(cloud, place, key=key)
    database = source_database(cloud, place, key=key, snapshots=0, BackupRetentionPeriod=1)
    return database.with_snapshot(automated_snapshot(cloud, database))


def open_key(cloud: Cloud, place: Place, alias: str) -> str:
    """A key with AWS's default policy, under which the source can be made."""
    kms = cloud.client("kms", place)
    made = kms.create_key(Description=alias)["KeyMetadata"]
    kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=made["KeyId"])
    return made["Arn"]
