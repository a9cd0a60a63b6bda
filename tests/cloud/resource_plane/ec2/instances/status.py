"""DescribeInstanceStatus: whether the status checks of instances pass."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from resource_plane import progress
from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.filters import Readers, selected
from resource_plane.ec2.instances.lifecycle import status_id
from resource_plane.ec2.instances.model import Instance
from resource_plane.ec2.pages import page
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

MOST_IDS = 100
"""BC:ec2.DescribeInstanceStatusRequest.InstanceIds."""

PASSED = {"ok": "passed", "initializing": "initializing", "impaired": "failed"}
"""What the reachability check says where the status says so."""


def status(instance: Instance) -> str:
    """`initializing` from the moment it runs, then `ok`, or how its checks were told to end."""
    if instance.state != "running":
        return "not-applicable"
    work = progress.work_on(status_id(instance))
    if work is None or (work.done and work.failure is None):
        return "ok"
    return work.failure.state if work.failure else "initializing"


def _host_status(instance: Instance) -> str:
    """An ordered failure is the instance's own; its host and volumes are well."""
    own = status(instance)
    return "ok" if own == "impaired" else own


READERS: Readers[Instance] = {
    "attached-ebs-status.status": _host_status,
    "availability-zone": lambda it: it.availability_zone,
    "instance-state-code": lambda it: it.state_code,
    "instance-state-name": lambda it: it.state,
    "instance-status.reachability": lambda it: PASSED.get(status(it)),
    "instance-status.status": status,
    "system-status.reachability": lambda it: PASSED.get(_host_status(it)),
    "system-status.status": _host_status,
}


@rule("ec2", "DescribeInstanceStatus")
def describe_instance_status(call: Call, _: Proceed) -> Any:
    """The status of running instances, or with `IncludeAllInstances` of all."""
    backend, ids = backend_of(call), call.params.get("InstanceIds") or []
    if len(ids) > MOST_IDS:
        message = f"No more than {MOST_IDS} instance ids may be specified"
        raise AwsError("InvalidParameterValue", message)
    among = find.instances(backend, ids) if ids else list(find.all_instances(backend))
    if not call.params.get("IncludeAllInstances"):
        among = [it for it in among if it.state == "running"]
    found = selected(call, among, READERS, lambda it: tags.of(backend, it.id))
    items, following = page(call, found, "instancesSet" if ids else None)
    return ActionResult(
        {"InstanceStatuses": [_described(it) for it in items], "NextToken": following}
    )


def _described(instance: Instance) -> dict[str, Any]:
    host = _summary(_host_status(instance))
    return {
        "InstanceId": instance.id,
        "AvailabilityZone": instance.availability_zone,
        "InstanceState": instance.state_described,
        "InstanceStatus": _summary(status(instance)),
        "SystemStatus": host,
        "AttachedEbsStatus": host,
    }


def _summary(said: str) -> dict[str, Any]:
    """A status as BC:ec2.InstanceStatusSummary."""
    check = PASSED.get(said)
    details = [{"Name": "reachability", "Status": check}] if check else None
    return {"Status": said, "Details": details}
