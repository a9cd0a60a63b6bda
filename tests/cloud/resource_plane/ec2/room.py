"""Whether AWS has room for an instance or a volume in a zone (see `capacity`)."""

from __future__ import annotations

from moto.ec2.models import EC2Backend

from resource_plane import capacity, consistency
from resource_plane.ec2.accounts import backends_in
from resource_plane.ec2.find import all_instances
from resource_plane.error import AwsError

FAILED = (
    "Server.InsufficientInstanceCapacity: There was insufficient capacity available to satisfy "
    "the launch request."
)
"""BC:ec2.StateReason: what becomes of a launch or start that AWS found no room for later."""


@consistency.as_it_is()
def instances(backend: EC2Backend, instance_type: str, zone: str) -> float:
    """How many more instances of the type the zone has room for; stopped ones take up none."""
    running = sum(
        it.instance_type == instance_type
        and it.availability_zone == zone
        and it.state in ("pending", "running", "stopping")
        for one in backends_in(backend.region_name)
        for it in all_instances(one)
    )
    return capacity.left("instance", instance_type, zone, running)


def no_instance(backend: EC2Backend, instance_type: str, zone: str) -> AwsError:
    """RunInstances' refusal (GH:red-hat-storage/ocs-ci#9263, with its status)."""
    message = f"We currently do not have sufficient {instance_type} capacity in the Availability"
    message += f" Zone you requested ({zone}). Our system will be working on provisioning"
    message += " additional capacity."
    zones = [it.name for it in backend.describe_availability_zones()]
    others = [it for it in zones if it != zone and instances(backend, instance_type, it) > 0]
    if others:
        message += f" You can currently get {instance_type} capacity by not specifying an"
        message += f" Availability Zone in your request or choosing {', '.join(others)}."
    return AwsError("InsufficientInstanceCapacity", message, 500)


def no_start() -> AwsError:
    """StartInstances' refusal, which names nothing."""
    return AwsError("InsufficientInstanceCapacity", "Insufficient capacity.", 500)


@consistency.as_it_is()
def volume(backend: EC2Backend, volume_type: str, zone: str) -> None:
    """Refuses a volume of a type that the zone has no room for (EC2API/errors-overview)."""
    there = sum(
        it.volume_type == volume_type and it.zone.name == zone
        for one in backends_in(backend.region_name)
        for it in one.volumes.values()
    )
    if capacity.left("volume", volume_type, zone, there) < 1:
        message = "There is not enough capacity to fulfill your EBS volume provision request. You"
        message += " can try to provision a different volume type, EBS volume in a different"
        message += " availability zone, or you can wait for additional capacity to become available"
        raise AwsError("InsufficientVolumeCapacity", f"{message}.", 500)
