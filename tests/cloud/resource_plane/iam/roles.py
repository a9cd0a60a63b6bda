"""Reading a role takes leave on the role itself (the Service Authorization Reference of IAM)."""

from __future__ import annotations

from moto.iam.models import iam_backends

from resource_plane.authorization import resources
from resource_plane.frame import Call
from resource_plane.principal import HOME_PARTITION


@resources("iam", "GetRole")
def read(call: Call) -> list[str]:
    """The role of that name, whatever path it has; one that is not there has none."""
    name = call.params.get("RoleName", "")
    there = iam_backends[call.account][HOME_PARTITION].roles.values()
    found = [role.arn for role in there if role.name == name]
    return found or [f"arn:{HOME_PARTITION}:iam::{call.account}:role/{name}"]
