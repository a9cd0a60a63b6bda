"""The target's side of a request: its keys, network and groups, made where they are missing."""

from __future__ import annotations

import secrets
from typing import Any

from restore.arrange.db_groups import parameter_group, subnet_group
from restore.arrange.keys import staging_key, target_key
from restore.arrange.launching import image, instance_profile, key_pair
from restore.arrange.network import network
from restore.cloud import Cloud
from restore.place import Place


def fill_target(cloud: Cloud, request: dict[str, Any]) -> None:
    """Puts the ids of what there is in the place of the example's."""
    source, target = Place.of(request["source"]), Place.of(request["target"])
    request["target"]["kmsKeyId"] = target_key(cloud, target)
    if "intermediateKmsKeyId" in request["target"]:
        near = Place(target.account, source.region)
        request["target"]["intermediateKmsKeyId"] = target_key(cloud, near)
    if "stagingKmsKeyId" in request["source"]:
        request["source"]["stagingKmsKeyId"] = staging_key(cloud, source)
    if "ec2" in request["target"]:
        _fill_launch(cloud, target, request["target"]["ec2"])
    else:
        _fill_database(cloud, target, request["target"]["rds"])


def _fill_launch(cloud: Cloud, target: Place, asked: dict[str, Any]) -> None:
    net = network(cloud, target)
    asked["subnetId"] = net.subnets[0]
    asked["securityGroupIds"] = list(net.groups[: len(asked["securityGroupIds"])])
    if "imageId" in asked:
        asked["imageId"] = image(cloud, target)
    if "keyName" in asked:
        key_pair(cloud, target, asked["keyName"])
    if "iamInstanceProfile" in asked:
        instance_profile(cloud, target, asked["iamInstanceProfile"])


def _fill_database(cloud: Cloud, target: Place, asked: dict[str, Any]) -> None:
    net = network(cloud, target)
    asked["dbInstanceIdentifier"] = f"{asked['dbInstanceIdentifier']}-{secrets.token_hex(3)}"
    asked["vpcSecurityGroupIds"] = list(net.groups[: len(asked["vpcSecurityGroupIds"])])
    subnet_group(cloud, target, asked["dbSubnetGroupName"])
    if "dbParameterGroupName" in asked:
        parameter_group(cloud, target, asked["dbParameterGroupName"])
