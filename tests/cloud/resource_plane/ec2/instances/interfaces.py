"""The network interfaces and addresses that RunInstances asks for, before an instance has them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.subnets import Subnet

from resource_plane.ec2 import find
from resource_plane.error import AwsError

Asked = Mapping[str, Any]
"""BC:ec2.InstanceNetworkInterfaceSpecification."""

RESERVED_AT_THE_START = 4
"""VPC/subnet-sizing: AWS keeps the first four addresses of a subnet, and the last."""


def primary(asked: Sequence[Asked]) -> Asked:
    """The interface at index 0, by which an instance is placed; nothing where none is asked for.

    BC:ec2.InstanceNetworkInterfaceSpecification.DeviceIndex: each needs an index, and that of the
    primary one is 0. The words are those seen in GH:hashicorp/packer#2242 and GH:awsdocs/aws-
    cloudformation-user-guide#449.
    """
    if not asked:
        return {}
    if any(it.get("DeviceIndex") is None for it in asked):
        message = "Each network interface requires a device index."
        raise AwsError("InvalidParameterValue", message)
    # A network card counts its own indices (BC:ec2, NetworkCardIndex).
    places = [(int(it.get("NetworkCardIndex") or 0), int(it["DeviceIndex"])) for it in asked]
    if (0, 0) not in places:
        message = "When specifying network interfaces, you must include a device at index 0"
        raise AwsError("InvalidParameterValue", message)
    if len(set(places)) < len(places):
        message = "Each network interface requires a device index of its own."
        raise AwsError("InvalidParameterValue", message)
    return asked[places.index((0, 0))]


def existing(backend: EC2Backend, interface_id: str) -> NetworkInterface:
    """An interface that is there already, which an earlier launch of the same token may have."""
    found: NetworkInterface | None = backend.enis.get(interface_id)
    if found is None:
        message = f"The networkInterface ID '{interface_id}' does not exist"
        raise AwsError("InvalidNetworkInterfaceID.NotFound", message)
    return found


def _require_unused(interface: NetworkInterface) -> None:
    """GH:hashicorp/terraform-provider-aws#27513 has the words."""
    # moto leaves an interface that outlives its instance with that.
    holder = interface.instance
    if holder.state != "terminated" if holder is not None else interface.status == "in-use":
        raise AwsError("InvalidNetworkInterface.InUse", f"Interface: [{interface.id}] in use.")


def require_usable(backend: EC2Backend, asked: Asked, subnet: Subnet, count: int) -> None:
    """Refuses interfaces in another zone than the instance, and addresses that cannot be had.

    `asked` is the whole request, `subnet` that of the primary interface, `count` how many
    instances may be launched.
    """
    listed = asked.get("NetworkInterfaces") or ()
    if count > 1 and any(it.get("NetworkInterfaceId") or _addresses(it) for it in (*listed, asked)):
        # BC:ec2, PrivateIpAddress of either: not "if you're launching more than one instance".
        message = "An address or a network interface can be specified for one instance alone"
        raise AwsError("InvalidParameterCombination", message)
    wanted = [(subnet, one) for one in _addresses(asked)]
    for interface in listed:
        inside = _subnet(backend, interface, subnet)
        if inside.availability_zone != subnet.availability_zone:
            message = "You may not attach a network interface to an instance if they are not in the"
            raise AwsError("InvalidParameterCombination", f"{message} same availability zone")
        wanted += [(inside, one) for one in _addresses(interface)]
    for inside, address in wanted:
        _require_free(backend, inside, address)


def _subnet(backend: EC2Backend, asked: Asked, of_primary: Subnet) -> Subnet:
    """The subnet of an interface; one that names none goes where the primary one is."""
    if interface_id := asked.get("NetworkInterfaceId"):
        interface = existing(backend, interface_id)
        _require_unused(interface)
        return interface.subnet
    named = asked.get("SubnetId")
    return find.subnet(backend, named) if named else of_primary


def _addresses(asked: Asked) -> list[str]:
    """The addresses that an interface, or the instance itself, is to have."""
    first = [asked["PrivateIpAddress"]] if asked.get("PrivateIpAddress") else []
    return first + [it["PrivateIpAddress"] for it in asked.get("PrivateIpAddresses") or ()]


def _require_free(backend: EC2Backend, subnet: Subnet, text: str) -> None:
    """GH:aws/aws-cli#7178 and GH:JamesWoolfenden/terraform-aws-cassandra#18 have the words."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        message = f"Value ({text}) for parameter privateIpAddress is invalid."
        raise AwsError("InvalidParameterValue", message) from None
    block = ipaddress.ip_network(subnet.cidr_block, strict=False)
    if address not in block:
        message = f"Address {text} does not fall within the subnet's address range"
        raise AwsError("InvalidParameterValue", message)
    kept = [block[index] for index in range(RESERVED_AT_THE_START)]
    if address in (*kept, block[-1]):
        message = f"Address {text} is in subnet's reserved address range"
        raise AwsError("InvalidParameterValue", message)
    if text in _taken(backend, subnet):
        raise AwsError("InvalidIPAddress.InUse", f"Address {text} is in use.")


def _taken(backend: EC2Backend, subnet: Subnet) -> set[str]:
    there = [it for it in backend.enis.values() if it.subnet.id == subnet.id]
    on_interfaces = {one["PrivateIpAddress"] for it in there for one in it.private_ip_addresses}
    return on_interfaces | subnet._subnet_ips.keys()
