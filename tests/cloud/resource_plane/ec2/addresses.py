"""Public addresses of network interfaces, and whose they are.

BC:ec2.InstanceNetworkInterfaceAssociation.IpOwnerId: an Elastic IP address is its account's, any
other is `amazon`'s. moto takes them all for the account's, and tells of an association where an
interface has no public address.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface

_association = NetworkInterface.association.fget


def _by_owner(self: NetworkInterface) -> dict[str, Any] | None:
    """In place of moto's, for whichever call tells of the interface."""
    told = _association(self)
    if told and "allocationId" not in told:
        told["ipOwnerId"] = "amazon"
    return told or None


NetworkInterface.association = property(_by_owner)
