"""What the names in `table` mean in a scene: ARNs, as policies have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from restore.arrange import Scene
from restore.cloud import Cloud
from restore.place import Place


@dataclass(frozen=True)
class Keys:
    """The keys of a scene, by the names that `table` gives them."""

    source: tuple[str, ...]
    """The account's own, that the source is under."""
    target: str
    intermediate: str | None = None
    staging: str | None = None
    default: str | None = None
    """AWS's own of the account, that a part of the source is under."""
    granted: tuple[str, ...] = ()
    """Those of what is shared, where the restore role comes by them through grants."""

    @property
    def own(self) -> list[str]:
        """All whose policies their accounts decide."""
        others = [self.target, self.intermediate, self.staging]
        return [*self.source, *(it for it in others if it)]


@dataclass(frozen=True)
class Things:
    """The things of one scene."""

    cloud: Cloud
    scene: Scene
    keys: Keys
    roles: Mapping[str, str]
    """The ARNs of the roles, by the names that `table` gives them."""

    def is_opened_by_policy(self, key: str, role: str) -> bool:
        """Whether it is the key's policy that must let the role use the key.

        That of AWS's own key does so of itself, and a grant does so in its place.
        """
        by_grant = role == self.roles["restore role"] and key in self.keys.granted
        return key != self.keys.default and not by_grant

    def arns(self, name: str) -> list[str]:
        """The ARNs of what is called so; none where the request has no such thing."""
        return MEANINGS[name](self)

    @property
    def asked(self) -> dict[str, Any]:
        """What the request says of the target's instance or DB instance."""
        return self.scene.request["target"][self.scene.service]

    @property
    def launch(self) -> dict[str, Any]:
        """What the instance is launched with: the request's, else the source instance's."""
        source = self.scene.request["source"]["ec2"].get("instanceId")
        if source is None:
            return self.asked
        ec2 = self.cloud.client("ec2", self.scene.source)
        described = ec2.describe_instances(InstanceIds=[source])
        instance = described["Reservations"][0]["Instances"][0]
        lent = {"imageId": instance["ImageId"]}
        if self.scene.source.account == self.scene.target.account:
            lent["iamInstanceProfile"] = instance["IamInstanceProfile"]["Arn"]
        if self.scene.source == self.scene.target:
            lent["keyName"] = instance["KeyName"]
        return lent | self.asked

    def ec2(self, kind: str, *ids: str) -> list[str]:
        """ARNs of EC2 in the target: with its account but for images and snapshots."""
        owner = "" if kind in ("image", "snapshot") else self.scene.target.account
        prefix = f"arn:aws:ec2:{self.scene.target.region}:{owner}:{kind}/"
        return [prefix + it for it in ids]

    def rds(self, place: Place, *names: str) -> list[str]:
        """ARNs of RDS in a place."""
        return [f"arn:aws:rds:{place.region}:{place.account}:{name}" for name in names]


def _keys_of(things: Things, account: str) -> list[str]:
    keys = [*things.keys.own, things.keys.default]
    return [it for it in keys if it and it.split(":")[4] == account]


def _role(things: Things, name: str) -> list[str]:
    return [things.roles[name]] if name in things.roles else []


def _source_snapshots(things: Things) -> list[str]:
    snapshots, region = things.scene.snapshots.values(), things.scene.source.region
    arns = [it if ":" in it else f"arn:aws:ec2:{region}::snapshot/{it}" for it in snapshots]
    return sorted(arns)


def _snapshots_to_stage(things: Things) -> list[str]:
    """Those under AWS's own key."""
    region, instance = things.scene.source.region, things.scene.instance
    devices = [it.device for it in instance.volumes if it.key and it.key.startswith("aws/")]
    return [f"arn:aws:ec2:{region}::snapshot/{things.scene.snapshots[it]}" for it in devices]


def _staged_copies(things: Things) -> list[str]:
    if things.scene.service == "ec2":
        return [f"arn:aws:ec2:{things.scene.source.region}::snapshot/*"]
    return things.rds(things.scene.source, "snapshot:*")


def _source_instance(things: Things) -> list[str]:
    asked, (account, region) = things.scene.request["source"]["ec2"], things.scene.source
    named = [asked["instanceId"]] if "instanceId" in asked else []
    return [f"arn:aws:ec2:{region}:{account}:instance/{it}" for it in named]


def _source_db_instance(things: Things) -> list[str]:
    asked = things.scene.request["source"]["rds"]
    named = [asked["dbInstanceIdentifier"]] if "dbInstanceIdentifier" in asked else []
    return things.rds(things.scene.source, *(f"db:{it}" for it in named))


def _copies(things: Things) -> list[str]:
    if things.scene.service == "ec2":
        return things.ec2("snapshot", "*")
    return things.rds(things.scene.target, "snapshot:*")


def _first_copies(things: Things) -> list[str]:
    near = Place(things.scene.target.account, things.scene.source.region)
    return things.rds(near, "snapshot:*")


def _image_snapshots(things: Things) -> list[str]:
    ec2 = things.cloud.client("ec2", things.scene.target)
    image = ec2.describe_images(ImageIds=[things.launch["imageId"]])["Images"][0]
    ids = [it["Ebs"]["SnapshotId"] for it in image["BlockDeviceMappings"] if "Ebs" in it]
    return things.ec2("snapshot", *ids)


def _vpc(things: Things) -> list[str]:
    ec2 = things.cloud.client("ec2", things.scene.target)
    subnet = ec2.describe_subnets(SubnetIds=[things.asked["subnetId"]])["Subnets"][0]
    return things.ec2("vpc", subnet["VpcId"])


def _profile(things: Things) -> dict[str, Any] | None:
    """The instance profile that the instance is to have."""
    profile = things.launch.get("iamInstanceProfile")
    if profile is None:
        return None
    iam = things.cloud.client("iam", things.scene.target)
    name = profile.rsplit("/", 1)[-1]
    return iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]


def _profile_role(things: Things) -> list[str]:
    profile = _profile(things)
    return [role["Arn"] for role in profile["Roles"]] if profile else []


def _group(kind: str, field: str) -> Callable[[Things], list[str]]:
    """The DB group that the request names in `field`."""

    def arns(things: Things) -> list[str]:
        named = [things.asked[field].lower()] if field in things.asked else []
        return things.rds(things.scene.target, *(f"{kind}:{it}" for it in named))

    return arns


def _default_group(kind: str, name: str, field: str) -> Callable[[Things], list[str]]:
    """The group of the engine's version that RDS falls back on, where `field` names none."""

    def arns(things: Things) -> list[str]:
        missing = [] if field in things.asked else [f"{kind}:{name}"]
        return things.rds(things.scene.target, *missing)

    return arns


MODIFIED_LATER = {
    "deletionProtection",
    "enablePerformanceInsights",
    "manageMasterUserPassword",
    "maxAllocatedStorage",
    "monitoringInterval",
    "monitoringRoleArn",
    "preferredMaintenanceWindow",
}
"""What a DB instance is given once it is available."""


def _db_instance(things: Things) -> list[str]:
    name = things.asked["dbInstanceIdentifier"].lower()
    return things.rds(things.scene.target, f"db:{name}")


def _key_pair(things: Things) -> list[str]:
    name = things.launch.get("keyName")
    return things.ec2("key-pair", name) if name else []


MEANINGS: dict[str, Callable[[Things], list[str]]] = {
    "*": lambda things: ["*"],
    "source keys": lambda things: list(things.keys.source),
    "target key": lambda things: [things.keys.target],
    "intermediate key": lambda things: [it for it in [things.keys.intermediate] if it],
    "staging key": lambda things: [it for it in [things.keys.staging] if it],
    "default key": lambda things: [it for it in [things.keys.default] if it],
    "granted keys": lambda things: list(things.keys.granted),
    "keys of the source account": lambda things: _keys_of(things, things.scene.source.account),
    "keys of the target account": lambda things: _keys_of(things, things.scene.target.account),
    "source role": lambda things: _role(things, "source role"),
    "restore role": lambda things: _role(things, "restore role"),
    "source snapshots": _source_snapshots,
    "all source snapshots": lambda things: things.rds(things.scene.source, "snapshot:*"),
    "source instance": _source_instance,
    "source DB instance": _source_db_instance,
    "snapshots to stage": _snapshots_to_stage,
    "staged copies": _staged_copies,
    "copies": _copies,
    "first copies": _first_copies,
    "image": lambda things: things.ec2("image", things.launch["imageId"]),
    "image's snapshots": _image_snapshots,
    "VPC": _vpc,
    "subnet": lambda things: things.ec2("subnet", things.asked["subnetId"]),
    "network interfaces": lambda things: things.ec2("network-interface", "*"),
    "security groups": lambda things: things.ec2("security-group", "*"),
    "groups": lambda things: things.ec2("security-group", *things.asked["securityGroupIds"]),
    "key pair": _key_pair,
    "key pairs": lambda things: ["*"] if _key_pair(things) else [],
    "instances": lambda things: things.ec2("instance", "*"),
    "instances with user data": lambda things: (
        things.ec2("instance", "*") if "userData" in things.asked else []
    ),
    "instances to start": lambda things: (
        things.ec2("instance", "*") if things.asked.get("start", True) else []
    ),
    "profile": lambda things: [it["Arn"] for it in [_profile(things)] if it],
    "status of what is started": lambda things: ["*"] if things.asked.get("start", True) else [],
    "profile of what is made": lambda things: ["*"] if _profile_role(things) else [],
    "instances with a profile": lambda things: (
        things.ec2("instance", "*") if _profile_role(things) else []
    ),
    "volumes": lambda things: things.ec2("volume", "*"),
    "profile's role": _profile_role,
    "DB instance": _db_instance,
    "DB instance to modify": lambda things: (
        _db_instance(things) if MODIFIED_LATER & things.asked.keys() else []
    ),
    "all DB instances": lambda things: things.rds(things.scene.target, "db:*"),
    "all DB snapshots": lambda things: things.rds(things.scene.target, "snapshot:*"),
    "DB subnet group": _group("subgrp", "dbSubnetGroupName"),
    "DB parameter group": _group("pg", "dbParameterGroupName"),
    "default DB parameter group": _default_group(
        "pg", "default.postgres16", "dbParameterGroupName"
    ),
    "option group": _group("og", "optionGroupName"),
    "default option group": _default_group("og", "default:postgres-16", "optionGroupName"),
}
