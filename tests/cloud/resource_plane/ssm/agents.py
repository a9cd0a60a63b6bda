"""The SSM agent in an instance: whether it is up, in whose name it calls, and what.

It starts with the instance (EC2's `lifecycle` begins its work). Amazon's own AMIs bring one along
(SSM/ami-preinstalled-agent), and so do instances that are restored from what ran one. A test says
where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moto.iam.models import Role, iam_backends

from resource_plane import progress
from resource_plane.ec2.arns import arn
from resource_plane.ec2.instances.lifecycle import agent_id
from resource_plane.ec2.instances.model import Instance
from resource_plane.principal import HOME_PARTITION, Caller
from resource_plane.ssm import host_management


@dataclass(frozen=True)
class Need:
    """Something that an agent has to be able to do."""

    service: str
    """Whose endpoint it calls."""
    action: str
    resource: str


def is_up(instance: Instance) -> bool:
    """Whether an agent runs in the instance and has had the time to register."""
    work = progress.work_on(agent_id(instance))
    return instance.state == "running" and work is not None and work.done and not work.failure


def needs(instance: Instance) -> list[Need]:
    """What it registers and is told of commands by.

    As `AmazonSSMManagedInstanceCore` allows (SSM/setup-instance-permissions); newer agents do
    without `ec2messages` (SSM/systems-manager-setting-up-messageAPIs).
    """
    backend = instance.ec2_backend
    itself = arn("instance", instance.id, backend.region_name, backend.account_id)
    return [
        Need("ssm", "ssm:UpdateInstanceInformation", itself),
        Need("ssmmessages", "ssmmessages:CreateControlChannel", "*"),
        Need("ssmmessages", "ssmmessages:OpenControlChannel", "*"),
    ]


def callers(instance: Instance) -> Iterator[Caller]:
    """Whom it can be: the role of the instance's profile, or else that of the account's choice."""
    account = instance.ec2_backend.account_id
    for role in (*_by_profile(instance), *host_management.roles(instance)):
        session = f"arn:{HOME_PARTITION}:sts::{account}:assumed-role/{role.name}/{instance.id}"
        user_id = f"{role.id}:{instance.id}"
        yield Caller(account, session, role.arn, user_id, role_arn=role.arn)


def _by_profile(instance: Instance) -> list[Role]:
    held = instance.iam_instance_profile
    if not held:
        return []
    account = instance.ec2_backend.account_id
    there = iam_backends[account][HOME_PARTITION].instance_profiles.values()
    return [role for profile in there if profile.arn == held["Arn"] for role in profile.roles]
