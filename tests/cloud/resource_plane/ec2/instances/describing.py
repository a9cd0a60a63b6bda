"""DescribeInstances."""

from __future__ import annotations

import itertools
from typing import Any

from moto.core.responses import ActionResult

from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.filters import Readers, selected
from resource_plane.ec2.instances.model import Instance
from resource_plane.ec2.pages import page
from resource_plane.frame import Call, Proceed, rule

READERS: Readers[Instance] = {
    "architecture": lambda it: it.architecture,
    "availability-zone": lambda it: it.availability_zone,
    "block-device-mapping.attach-time": lambda it: [a.attach_time for a in it.attached.values()],
    "block-device-mapping.delete-on-termination": lambda it: [
        a.delete_on_termination for a in it.attached.values()
    ],
    "block-device-mapping.device-name": lambda it: list(it.attached),
    "block-device-mapping.status": lambda it: [a.state for a in it.attached.values()],
    "block-device-mapping.volume-id": lambda it: [a.volume.id for a in it.attached.values()],
    "boot-mode": lambda it: it.boot_mode,
    "client-token": lambda it: it.client_token,
    "current-instance-boot-mode": lambda it: it.current_instance_boot_mode,
    "dns-name": lambda it: it.public_dns_name,
    "ebs-optimized": lambda it: it.ebs_optimized,
    "ena-support": lambda it: it.ena_support,
    "hypervisor": lambda it: it.hypervisor,
    "iam-instance-profile.arn": lambda it: (it.iam_instance_profile or {}).get("Arn"),
    "iam-instance-profile.id": lambda it: (it.iam_instance_profile or {}).get("Id"),
    "image-id": lambda it: it.image_id,
    "instance-id": lambda it: it.id,
    "instance-lifecycle": lambda it: it.lifecycle,
    "instance-state-code": lambda it: it.state_code,
    "instance-state-name": lambda it: it.state,
    "instance-type": lambda it: it.instance_type,
    "instance.group-id": lambda it: [group.id for group in it.security_groups],
    "instance.group-name": lambda it: [group.name for group in it.security_groups],
    "ip-address": lambda it: it.public_ip,
    "kernel-id": lambda it: it.kernel_id,
    "key-name": lambda it: it.key_name,
    "launch-index": lambda it: it.ami_launch_index,
    "launch-time": lambda it: it.launch_time,
    "metadata-options.http-endpoint": lambda it: it.metadata_options.http_endpoint,
    "metadata-options.http-tokens": lambda it: it.metadata_options.http_tokens,
    "monitoring-state": lambda it: it.monitoring_state,
    "network-interface.group-id": lambda it: [
        group.id for nic in it.nics.values() for group in nic.group_set
    ],
    "network-interface.network-interface-id": lambda it: [nic.id for nic in it.nics.values()],
    "network-interface.subnet-id": lambda it: [nic.subnet.id for nic in it.nics.values()],
    "owner-id": lambda it: it.owner_id,
    "platform": lambda it: it.platform,
    "platform-details": lambda it: it.platform_details,
    "private-dns-name": lambda it: it.private_dns_name,
    "private-ip-address": lambda it: it.private_ip,
    "ramdisk-id": lambda it: it.ramdisk_id,
    "reason": lambda it: it.state_transition_reason,
    "root-device-name": lambda it: it.root_device_name,
    "root-device-type": lambda it: it.root_device_type,
    "source-dest-check": lambda it: it.source_dest_check,
    "state-reason-code": lambda it: it.state_reason.code,
    "state-reason-message": lambda it: it.state_reason.message,
    "subnet-id": lambda it: it.subnet_id,
    "tenancy": lambda it: it.placement.tenancy,
    "usage-operation": lambda it: it.usage_operation,
    "virtualization-type": lambda it: it.virtualization_type,
    "vpc-id": lambda it: it.vpc_id,
}


@rule("ec2", "DescribeInstances")
def describe_instances(call: Call, _: Proceed) -> Any:
    """The account's instances, or those of them that the call asks for, by reservation."""
    backend, ids = backend_of(call), call.params.get("InstanceIds") or []
    reserved = {
        instance.id: reservation
        for reservation in backend.reservations.values()
        for instance in reservation.instances
    }
    readers = READERS | {"reservation-id": lambda it: reserved[it.id].id}
    among = find.instances(backend, ids) if ids else find.all_instances(backend)
    found = selected(call, among, readers, lambda it: tags.of(backend, it.id))
    # BC:ec2.DescribeInstancesRequest.MaxResults: not together with instance ids.
    items, following = page(call, found, "instancesSet" if ids else None)
    groups = itertools.groupby(items, lambda it: reserved[it.id])
    told = [
        {
            "ReservationId": reservation.id,
            "OwnerId": reservation.owner_id,
            "Groups": [],
            "Instances": list(instances),
        }
        for reservation, instances in groups
    ]
    return ActionResult({"Reservations": told, "NextToken": following})
