"""The grants that a restore has given, without a look at every key that there is."""

from __future__ import annotations

from restore.arrange import Scene
from restore.cloud import Cloud
from restore.inventory import Facts, Thing

SNAPSHOTS = {"snapshot", "DB snapshot"}


def grants(cloud: Cloud, scene: Scene) -> dict[Thing, Facts]:
    """Those on the keys of the source's snapshots, where the request asks for grants.

    Without those of AWS's services, as in an inventory of all.
    """
    source = scene.request["source"]
    if not source.get("grantKeyAccess"):
        return {}
    of_snapshots = {
        facts["key"]
        for thing, facts in scene.before.things.items()
        if thing.place == scene.source and thing.kind in SNAPSHOTS
    }
    keys = {*of_snapshots, source.get("stagingKmsKeyId")} - {None}
    pages = cloud.client("kms", scene.source).get_paginator("list_grants")
    return {
        Thing("grant", scene.source, grant["GrantId"]): {"key": key, "name": grant.get("Name")}
        for key in sorted(keys)
        for page in pages.paginate(KeyId=key)
        for grant in page["Grants"]
        if not grant["GranteePrincipal"].endswith(".amazonaws.com")
    }
