"""Managed nodes: the instances that commands can be sent to.

An instance is one while an SSM agent runs in it, has credentials by which it may register, and
reaches Systems Manager (SSM/setup-managed-nodes, "Managed nodes"; what else can be wrong is told
in SSM/troubleshooting-managed-nodes). To senders all that is missing looks the same
(BC:ssm.InvalidInstanceId).

Not running is not valid either: BC:ssm.InvalidInstanceId counts stopped instances among the valid
ones, but what is sent to one is refused with `InvalidInstanceId`.
"""

from __future__ import annotations

from moto.ec2.models import EC2Backend

from resource_plane.decision import may
from resource_plane.ec2 import find
from resource_plane.ec2.instances.model import Instance
from resource_plane.error import AwsError
from resource_plane.principal import Caller
from resource_plane.ssm import agents, network


def managed(backend: EC2Backend, instance_ids: list[str]) -> list[Instance]:
    """The instances with these ids, all of which must be managed nodes."""
    known = {it.id: it for it in find.all_instances(backend)}
    wrong = [one for one in instance_ids if one not in known or not is_managed(known[one])]
    if wrong:
        message = f"Instances [[{', '.join(wrong)}]] not in a valid state for account"
        raise AwsError("InvalidInstanceId", f"{message} {backend.account_id}")
    return [known[one] for one in instance_ids]


def is_managed(instance: Instance) -> bool:
    """Whether commands can be sent to the instance."""
    return agents.is_up(instance) and any(
        _works_as(caller, instance) for caller in agents.callers(instance)
    )


def _works_as(caller: Caller, instance: Instance) -> bool:
    """Whether the agent may do all that it needs to, and what it sends arrives."""
    return all(
        may(caller, it.action, it.resource) and network.lets(instance, caller, it)
        for it in agents.needs(instance)
    )
