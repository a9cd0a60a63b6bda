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


def option_group(cloud: Cloud, place: Place, engine: str, major: str, *options: str) -> str:
    """The name of an option group of the place with just these options, made at first use."""
    name = "-".join(["orders", engine, *options]).lower()
    rds = cloud.client("rds", place)
    try:
        rds.create_option_group(
            OptionGroupName=name,
            EngineName=engine,
            MajorEngineVersion=major,
            OptionGroupDescription=name,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "OptionGroupAlreadyExistsFault":
            raise
        return name
    if options:
        included = [{"OptionName": option} for option in options]
        rds.modify_option_group(
            OptionGroupName=name, OptionsToInclude=included, ApplyImmediately=True
        )
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
