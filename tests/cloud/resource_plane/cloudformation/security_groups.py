"""`AWS::EC2::SecurityGroup` and `AWS::EC2::SecurityGroupIngress`, with all their rules.

CloudFormation/aws-resource-ec2-securitygroup: a group without egress rules of its own is given one
that allows all traffic, and a group with them is not. moto makes no egress rule, gives every group
the one that allows all, knows no rule without ports, drops what a rule is described as, and makes
a group anew, with another id, where only its rules are changed.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupIngress

from resource_plane.error import AwsError


def _create(
    cls: type[SecurityGroup],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_: Any,
) -> SecurityGroup:
    """In place of moto's."""
    properties, backend = cloudformation_json["Properties"], ec2_backends[account_id][region_name]
    group = backend.create_security_group(
        resource_name, properties["GroupDescription"], properties.get("VpcId")
    )
    if properties.get("SecurityGroupEgress"):
        group.egress_rules = []
    group.of_its_own = set()
    _set(backend, group, properties)
    return group


def _update(
    cls: type[SecurityGroup],
    original_resource: SecurityGroup,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> SecurityGroup:
    """In place of moto's: tags and rules of its own are changed, others' rules left alone."""
    properties, group = cloudformation_json["Properties"], original_resource
    is_another = properties["GroupDescription"] != group.description
    is_another |= properties.get("VpcId", group.vpc_id) != group.vpc_id
    is_another |= properties.get("GroupName", group.name) != group.name
    if is_another:
        raise AwsError("NotImplemented", "the local AWS cannot replace a security group", 501)
    group.ingress_rules = [it for it in group.ingress_rules if it.id not in group.of_its_own]
    group.egress_rules = [it for it in group.egress_rules if it.id not in group.of_its_own]
    _set(ec2_backends[account_id][region_name], group, properties)
    return group


def _set(backend: EC2Backend, group: SecurityGroup, properties: dict[str, Any]) -> None:
    made = []
    for one in properties.get("SecurityGroupIngress", []):
        made += backend.authorize_security_group_ingress(group.id, **_rule(one, "Source"))[0]
    for one in properties.get("SecurityGroupEgress", []):
        made += backend.authorize_security_group_egress(group.id, **_rule(one, "Destination"))[0]
    group.of_its_own = {it.id for it in made}
    group.add_tags({tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])})


def _rule(properties: dict[str, Any], other_side: str) -> dict[str, Any]:
    """A rule of a template as moto's backend takes it."""
    described = {it: properties[it] for it in ("Description",) if it in properties}
    ranges = {it: properties[it] for it in ("CidrIp", "CidrIpv6") if it in properties}
    names = {f"Group{it}": f"{other_side}SecurityGroup{it}" for it in ("Id", "Name")}
    group = {it: properties[name] for it, name in names.items() if name in properties}
    prefixes = properties.get(f"{other_side}PrefixListId")
    return {
        "ip_protocol": str(properties["IpProtocol"]),
        "from_port": properties.get("FromPort"),
        "to_port": properties.get("ToPort"),
        "ip_ranges": [ranges | described] if ranges else [],
        "source_groups": [group | described] if group else [],
        "prefix_list_ids": [{"PrefixListId": prefixes}] if prefixes else [],
    }


def _create_ingress(
    cls: type[SecurityGroupIngress],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_: Any,
) -> SecurityGroupIngress:
    """In place of moto's; it is known by the id of its rule."""
    properties, backend = cloudformation_json["Properties"], ec2_backends[account_id][region_name]
    group_id = properties.get("GroupId") or properties["GroupName"]
    rules, group = backend.authorize_security_group_ingress(group_id, **_rule(properties, "Source"))
    made = cls(group, properties)
    made.id = rules[0].id
    return made


def _delete_ingress(ingress: SecurityGroupIngress, account_id: str, region_name: str) -> None:
    group = ingress.security_group
    group.ingress_rules = [it for it in group.ingress_rules if it.id != ingress.id]


SecurityGroup.create_from_cloudformation_json = classmethod(_create)
SecurityGroup.update_from_cloudformation_json = classmethod(_update)
SecurityGroupIngress.create_from_cloudformation_json = classmethod(_create_ingress)
SecurityGroupIngress.physical_resource_id = property(lambda self: self.id)
SecurityGroupIngress.delete = _delete_ingress
