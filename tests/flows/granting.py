"""What the tests of `source.grantKeyAccess` share: keys, sources under them, who gave what."""

from __future__ import annotations

import dataclasses
from typing import Any

from restore.arrange import Scene, arrange
from restore.arrange.database import source_database
from restore.arrange.instance import VOLUMES, source_instance
from restore.arrange.keys import granted_key
from restore.check.calls import by_roles, is_dry, operation
from restore.cloud import Cloud
from restore.example import example
from restore.place import NEAR, SOURCE, Place

NEAR_SOURCE = Place(SOURCE, NEAR)
SPREADING = 3
"""Seconds that KMS takes here to know of a grant: minutes of the execution's own time."""


def granted_sources(cloud: Cloud) -> dict[str, Any]:
    """An instance and a DB instance, under keys that only the source account's policies open."""
    keys = {volume.key: f"granted-{volume.key}" for volume in VOLUMES}
    for name in (*keys.values(), "granted-orders-db"):
        granted_key(cloud, NEAR_SOURCE, name)
    volumes = tuple(dataclasses.replace(it, key=keys[it.key]) for it in VOLUMES)
    return {
        "instance": source_instance(cloud, NEAR_SOURCE, volumes, sets=2),
        "database": source_database(cloud, NEAR_SOURCE, key="granted-orders-db", snapshots=2),
    }


def granting(cloud: Cloud, sources: dict[str, Any], flow: str) -> Scene:
    """The scene of the flow on one of the sources, with grants asked for."""
    kind = "instance" if flow.startswith("ec2") else "database"
    scene = arrange(cloud, example(flow), **{kind: sources[kind]})
    return scene.asking(source__grantKeyAccess=True).now(cloud)


def given(cloud: Cloud, scene: Scene) -> list[str]:
    """The keys of the grants that the source role gave, one for each call."""
    return [
        call["params"]["KeyId"]
        for call in by_roles(cloud.calls(scene.calls_before))
        if operation(call) == "kms:CreateGrant" and not is_dry(call)
    ]


def answers(cloud: Cloud, scene: Scene, key: str) -> list[str]:
    """What the restore role was answered when it asked the key whether it may use it, in order."""
    return [
        call["outcome"]
        for call in by_roles(cloud.calls(scene.calls_before))
        if (operation(call), call["roleArn"]) == ("kms:Decrypt", cloud.restore_role.arn)
        and call["params"].get("KeyId") == key
    ]


def told(output: dict[str, Any]) -> list[str]:
    """The grants that an outcome says were taken back."""
    return [it for it in output["cleanedUp"] if "(grant restore:" in it]
