"""The restored EC2 instance, as the target account sees it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from restore.arrange import Scene
from restore.arrange.instance import INSTANCE_TYPE
from restore.check.finding import Facts, Finding
from restore.check.volumes import volume_findings
from restore.cloud import Cloud
from restore.inventory import tags

RESTORE_ID = "restore:id"
"""The tag that everything made by a restore carries (`functions/restore/src/tag.rs`)."""


def restored_instances(cloud: Cloud, scene: Scene) -> list[dict[str, Any]]:
    """The instances in the target's account and Region that carry the restore's id."""
    ec2 = cloud.client("ec2", scene.target)
    tagged = [{"Name": f"tag:{RESTORE_ID}", "Values": [scene.restore_id]}]
    pages = ec2.get_paginator("describe_instances").paginate(Filters=tagged)
    return [
        instance | {"OwnerId": reservation["OwnerId"]}
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if instance["State"]["Name"] not in ("shutting-down", "terminated")
    ]


def instance_findings(cloud: Cloud, scene: Scene) -> Iterator[Finding]:
    """The one instance: its state, place, settings and volumes."""
    instances = restored_instances(cloud, scene)
    yield Finding(
        "one instance",
        {"count": 1, "account": scene.target.account, "region": scene.target.region},
        {
            "count": len(instances),
            "account": next((it["OwnerId"] for it in instances), None),
            "region": next((it["Placement"]["AvailabilityZone"][:-1] for it in instances), None),
        },
        ", ".join(it["InstanceId"] for it in instances),
    )
    if len(instances) == 1:
        [instance] = instances
        yield _state(cloud, scene, instance)
        yield _launch(scene, instance)
        yield from _extras(cloud, scene, instance)
        yield _tags(scene, instance)
        yield from volume_findings(cloud, scene, instance)


def _state(cloud: Cloud, scene: Scene, instance: dict[str, Any]) -> Finding:
    state = instance["State"]["Name"]
    if not scene.request["target"]["ec2"].get("start", True):
        return Finding("state", {"state": "stopped"}, {"state": state}, state)
    [status] = cloud.client("ec2", scene.target).describe_instance_status(
        InstanceIds=[instance["InstanceId"]], IncludeAllInstances=True
    )["InstanceStatuses"]
    found = {
        "state": state,
        "instance status": status["InstanceStatus"]["Status"],
        "system status": status["SystemStatus"]["Status"],
    }
    wanted = {"state": "running", "instance status": "ok", "system status": "ok"}
    return Finding("state", wanted, found, f"{state}, status checks {found['instance status']}")


def _launch(scene: Scene, instance: dict[str, Any]) -> Finding:
    asked = scene.request["target"]["ec2"]
    by_instance = "instanceId" in scene.request["source"]["ec2"]
    wanted: Facts = {
        "subnet": asked["subnetId"],
        "security groups": sorted(asked["securityGroupIds"]),
        "type": asked.get("instanceType", INSTANCE_TYPE if by_instance else None),
        "image": asked.get("imageId", scene.instance.image_id),
    }
    found = {
        "subnet": instance["SubnetId"],
        "security groups": sorted(it["GroupId"] for it in instance["SecurityGroups"]),
        "type": instance["InstanceType"],
        "image": instance["ImageId"],
    }
    return Finding("as asked", wanted, found, f"{found['type']} in {found['subnet']}")


def _extras(cloud: Cloud, scene: Scene, instance: dict[str, Any]) -> Iterator[Finding]:
    """Key pair, profile and user data: what was asked for, and nothing where nothing was.

    A source instance lends them too, where the request leaves them open and names the instance.
    """
    asked = scene.request["target"]["ec2"]
    user_data = cloud.client("ec2", scene.target).describe_instance_attribute(
        InstanceId=instance["InstanceId"], Attribute="userData"
    )["UserData"]
    profile = instance.get("IamInstanceProfile", {}).get("Arn", "")
    found = {
        "keyName": instance.get("KeyName"),
        "iamInstanceProfile": profile.rsplit("/", 1)[-1] or None,
        "userData": base64.b64decode(user_data.get("Value", "")).decode() or None,
    }
    if "instanceId" in scene.request["source"]["ec2"]:
        found = {name: value for name, value in found.items() if name in asked}
    wanted = {name: asked.get(name) for name in found}
    shown = ", ".join(name for name in wanted if wanted[name])
    yield Finding("launch settings", wanted, found, shown or "none asked for")


def _tags(scene: Scene, instance: dict[str, Any]) -> Finding:
    asked = scene.request["target"]["ec2"].get("tags", {})
    wanted = asked | {RESTORE_ID: scene.restore_id}
    carried = tags(instance.get("Tags"))
    found = {name: carried.get(name) for name in wanted}
    return Finding("tags", wanted, found, ", ".join(f"{k}={v}" for k, v in asked.items()))
