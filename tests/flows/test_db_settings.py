"""Settings of a DB instance that no example asks for."""

import json
from contextlib import suppress

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import source_database
from restore.arrange.network import network
from restore.check.database import restored_database
from restore.example import example
from restore.place import Place

pytestmark = pytest.mark.usefixtures("db_instances_go")

CLASS = "db.m5.large"
ORACLE = {
    "Engine": "oracle-se2",
    "EngineVersion": "19.0.0.0.ru-2025-01.rur-2025-01.r1",
    "LicenseModel": "license-included",
    "DBInstanceClass": CLASS,
    "DBParameterGroupName": "default.oracle-se2-19",
    "Port": 1521,
}


@pytest.mark.parametrize(
    ("flow", "option"),
    [("rds-cross-region", "Timezone"), ("rds-cross-account-cross-region", "STATSPACK")],
    ids=["permanent", "another"],
)
def test_a_db_instance_gets_its_option_group_in_another_region_and_another_license(
    cloud, flow, option
):
    request = example(flow)
    here, there = (Place.of(request[side]) for side in ("source", "target"))
    database = source_database(
        cloud, here, OptionGroupName=option_group(cloud, here, option), **ORACLE
    )
    group = option_group(cloud, there, option)
    scene = arrange(cloud, request, database=database).asking(
        target__rds__dbInstanceClass=CLASS,
        target__rds__dbParameterGroupName=...,
        target__rds__enableCloudwatchLogsExports=["alert"],
        target__rds__licenseModel="bring-your-own-license",
        target__rds__optionGroupName=group,
    )

    expect.as_asked(cloud, expect.restored(cloud, scene))

    # A copy with a permanent option is refused without a group that has it.
    *_, copy = expect.copies(cloud, scene, cloud.restore_role)
    assert copy["OptionGroupName"] == group


def test_a_db_instance_is_monitored_and_dual_stack_and_rds_keeps_its_password(cloud, database):
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    make_dual_stack(cloud, scene.target)
    scene = scene.asking(
        target__rds__networkType="DUAL",
        target__rds__monitoringInterval=60,
        target__rds__monitoringRoleArn=monitoring_role(cloud, scene.target),
        target__rds__manageMasterUserPassword=True,
    )

    expect.as_asked(cloud, expect.restored(cloud, scene))

    secret = restored_database(cloud, scene)["MasterUserSecret"]
    assert secret["SecretStatus"] == "active"


def option_group(cloud, place, option):
    """The name of an option group of the place for Oracle, with the option."""
    rds, name = cloud.client("rds", place), f"orders-{option.lower()}"
    with suppress(rds.exceptions.OptionGroupAlreadyExistsFault):
        rds.create_option_group(
            OptionGroupName=name,
            EngineName=ORACLE["Engine"],
            MajorEngineVersion="19",
            OptionGroupDescription=option,
        )
    rds.modify_option_group(
        OptionGroupName=name, OptionsToInclude=[{"OptionName": option}], ApplyImmediately=True
    )
    return name


def make_dual_stack(cloud, place):
    """Gives the subnets of the place's network IPv6 addresses, beside those that they have."""
    ec2 = cloud.client("ec2", place)
    for number, subnet in enumerate(network(cloud, place).subnets):
        ec2.associate_subnet_cidr_block(
            SubnetId=subnet, Ipv6CidrBlock=f"2001:db8:1234:{number}::/64"
        )


def monitoring_role(cloud, place):
    """The ARN of a role by which RDS writes metrics, and which the restore role may pass to it."""
    iam, name = cloud.client("iam", place), "rds-monitoring"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "monitoring.rds.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)
    arn = f"arn:aws:iam::{place.account}:role/{name}"
    cloud.allow_keys(place.account, pass_roles=[arn])
    return arn
