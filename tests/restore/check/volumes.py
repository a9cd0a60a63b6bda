"""The restored volumes, as the target account sees them attached to the instance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from restore.arrange import Scene
from restore.check.finding import Facts, Finding, short
from restore.cloud import Cloud
from restore.inventory import tags

SOURCE_TAG = "restore:source"
"""The tag that says what a volume was made from (`functions/restore/src/tag.rs`)."""


def volume_findings(cloud: Cloud, scene: Scene, instance: dict[str, Any]) -> Iterator[Finding]:
    """The volumes under their device names, each with all its settings."""
    wanted = wanted_volumes(scene, instance["RootDeviceName"])
    attached = attached_volumes(cloud, scene, instance)
    yield Finding(
        "devices",
        {"root": instance["RootDeviceName"], "attached": sorted(wanted)},
        {
            "root": next((name for name, it in wanted.items() if it["root"]), None),
            "attached": sorted(attached),
        },
        ", ".join(sorted(attached)),
    )
    for device, facts in wanted.items():
        what = f"{device} (root)" if facts["root"] else device
        settings = {name: value for name, value in facts.items() if name != "root"}
        found = {name: attached.get(device, {}).get(name) for name in settings}
        yield Finding(what, settings, found, _shown(found))


def attached_volumes(cloud: Cloud, scene: Scene, instance: dict[str, Any]) -> dict[str, Facts]:
    """What is attached to the instance: device name to the facts of the volume."""
    ec2 = cloud.client("ec2", scene.target)
    mappings = {it["Ebs"]["VolumeId"]: it for it in instance["BlockDeviceMappings"]}
    if not mappings:
        return {}
    volumes = ec2.describe_volumes(VolumeIds=list(mappings))["Volumes"]
    return {
        mappings[volume["VolumeId"]]["DeviceName"]: {
            "id": volume["VolumeId"],
            "source": tags(volume.get("Tags")).get(SOURCE_TAG, "").split(":")[0],
            "state": volume["State"],
            "attached to": [it["InstanceId"] for it in volume["Attachments"]],
            "encrypted": volume["Encrypted"],
            "key": volume.get("KmsKeyId"),
            "size": volume["Size"],
            "type": volume["VolumeType"],
            "iops": volume.get("Iops"),
            "throughput": volume.get("Throughput"),
            "delete on termination": mappings[volume["VolumeId"]]["Ebs"]["DeleteOnTermination"],
            "instance's word": mappings[volume["VolumeId"]]["Ebs"]["Status"],
        }
        for volume in volumes
    }


def wanted_volumes(scene: Scene, root_device: str) -> dict[str, Facts]:
    """Device name to what its volume should be: as asked, else as the source volume was."""
    asked = scene.request["source"]["ec2"].get("volumes")
    by_snapshot = {snapshot: device for device, snapshot in scene.snapshots.items()}
    source = {volume.device: volume for volume in scene.instance.volumes}
    wanted = {}
    entries = asked or [{"snapshotId": snapshot} for snapshot in by_snapshot]
    for entry in entries:
        was = source[by_snapshot[entry["snapshotId"]]]
        root = entry.get("root", was.device == root_device if not asked else False)
        volume_type = entry.get("volumeType", was.volume_type)
        same_type = volume_type == was.volume_type
        inherited = was.delete_on_termination if not asked else root
        device = root_device if root else entry.get("deviceName", was.device)
        facts: Facts = {
            "root": root,
            "source": entry["snapshotId"],
            "state": "in-use",
            "encrypted": True,
            "key": scene.request["target"]["kmsKeyId"],
            "size": entry.get("size", was.size),
            "type": volume_type,
            "delete on termination": entry.get("deleteOnTermination", inherited),
            "instance's word": "attached",
        }
        for name in ("iops", "throughput"):
            if name in entry or same_type:
                facts[name] = entry.get(name, getattr(was, name))
        wanted[device] = facts
    return wanted


def _shown(found: Facts) -> str:
    if not found.get("type"):
        return "nothing there"
    parts = [f"{found['size']} GiB {found['type']}"]
    if found.get("iops"):
        parts.append(f"{found['iops']} IOPS")
    if found.get("throughput"):
        parts.append(f"{found['throughput']} MiB/s")
    return ", ".join([*parts, f"key {short(found['key'] or 'none')}"])
