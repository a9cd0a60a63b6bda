"""Restores that have room each, and not beside each other: told before any of them is begun."""

import secrets

import expect
import pytest
from recovering import plan, recover, restore_of, statuses, written
from restore.arrange import arrange
from restore.example import example
from restore.inventory import Inventory
from restore.waiting import eventually


@pytest.fixture
def scene(cloud, database):
    """What the restores of DB instances are of."""
    return arrange(cloud, example("rds-cross-account"), database=database)


@pytest.fixture
def three(cloud, scene):
    """Three restores as DB instances of their own, which go with the test."""
    prefix = f"room-{secrets.token_hex(3)}"
    names = [f"{prefix}-{n}" for n in range(3)]
    changes = {"target__rds__deletionProtection": False}
    yield [restore_of(scene, target__rds__dbInstanceIdentifier=it, **changes) for it in names]
    rds = cloud.client("rds", scene.target)
    for name in {it["DBInstanceIdentifier"] for it in databases(cloud, scene)} & set(names):
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    settled(cloud, scene)


@pytest.fixture
def room_for_two(cloud, scene):
    """The target has room for two more DB instances."""
    settled(cloud, scene)
    with cloud.limited(dbInstances=len(databases(cloud, scene)) + 2):
        yield


def databases(cloud, scene):
    """The DB instances at the target."""
    pages = cloud.client("rds", scene.target).get_paginator("describe_db_instances").paginate()
    return [it for page in pages for it in page["DBInstances"]]


def settled(cloud, scene):
    """Waits for the end of what is being deleted: it takes room until then."""
    eventually(
        "the end of the DB instances",
        lambda: all(it["DBInstanceStatus"] != "deleting" for it in databases(cloud, scene)),
    )


@pytest.mark.usefixtures("room_for_two")
@pytest.mark.parametrize("dry", [False, True], ids=["in earnest", "dry"])
def test_a_db_instance_too_many_keeps_a_plan_that_stops_from_beginning(cloud, scene, three, dry):
    first, *rest = three
    before = Inventory.taken(cloud)

    ended = recover(cloud, plan([first], rest, onWaveFailure="stop"), dryRun=dry)

    assert (ended.status, ended.error) == ("FAILED", "Restore.LimitReached"), ended.cause
    account, region = scene.target
    words = (
        "waves[1].restores[1]: Restore.LimitReached: the plan needs 3 DB instances in account "
        f"{account} and Region {region}, quota DBInstances leaves 2, the restores before this one "
        "take 2 of them and this one needs 1"
    )
    assert ended.cause.startswith(words), ended.cause
    expect.unchanged_since(cloud, before)


@pytest.mark.usefixtures("room_for_two")
def test_what_has_room_is_restored_where_the_rest_is_tolerated(cloud, scene, three):
    before = {it["DBInstanceIdentifier"] for it in databases(cloud, scene)}

    ended = recover(cloud, plan(three, toleratedFailurePercentage=34))

    ended.raise_unless_succeeded()
    report = written(cloud, ended)
    assert statuses(report) == ["succeeded", "succeeded", "failed"]
    assert report["restores"][2]["error"] == "Restore.LimitReached"
    now = {it["DBInstanceIdentifier"] for it in databases(cloud, scene)}
    asked = [it["target"]["rds"]["dbInstanceIdentifier"] for it in three]
    assert now - before == set(asked[:2])


def small_subnet(cloud, place):
    """A subnet with two free addresses, in a VPC of its own, and a security group beside it."""
    ec2 = cloud.client("ec2", place)
    vpc = ec2.create_vpc(CidrBlock="10.98.0.0/24")["Vpc"]["VpcId"]
    block, zone = "10.98.0.0/28", place.zone()
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)
    subnet = made["Subnet"]["SubnetId"]
    # AWS keeps five of the sixteen (VPC/subnet-sizing); the interface has nine.
    ec2.create_network_interface(SubnetId=subnet, SecondaryPrivateIpAddressCount=8)
    [seen] = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert seen["AvailableIpAddressCount"] == 2
    group = ec2.create_security_group(GroupName="small", Description="small", VpcId=vpc)
    return subnet, group["GroupId"]


def test_an_instance_too_many_for_its_subnet_keeps_a_plan_that_stops_from_beginning(
    cloud, instance
):
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)
    subnet, group = small_subnet(cloud, scene.target)
    inside = {"target__ec2__subnetId": subnet, "target__ec2__securityGroupIds": [group]}
    name = f"room-{secrets.token_hex(3)}"
    three = [{"restoreId": f"{name}-{n}", **restore_of(scene, **inside)} for n in range(3)]
    before = Inventory.taken(cloud)

    ended = recover(cloud, plan(three, onWaveFailure="stop"))

    assert (ended.status, ended.error) == ("FAILED", "Restore.LimitReached"), ended.cause
    account, region = scene.target
    words = (
        f"waves[0].restores[2]: Restore.LimitReached: the plan needs 3 addresses of {subnet} "
        f"(account {account}, Region {region}), which has 2 left, the restores before this one "
        "take 2 of them and this one needs 1"
    )
    assert ended.cause.startswith(words), ended.cause
    expect.unchanged_since(cloud, before)
