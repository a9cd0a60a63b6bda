"""`AWS::RDS::DBSubnetGroup`, held to what RDS asks of a group, and with a name to refer to.

moto makes a group of any subnets, knows nothing that `Ref` could answer, and changes none.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.rds.models import DBSubnetGroup, rds_backends

from resource_plane.rds.subnet_groups import check_subnets


def _create(
    cls: type[DBSubnetGroup],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_: Any,
) -> DBSubnetGroup:
    """In place of moto's."""
    properties = cloudformation_json["Properties"]
    return rds_backends[account_id][region_name].create_subnet_group(
        resource_name,
        properties["DBSubnetGroupDescription"],
        _subnets(properties, account_id, region_name),
        properties.get("Tags", []),
    )


def _update(
    cls: type[DBSubnetGroup],
    original_resource: DBSubnetGroup,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> DBSubnetGroup:
    """All but the name, of which the update of a stack makes up another."""
    properties, group = cloudformation_json["Properties"], original_resource
    group.subnets = _subnets(properties, account_id, region_name)
    group.description = properties["DBSubnetGroupDescription"]
    group.tags = properties.get("Tags", [])
    return group


def _subnets(properties: dict[str, Any], account_id: str, region_name: str) -> list[Any]:
    check_subnets(account_id, region_name, properties["SubnetIds"])
    ec2 = ec2_backends[account_id][region_name]
    return [ec2.get_subnet(subnet_id) for subnet_id in properties["SubnetIds"]]


DBSubnetGroup.create_from_cloudformation_json = classmethod(_create)
DBSubnetGroup.update_from_cloudformation_json = classmethod(_update)
DBSubnetGroup.physical_resource_id = property(lambda self: self.name)
