"""The groups that a DB instance is put into, found again by their names."""

from __future__ import annotations

from botocore.exceptions import ClientError

from restore.arrange.network import network
from restore.cloud import Cloud
from restore.place import Place

FAMILY = "postgres16"


def parameter_group(cloud: Cloud, place: Place, name: str) -> str:
    """The name of a DB parameter group of the place, made at first use."""
    try:
        cloud.client("rds", place).create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily=FAMILY, Description=name
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "DBParameterGroupAlreadyExists":
            raise
    return name


def subnet_group(cloud: Cloud, place: Place, name: str) -> str:
    """The name of a DB subnet group over the place's network, made at first use."""
    try:
        cloud.client("rds", place).create_db_subnet_group(
            DBSubnetGroupName=name,
            DBSubnetGroupDescription=name,
            SubnetIds=list(network(cloud, place).subnets),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "DBSubnetGroupAlreadyExists":
            raise
    return name
