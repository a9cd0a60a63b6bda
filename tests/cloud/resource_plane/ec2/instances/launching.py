"""RunInstances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Reservation

from resource_plane import capacity
from resource_plane.ec2 import ebs_keys, find, idempotency, quotas, room, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.images import sharing as images
from resource_plane.ec2.images.model import Image
from resource_plane.ec2.instances import lifecycle, placing, profiles, request, types
from resource_plane.ec2.instances.devices import Device, devices
from resource_plane.ec2.instances.model import FAILED_LAUNCH, Instance
from resource_plane.ec2.instances.user_data import user_data
from resource_plane.ec2.parameters import missing
from resource_plane.ec2.volumes.making import register, unusable_key
from resource_plane.ec2.volumes.model import connect
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule


@rule("ec2", "RunInstances")
def run_instances(call: Call, _: Proceed) -> Any:
    """Begins to launch instances, once for each client token.

    EC2API/ec2-api-idempotency: a token counts in one zone where the request names a subnet or a
    zone, in the whole Region where it does not; it is spent when its instances are terminated.
    """
    asked = request.of(call)
    zone = placing.zone(backend_of(call), asked)
    made = idempotency.once(call, lambda: _launch(call, asked), zone)
    ended = [it.id for it in made.instances if it.state in ("shutting-down", "terminated")]
    if ended:
        message = f"The instances that the request launched are terminated: {', '.join(ended)}"
        raise AwsError("IdempotentInstanceTerminated", message)
    return ActionResult(made)


def _launch(call: Call, asked: Mapping[str, Any]) -> Reservation:
    """Decides everything, so that a refusal leaves nothing behind, and then begins."""
    backend, (least, most) = backend_of(call), _count(call)
    image = _image(call, asked)
    instance_type = asked.get("InstanceType") or types.DEFAULT
    types.fits(instance_type, image)
    where = placing.place(
        backend, asked, most, lambda zone: room.instances(backend, instance_type, zone) >= least
    )
    types.offered(instance_type, where.zone)
    _key_pair(call, asked.get("KeyName"))
    given = asked.get("IamInstanceProfile")
    profile = profiles.profile(call, given) if given else None
    wanted = devices(call, image, asked)
    settings = _settings(asked, image, instance_type, where)
    count = quotas.fitting(find.all_instances(backend), instance_type, least, most)
    left = room.instances(backend, instance_type, where.zone)
    if left < least and not capacity.found_out_later():
        raise room.no_instance(backend, instance_type, where.zone)
    why = room.FAILED if left < least else _too_many_volumes(backend, wanted * count)
    count = count if left < least else int(min(count, left))
    made = backend.run_instances(image.id, count, user_data(asked.get("UserData")), [], **settings)
    for instance in made.instances:
        instance.boots_from(image, types.boot_modes(instance_type))
        instance.cpus_asked = asked.get("CpuOptions")
        _own_interfaces(instance, asked)
        _tag(call, instance)
        if profile is not None:
            profiles.associate(backend, instance.id, profile)
        unusable = _make_volumes(call, instance, where, wanted)
        lifecycle.launch(instance, why or (FAILED_LAUNCH if unusable else None))
    return made


def _make_volumes(
    call: Call, instance: Instance, where: placing.Place, wanted: list[Device]
) -> str | None:
    """Begins the volumes; returns why EBS cannot make one of them, if it cannot."""
    backend, reasons = backend_of(call), []
    zone = backend.get_zone_by_name(where.zone)
    for device in wanted:
        volume = register(call, device.plan, zone)
        tags.set_on(backend, volume.id, call, "volume")
        connect(volume, instance, device.name, delete_on_termination=device.delete_on_termination)
        reasons.append(unusable_key(call, volume, device.plan, ebs_keys.VOLUME))
    return next((reason for reason in reasons if reason), None)


def _too_many_volumes(backend: EC2Backend, wanted: list[Device]) -> str | None:
    """Why a launch fails that exceeds a quota of volumes, which EC2 finds out later."""
    try:
        quotas.volumes(backend, (it.plan for it in wanted))
    except AwsError:
        return quotas.FAILED_FOR_VOLUMES
    return None


def _count(call: Call) -> tuple[int, int]:
    least, most = call.params["MinCount"], call.params["MaxCount"]
    if not 1 <= least <= most:
        message = f"minCount ({least}) and maxCount ({most}) must be 1 <= minCount <= maxCount"
        raise AwsError("InvalidParameterValue", message)
    return least, most


def _image(call: Call, asked: Mapping[str, Any]) -> Image:
    image_id = asked.get("ImageId")
    if not image_id:
        raise missing("ImageId")
    image = images.visible(call, image_id)
    if image.state != "available":
        message = f"The image ID '{image_id}' is '{image.state}'"
        raise AwsError("InvalidAMIID.Unavailable", message)
    return image


def _key_pair(call: Call, name: str | None) -> None:
    if name and name not in backend_of(call).key_pairs:
        message = f"The key pair '{name}' does not exist"
        raise AwsError("InvalidKeyPair.NotFound", message)


def _settings(
    asked: Mapping[str, Any], image: Image, instance_type: str, where: placing.Place
) -> dict[str, Any]:
    """What moto's own launch takes."""
    metadata = dict(asked.get("MetadataOptions") or {})
    if image.imds_support == "v2.0":
        # BC:ec2.RegisterImageRequest.ImdsSupport.
        metadata = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2} | metadata
    return {
        "instance_type": instance_type,
        "is_instance_type_default": False,
        "region_name": where.subnet.ec2_backend.region_name,
        "placement": None,
        "subnet_id": None if where.interfaces else where.subnet.id,
        "nics": [dict(it) for it in where.interfaces],
        "security_group_ids": list(where.groups),
        "key_name": asked.get("KeyName"),
        "private_ip": asked.get("PrivateIpAddress"),
        "associate_public_ip": None,
        "ipv6_address_count": asked.get("Ipv6AddressCount"),
        "ebs_optimized": bool(asked.get("EbsOptimized")),
        "disable_api_stop": bool(asked.get("DisableApiStop")),
        "disable_api_termination": bool(asked.get("DisableApiTermination")),
        "instance_initiated_shutdown_behavior": asked.get("InstanceInitiatedShutdownBehavior"),
        "hibernation_options": asked.get("HibernationOptions") or {},
        "monitoring_state": "enabled"
        if (asked.get("Monitoring") or {}).get("Enabled")
        else "disabled",
        "metadata_options": metadata,
        "client_token": asked.get("ClientToken") or "",
        # moto's own would give every instance a volume of 8 GiB.
        "block_device_mappings": [],
    }


def _own_interfaces(instance: Instance, asked: Mapping[str, Any]) -> None:
    """Interfaces made at launch go with their instance unless told otherwise.

    BC:ec2.InstanceNetworkInterfaceSpecification.DeleteOnTermination; moto keeps them.
    """
    described = {it.get("DeviceIndex", 0): it for it in asked.get("NetworkInterfaces") or ()}
    for index, interface in instance.nics.items():
        given = described.get(index, {})
        kept = given.get("NetworkInterfaceId") or given.get("DeleteOnTermination") is False
        interface.delete_on_termination = not kept


def _tag(call: Call, instance: Instance) -> None:
    backend = backend_of(call)
    tags.set_on(backend, instance.id, call, "instance")
    for interface in instance.nics.values():
        tags.set_on(backend, interface.id, call, "network-interface")
