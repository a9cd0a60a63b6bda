"""Where a DB instance is put: its DB subnet group, Availability Zones and VPC security groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from moto.ec2.models import ec2_backends
from moto.rds.models import DBSubnetGroup, RDSBackend

from resource_plane.error import AwsError

DEFAULT = "default"


@dataclass(frozen=True)
class Place:
    """Where a DB instance is, or will be."""

    subnet_group: DBSubnetGroup
    zone: str
    standby_zone: str | None
    """Where the standby of a Multi-AZ DB instance is."""
    security_groups: list[str]
    public: bool
    """Whether the VPC has an internet gateway."""


def place(
    backend: RDSBackend,
    subnet_group: str | None,
    zone: str | None,
    multi_az: bool,
    security_groups: Sequence[str] | None,
    has_room: Callable[[str], bool],
) -> Place:
    """Where RDS puts a DB instance that asks for this, with its defaults for what is left out.

    BC:rds.RestoreDBInstanceFromDBSnapshotMessage: the default VPC, a zone of the system's choice
    (one that has room), the default security group of the subnet group's VPC.
    """
    if multi_az and zone:
        raise AwsError(
            "InvalidParameterCombination",
            "Requesting a specific availability zone is not valid for Multi-AZ instances.",
        )
    group = find_subnet_group(backend, subnet_group)
    zones = sorted(zones_of(group), key=has_room, reverse=True)
    first = _zone(backend, group, zone) if zone else zones[0]
    others = [other for other in zones if other != first]
    if multi_az and not others:
        raise too_few_zones(zones)
    return Place(
        subnet_group=group,
        zone=first,
        standby_zone=others[0] if multi_az else None,
        security_groups=find_security_groups(backend, group.vpc_id, security_groups),
        public=_has_internet_gateway(backend, group.vpc_id),
    )


def find_subnet_group(backend: RDSBackend, name: str | None) -> DBSubnetGroup:
    """The DB subnet group of that name, or the one named `default` over the default VPC."""
    name = (name or DEFAULT).lower()
    found = backend.subnet_groups.get(name)
    if found is not None:
        return found
    if name != DEFAULT:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DB subnet group {name} not found.")
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    subnets = list(ec2.get_default_subnets().values())
    if not subnets:
        raise AwsError("InvalidSubnet", "No default subnet detected in VPC.")
    backend.subnet_groups[DEFAULT] = DBSubnetGroup(backend, DEFAULT, DEFAULT, subnets, [])
    return backend.subnet_groups[DEFAULT]


def zones_of(group: DBSubnetGroup) -> list[str]:
    """The Availability Zones that a subnet group covers."""
    return sorted({subnet.availability_zone for subnet in group._subnets})


def find_security_groups(
    backend: RDSBackend, vpc_id: str, asked: Sequence[str] | None
) -> list[str]:
    """The security groups asked for, which must be of the VPC, or its default one."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    if not asked:
        default = ec2.get_default_security_group(vpc_id)
        return [default.id] if default else []
    for group_id in asked:
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise AwsError(
                "InvalidParameterValue",
                f"Invalid security group , groupId= {group_id}, groupName=.",
            )
        if group.vpc_id != vpc_id:
            raise AwsError(
                "InvalidParameterCombination",
                "The DB instance and EC2 security group are in different VPCs. The DB instance is "
                f"in {vpc_id} and the EC2 security group is in {group.vpc_id}",
            )
    return list(asked)


def too_few_zones(covered: Sequence[str]) -> AwsError:
    """AWS's refusal of a DB subnet group over a single Availability Zone."""
    return AwsError(
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ "
        f"coverage: {', '.join(covered)}. Add subnets to cover at least 2 AZs.",
    )


def check_network_type(group: DBSubnetGroup, network_type: str) -> str:
    """The network type, which the subnets must support.

    BC:rds.RestoreDBInstanceFromDBSnapshotMessage.NetworkType: IPV4 or DUAL, "determined by the
    DBSubnetGroup".
    """
    if network_type not in ("IPV4", "DUAL"):
        raise AwsError("InvalidParameterValue", f"Invalid network type: {network_type}")
    if network_type not in network_types(group):
        raise AwsError(
            "NetworkTypeNotSupported",
            f"The DB subnet group {group.name} doesn't support the network type DUAL.",
        )
    return network_type


def network_types(group: DBSubnetGroup) -> list[str]:
    """What the subnets of a group all support (BC:rds.DBSubnetGroup.SupportedNetworkTypes)."""
    single = [subnet for subnet in group._subnets if not subnet.ipv6_cidr_block_associations]
    return ["IPV4"] if single else ["IPV4", "DUAL"]


def _zone(backend: RDSBackend, group: DBSubnetGroup, zone: str) -> str:
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    if zone not in {one.name for one in ec2.describe_availability_zones()}:
        raise AwsError("InvalidParameterValue", f"Invalid Availability Zone: {zone}")
    if zone not in zones_of(group):
        # BC:rds.InvalidVPCNetworkStateFault is the model's one error for such a subnet group.
        raise AwsError(
            "InvalidVPCNetworkStateFault",
            f"The DB subnet group {group.name} doesn't cover the Availability Zone {zone}.",
        )
    return zone


def _has_internet_gateway(backend: RDSBackend, vpc_id: str) -> bool:
    ec2: Any = ec2_backends[backend.account_id][backend.region_name]
    return any(
        gateway.vpc is not None and gateway.vpc.id == vpc_id
        for gateway in ec2.internet_gateways.values()
    )


# moto's groups do not tell of it.
DBSubnetGroup.supported_network_types = property(network_types)
