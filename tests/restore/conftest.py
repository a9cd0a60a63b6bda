"""A resource plane with the two roles, for the tests of the driver itself."""

from __future__ import annotations

import json

import pytest
from local_aws.planes import resource_plane

from restore.cloud import Cloud, Role
from restore.place import HOME, NEAR, SOURCE, TARGET, Place

EXTERNAL_ID = "by-hand"
SECONDS = 0.2
"""How long AWS's asynchronous work takes here."""


@pytest.fixture(scope="session")
def cloud():
    """A cloud without a control plane: restores are done by hand."""
    with resource_plane() as endpoint:
        nowhere = Role("arn:aws:iam::000000000000:role/none", "")
        bare = Cloud(endpoint, "", "", "", nowhere, nowhere, lambda *_, **__: None)
        kinds = bare.steer("GET", "/rules/settings")["durations"]
        bare.steer("PUT", "/rules/settings", {"durations": dict.fromkeys(kinds, SECONDS)})
        yield Cloud(
            resources=endpoint,
            control="",
            home_region="us-east-1",
            state_machine="",
            source_role=role(bare, SOURCE, "restore-source"),
            restore_role=role(bare, TARGET, "restore-target"),
            allow_keys=lambda *_, **__: None,
        )


def role(cloud: Cloud, account: str, name: str) -> Role:
    """A role of `account` that the home account may assume, and that may do everything."""
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
    }
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam = cloud.client("iam", Place(account, NEAR))
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=_policy(everything))
    return Role(made["Arn"], EXTERNAL_ID)


def _policy(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
