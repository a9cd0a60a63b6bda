"""Where a new instance goes: its subnet, and with it its zone and VPC, and its security groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import Subnet

from resource_plane.ec2 import find
from resource_plane.ec2.instances import interfaces
from resource_plane.error import AwsError


@dataclass(frozen=True)
class Place:
    """Where an instance goes."""

    subnet: Subnet
    groups: tuple[SecurityGroup, ...]
    interfaces: tuple[Mapping[str, Any], ...]
    """Network interfaces that the request describes, without their security groups."""

    @property
    def zone(self) -> str:
        """The Availability Zone."""
        return self.subnet.availability_zone


def place(
    backend: EC2Backend,
    asked: Mapping[str, Any],
    count: int,
    has_room: Callable[[str], bool] = lambda zone: True,
) -> Place:
    """The place that RunInstances asks for, or the default one, in a zone that has room."""
    listed = asked.get("NetworkInterfaces") or []
    for name in ("SubnetId", "SecurityGroupIds", "SecurityGroups", "PrivateIpAddress"):
        if listed and asked.get(name):
            message = "Network interfaces and an instance-level"
            end = f"{name} may not be specified on the same request"
            raise AwsError("InvalidParameterCombination", f"{message} {end}")
    primary = interfaces.primary(listed)
    subnet = _subnet(backend, asked, primary, has_room)
    interfaces.require_usable(backend, asked, subnet, count)
    if subnet.available_ip_address_count < count:
        message = f"Insufficient free addresses in subnet '{subnet.id}'."
        raise AwsError("InsufficientFreeAddressesInSubnet", message)
    ids = primary.get("Groups") or asked.get("SecurityGroupIds") or []
    groups = [find.security_group(backend, one) for one in ids]
    groups += [_named(backend, name, asked) for name in asked.get("SecurityGroups") or ()]
    for group in groups:
        if group.vpc_id != subnet.vpc_id:
            message = f"Security group {group.id} and subnet {subnet.id}"
            raise AwsError("InvalidParameter", f"{message} belong to different networks.")
    if not groups:
        # BC:ec2.RunInstances: "we use the default security group for the VPC".
        groups = [backend.get_security_group_from_name("default", subnet.vpc_id)]
    described = ({key: it[key] for key in it if key != "Groups"} for it in listed)
    return Place(subnet, tuple(groups), tuple(described))


def zone(backend: EC2Backend, asked: Mapping[str, Any]) -> str:
    """The zone that RunInstances asks for by a subnet, an interface or its name; else empty."""
    named = (asked.get("Placement") or {}).get("AvailabilityZone")
    if named or asked.get("SubnetId") or asked.get("NetworkInterfaces"):
        primary = interfaces.primary(asked.get("NetworkInterfaces") or [])
        return _subnet(backend, asked, primary).availability_zone
    return ""


def _subnet(
    backend: EC2Backend,
    asked: Mapping[str, Any],
    primary: Mapping[str, Any],
    has_room: Callable[[str], bool] = lambda zone: True,
) -> Subnet:
    wanted = (asked.get("Placement") or {}).get("AvailabilityZone")
    subnet_id = primary.get("SubnetId") or asked.get("SubnetId")
    if interface_id := primary.get("NetworkInterfaceId"):
        return interfaces.existing(backend, interface_id).subnet
    if subnet_id:
        subnet = find.subnet(backend, subnet_id)
        if wanted and wanted != subnet.availability_zone:
            message = f"The specified Availability Zone {wanted} is not that of subnet {subnet_id}"
            raise AwsError("InvalidParameterValue", message)
        return subnet
    return _default_subnet(backend, wanted, has_room)


def _default_subnet(
    backend: EC2Backend, wanted: str | None, has_room: Callable[[str], bool]
) -> Subnet:
    """BC:ec2.RunInstances: "we choose a default subnet from your default VPC for you"."""
    if wanted and wanted not in {it.name for it in backend.describe_availability_zones()}:
        message = f"Invalid availability zone: [{wanted}]"
        raise AwsError("InvalidParameterValue", message)
    by_zone = backend.get_default_subnets()
    zones = [wanted] if wanted else sorted(by_zone, key=has_room, reverse=True)
    subnet = by_zone.get(zones[0]) if zones else None
    if subnet is None:
        message = "No subnets found for the default VPC. Please specify a subnet."
        raise AwsError("MissingInput", message)
    return subnet


def _named(backend: EC2Backend, name: str, asked: Mapping[str, Any]) -> SecurityGroup:
    """A group of the default VPC, which alone has groups that are found by their names."""
    if asked.get("SubnetId"):
        message = "The parameter groupName cannot be used with the parameter subnet"
        raise AwsError("InvalidParameterCombination", message)
    found = backend.get_security_group_from_name(name, backend.default_vpc.id)
    if found is None:
        message = f"The security group '{name}' does not exist in default VPC"
        raise AwsError("InvalidGroup.NotFound", message)
    return found
