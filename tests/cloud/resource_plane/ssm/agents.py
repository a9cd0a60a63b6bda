"""The SSM agent in an instance, which starts with it (EC2's `lifecycle` begins its work).

Amazon's own AMIs bring one along (SSM/ami-preinstalled-agent), and so do instances that are
restored from what ran one. A test says where there is none.
"""

from __future__ import annotations

from resource_plane import progress
from resource_plane.ec2.instances.lifecycle import agent_id
from resource_plane.ec2.instances.model import Instance


def is_up(instance: Instance) -> bool:
    """Whether an agent runs in the instance and has had the time to register."""
    work = progress.work_on(agent_id(instance))
    return instance.state == "running" and work is not None and work.done and not work.failure
