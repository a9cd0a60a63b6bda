"""Drills, and the evidence that they leave."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from local_aws import drill_network
from recording import bucket
from restore.arrange import Scene
from restore.cloud import Cloud

EVIDENCE = re.compile(
    r"Evidence: s3://(?P<bucket>[a-z0-9.-]+)/(?P<key>\S+) \(SHA-256 (?P<sha256>[0-9a-f]{64})\)\."
)


def drill(cloud: Cloud, scene: Scene, **changes: Any) -> Scene:
    """The scene as a drill, into a network that the template for it has made at its target."""
    made = drill_network.deploy(cloud.resources, *scene.target)
    network = {
        "subnetId": made["SubnetId"],
        "securityGroupIds": [made["SecurityGroupId"]],
        "dbSubnetGroupName": made["DBSubnetGroupName"],
        "vpcSecurityGroupIds": [made["VpcSecurityGroupId"]],
    }
    asked = {"network": network} | changes
    return scene.asking(mode="drill", drill=asked, options={}).now(cloud)


def evidence(cloud: Cloud, kept: dict[str, str]) -> dict[str, Any]:
    """The evidence that lies where an outcome says, which has the digest that it says."""
    found = cloud.home_client("s3").get_object(Bucket=kept["bucket"], Key=kept["key"])
    body = found["Body"].read()
    assert hashlib.sha256(body).hexdigest() == kept["sha256"]
    return json.loads(body)


def evidence_of(cloud: Cloud, execution: str) -> dict[str, Any] | None:
    """The evidence of an execution, once there is any."""
    s3 = cloud.home_client("s3")
    name = execution.rsplit(":", 1)[-1]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket(cloud), Prefix="drills/")
    keys = [it["Key"] for page in pages for it in page.get("Contents", [])]
    of_it = [key for key in keys if key.endswith(f"Z-{name}.json")]
    assert len(of_it) <= 1, of_it
    for key in of_it:
        return json.loads(s3.get_object(Bucket=bucket(cloud), Key=key)["Body"].read())
    return None


def outcomes(told: dict[str, Any]) -> dict[str, str]:
    """What came of each check."""
    return {it["check"]: it["outcome"] for it in told["checks"]}


def told_in(words: str) -> dict[str, str]:
    """Where the evidence lies and its digest, as a cause or a message names them."""
    found = EVIDENCE.search(words)
    assert found is not None, words
    return found.groupdict()
