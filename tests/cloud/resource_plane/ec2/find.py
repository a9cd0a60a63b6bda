"""Looking up resources by their ids, and how AWS refuses those it does not find.

EC2API/errors-overview: `Invalid….Malformed` for what cannot be an id, `Invalid….NotFound` for
what no resource has. Resources of other accounts are not found, but for shared snapshots and
images, which have look-ups of their own (`snapshots.sharing`, `images.sharing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import Subnet

from resource_plane.ec2.instances.model import Instance
from resource_plane.ec2.volumes.model import Volume
from resource_plane.error import AwsError


def well_formed(prefix: str, resource_id: str, code: str) -> str:
    """The id, which must be hexadecimal behind its prefix; `code` is such as `InvalidVolumeID`."""
    if not re.fullmatch(rf"{prefix}-(?:[0-9a-f]{{8}}|[0-9a-f]{{17}})", resource_id):
        raise AwsError(f"{code}.Malformed", f'Invalid id: "{resource_id}"')
    return resource_id


def volume(backend: EC2Backend, volume_id: str) -> Volume:
    """A volume of the account."""
    found = backend.volumes.get(well_formed("vol", volume_id, "InvalidVolumeID"))
    if found is None:
        message = f"The volume '{volume_id}' does not exist."
        raise AwsError("InvalidVolume.NotFound", message)
    return found


def all_instances(backend: EC2Backend) -> Iterator[Instance]:
    """All instances of the account in the Region, in the order of their launch."""
    for reservation in backend.reservations.values():
        yield from reservation.instances


def instances(backend: EC2Backend, instance_ids: list[str]) -> list[Instance]:
    """The instances with these ids, in this order."""
    for instance_id in instance_ids:
        well_formed("i", instance_id, "InvalidInstanceID")
    known = {it.id: it for it in all_instances(backend)}
    unknown = [one for one in instance_ids if one not in known]
    if unknown:
        message = (
            f"The instance ID '{unknown[0]}' does not exist"
            if len(unknown) == 1
            else f"The instance IDs '{', '.join(unknown)}' do not exist"
        )
        raise AwsError("InvalidInstanceID.NotFound", message)
    return [known[one] for one in dict.fromkeys(instance_ids)]


def instance(backend: EC2Backend, instance_id: str) -> Instance:
    """An instance of the account."""
    return instances(backend, [instance_id])[0]


def subnet(backend: EC2Backend, subnet_id: str) -> Subnet:
    """A subnet of the account."""
    for in_zone in backend.subnets.values():
        if subnet_id in in_zone:
            return in_zone[subnet_id]
    message = f"The subnet ID '{subnet_id}' does not exist"
    raise AwsError("InvalidSubnetID.NotFound", message)


def security_group(backend: EC2Backend, group_id: str) -> SecurityGroup:
    """A security group of the account, by its id."""
    if not group_id.startswith("sg-"):
        raise AwsError("InvalidGroupId.Malformed", f'Invalid id: "{group_id}"')
    found = backend.get_security_group_from_id(group_id)
    if found is None:
        message = f"The security group '{group_id}' does not exist"
        raise AwsError("InvalidGroup.NotFound", message)
    return found
