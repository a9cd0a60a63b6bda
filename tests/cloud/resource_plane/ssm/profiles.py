"""What the agent in an instance may do by the instance's profile.

It registers and is told of commands under the profile's role, which has to allow that, as
`AmazonSSMManagedInstanceCore` does (SSM/setup-instance-permissions).
"""

from __future__ import annotations

from moto.iam.models import Role, iam_backends

from resource_plane.decision import may
from resource_plane.ec2.arns import arn
from resource_plane.ec2.instances.model import Instance
from resource_plane.principal import HOME_PARTITION, Caller

ON_ITSELF = "ssm:UpdateInstanceInformation"
ELSEWHERE = ("ssmmessages:CreateControlChannel", "ssmmessages:OpenControlChannel")
"""By which commands reach it (SSM/systems-manager-setting-up-messageAPIs)."""


def may_register(instance: Instance) -> bool:
    """Whether the role of the instance's profile lets the agent be a managed node's."""
    held = instance.iam_instance_profile
    if not held:
        return False
    there = iam_backends[instance.ec2_backend.account_id][HOME_PARTITION].instance_profiles.values()
    roles = [role for profile in there if profile.arn == held["Arn"] for role in profile.roles]
    return any(may_as(role, instance) for role in roles)


def may_as(role: Role, instance: Instance) -> bool:
    """Whether an agent of the instance may register under the role."""
    account, region = role.account_id, instance.ec2_backend.region_name
    session = f"arn:{HOME_PARTITION}:sts::{account}:assumed-role/{role.name}/{instance.id}"
    caller = Caller(account, session, role.arn, f"{role.id}:{instance.id}", role_arn=role.arn)
    itself = arn("instance", instance.id, region, account)
    needed = [(ON_ITSELF, itself), *((action, "*") for action in ELSEWHERE)]
    return all(may(caller, action, resource) for action, resource in needed)
