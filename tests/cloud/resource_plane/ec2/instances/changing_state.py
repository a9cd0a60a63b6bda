"""StartInstances, StopInstances, RebootInstances and TerminateInstances."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from resource_plane import capacity
from resource_plane.authorization import Access, resources
from resource_plane.ec2 import ebs_keys, find, quotas, room, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.instances import lifecycle
from resource_plane.ec2.instances.model import CODES, FAILED_LAUNCH, Instance
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule


@resources("ec2", "StartInstances", "StopInstances", "RebootInstances", "TerminateInstances")
def changed(call: Call) -> list[Access]:
    """The instances."""
    return [tags.access(call, "instance", it) for it in call.params.get("InstanceIds") or ["*"]]


@rule("ec2", "StartInstances")
def start_instances(call: Call, _: Proceed) -> Any:
    """Begins to start stopped instances; running ones stay as they are."""
    instances = _asked_for(call)
    for instance in instances:
        _in_state(instance, "started", "stopped", "pending", "running")
        if instance.root is None:
            message = f"Invalid value '{instance.id}' for instanceId. Instance does not have a"
            end = f"volume attached at root ({instance.root_device_name})"
            raise AwsError("InvalidParameterValue", f"{message} {end}")
    short = _short_of(instances)
    if short and not capacity.found_out_later():
        raise room.no_start()
    stopped = (it for it in instances if it.state == "stopped")
    quotas.starts(find.all_instances(backend_of(call)), stopped)

    def start(instance: Instance) -> None:
        locked = FAILED_LAUNCH if _locked(call, instance) else None
        lifecycle.start(instance, room.FAILED if instance in short else locked)

    return _changes(call, instances, {"stopped"}, start)


def _short_of(instances: list[Instance]) -> list[Instance]:
    """Those of stopped instances to start that their zones have no room for."""
    stopped = [it for it in instances if it.state == "stopped"]
    found = []
    for index, one in enumerate(stopped):
        same = (one.instance_type, one.availability_zone)
        before = sum((it.instance_type, it.availability_zone) == same for it in stopped[:index])
        if room.instances(one.ec2_backend, *same) <= before:
            found.append(one)
    return found


@rule("ec2", "StopInstances")
def stop_instances(call: Call, _: Proceed) -> Any:
    """Begins to stop running instances; stopped ones stay as they are."""
    instances = _asked_for(call)
    for instance in instances:
        _in_state(instance, "stopped", "running", "stopping", "stopped")
        if instance.disable_api_stop:
            message = f"The instance '{instance.id}' may not be stopped."
            end = "Modify its 'disableApiStop' instance attribute and try again."
            raise AwsError("OperationNotPermitted", f"{message} {end}")
    return _changes(call, instances, {"running"}, lifecycle.stop)


@rule("ec2", "RebootInstances")
def reboot_instances(call: Call, _: Proceed) -> Any:
    """Reboots running instances, which run on."""
    for instance in _asked_for(call):
        _in_state(instance, "rebooted", "running")
    return EmptyResult()


@rule("ec2", "TerminateInstances")
def terminate_instances(call: Call, _: Proceed) -> Any:
    """Begins to terminate instances; doing so again changes nothing.

    BC:ec2.TerminateInstances: where one is protected the request fails, and those in zones without
    a protected one are terminated all the same.
    """
    instances = _asked_for(call)
    protected = [it for it in instances if it.disable_api_termination]
    kept = {it.availability_zone for it in protected}
    ending = [it for it in instances if it.availability_zone not in kept]
    told = _changes(call, ending, LIVING, lifecycle.terminate)
    if protected:
        message = f"The instance '{protected[0].id}' may not be terminated."
        end = "Modify its 'disableApiTermination' instance attribute and try again."
        raise AwsError("OperationNotPermitted", f"{message} {end}")
    return told


LIVING = CODES.keys() - {"shutting-down", "terminated"}

NAMES = {
    "StartInstances": "StartingInstances",
    "StopInstances": "StoppingInstances",
    "TerminateInstances": "TerminatingInstances",
}


def _changes(
    call: Call,
    instances: list[Instance],
    states: Collection[str],
    change: Callable[[Instance], None],
) -> ActionResult:
    """Changes those of the instances that are in one of `states`, and tells of all."""
    told = []
    for instance in instances:
        before = instance.state_described
        if instance.state in states:
            change(instance)
        now = instance.state_described
        told.append({"InstanceId": instance.id, "PreviousState": before, "CurrentState": now})
    return ActionResult({NAMES[call.action]: told})


def _asked_for(call: Call) -> list[Instance]:
    return find.instances(backend_of(call), call.params["InstanceIds"])


def _in_state(instance: Instance, verb: str, *states: str) -> None:
    if instance.state not in states:
        message = f"The instance '{instance.id}' is not in a state from which it can be {verb}."
        raise AwsError("IncorrectInstanceState", message)


def _locked(call: Call, instance: Instance) -> str | None:
    """Why EC2 cannot get at one of an instance's volumes for the caller; None if it can."""
    for attachment in instance.attached.values():
        volume = attachment.volume
        if volume.encrypted:
            reason = ebs_keys.unusable(
                call.caller, volume.kms_key_id, call.region, ebs_keys.ATTACHMENT, volume.id
            )
            if reason:
                return reason
    return None
