"""Security groups: not deleted while anything uses them. The rest is moto's."""

from __future__ import annotations

from typing import Any

from moto.core.responses import EmptyResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroup

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.parameters import missing
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule


@resources("ec2", "CreateSecurityGroup")
def group_and_vpc(call: Call) -> list[Access]:
    """The group to be, and the VPC it is in."""
    vpc = call.params.get("VpcId")
    return [
        tags.to_be_made(call, "security-group"),
        *([tags.access(call, "vpc", vpc)] if vpc else []),
    ]


@resources(
    "ec2",
    "DeleteSecurityGroup",
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
)
def group(call: Call) -> list[Access]:
    """The group."""
    return [tags.access(call, "security-group", call.params.get("GroupId", "*"))]


@rule("ec2", "DeleteSecurityGroup")
def delete_security_group(call: Call, _: Proceed) -> Any:
    """Deletes a group that no network interface and no other group's rule refers to."""
    backend, found = backend_of(call), _asked_for(call)
    if found.name == "default":
        message = f'the specified group: "{found.id}" name: "default" cannot be deleted by a user'
        raise AwsError("CannotDelete", message)
    if _in_use(backend, found):
        message = f"resource {found.id} has a dependent object"
        raise AwsError("DependencyViolation", message)
    backend.groups[found.vpc_id].pop(found.id)
    backend.tags.pop(found.id, None)
    return EmptyResult()


def _asked_for(call: Call) -> SecurityGroup:
    backend = backend_of(call)
    group_id, name = call.params.get("GroupId"), call.params.get("GroupName")
    if group_id:
        return find.security_group(backend, group_id)
    if not name:
        raise missing("GroupName or GroupId")
    # BC:ec2.DeleteSecurityGroupRequest.GroupName: "[Default VPC]".
    found = backend.get_security_group_from_name(name, backend.default_vpc.id)
    if found is None:
        message = f"The security group '{name}' does not exist in default VPC"
        raise AwsError("InvalidGroup.NotFound", message)
    return found


def _in_use(backend: EC2Backend, wanted: SecurityGroup) -> bool:
    on_interfaces = any(
        wanted.id == one.id for nic in backend.enis.values() for one in nic.group_set
    )
    return on_interfaces or any(
        rule_.source_group.get("GroupId") == wanted.id
        for groups in backend.groups.values()
        for other in groups.values()
        if other.id != wanted.id
        for rule_ in [*other.ingress_rules, *other.egress_rules]
    )
