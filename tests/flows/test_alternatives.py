"""Where AWS has no capacity, the request's alternatives are tried in their order."""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.network import network
from restore.example import example
from restore.inventory import Inventory
from restore.place import FAR

OTHER_TYPE = "m6g.large"
OTHER_CLASS = "db.m6g.large"


@pytest.fixture
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)


@pytest.fixture
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account-cross-region"), database=database)


@pytest.fixture
def lacking(cloud):
    """`lacking({"instance * eu-central-1a": 0}, later=True)`: how much capacity there is."""

    def lack(capacity, later=False):
        switches = {"capacityFoundOutLater": later}
        cloud.steer("PUT", "/rules/settings", {"capacity": capacity, "switches": switches})

    yield lack
    lack({})


def with_alternatives(scene, alternatives):
    return scene.asking(**{f"target__{scene.service}__alternatives": alternatives})


def as_if_asked(cloud, scene, **settings):
    """The end state is that of a request that had asked for these settings at once."""
    asked = {f"target__{scene.service}__{name}": value for name, value in settings.items()}
    expect.ends_as_asked(cloud, scene.asking(**asked))


@pytest.mark.parametrize("later", [False, True], ids=["refused", "found out later"])
def test_another_instance_type_is_tried_in_the_same_zone(cloud, ec2, lacking, later):
    asked = ec2.request["target"]["ec2"]["instanceType"]
    lacking({f"instance {asked} *": 0}, later)

    expect.restored(cloud, with_alternatives(ec2, [{"instanceType": OTHER_TYPE}]))

    as_if_asked(cloud, ec2, instanceType=OTHER_TYPE)


@pytest.mark.parametrize("later", [False, True], ids=["refused", "found out later"])
def test_another_zone_is_tried_and_the_volumes_are_made_there(cloud, ec2, lacking, later):
    _, elsewhere = network(cloud, ec2.target).subnets
    lacking({f"instance * {FAR}a": 0}, later)

    expect.restored(
        cloud,
        with_alternatives(ec2, [{"instanceType": OTHER_TYPE}, {"subnetId": elsewhere}]),
    )

    as_if_asked(cloud, ec2, subnetId=elsewhere)


def test_volumes_of_a_zone_without_capacity_for_them_are_made_in_the_next(cloud, ec2, lacking):
    before = Inventory.taken(cloud)
    _, elsewhere = network(cloud, ec2.target).subnets
    # One volume can be made, the next one cannot.
    lacking({f"volume gp3 {FAR}a": 1})

    expect.restored(cloud, with_alternatives(ec2, [{"subnetId": elsewhere}]))

    as_if_asked(cloud, ec2, subnetId=elsewhere)
    volumes = [it for it in Inventory.taken(cloud).new_since(before) if it.kind == "volume"]
    assert len(volumes) == len(ec2.snapshots)


def test_where_no_place_is_left_the_restore_ends_with_the_last_ones_words(cloud, ec2, lacking):
    before = Inventory.taken(cloud)
    lacking({f"instance * {FAR}*": 0})

    ended = expect.run(cloud, with_alternatives(ec2, [{"instanceType": OTHER_TYPE}]))

    assert ended.error == "Restore.InsufficientCapacity"
    assert OTHER_TYPE in ended.cause
    expect.unchanged_since(cloud, before)


@pytest.mark.parametrize("later", [False, True], ids=["refused", "found out later"])
def test_another_db_instance_class_is_tried(cloud, rds, lacking, later):
    asked = rds.request["target"]["rds"]["dbInstanceClass"]
    lacking({f"db-instance {asked} *": 0}, later)

    expect.restored(cloud, with_alternatives(rds, [{"dbInstanceClass": OTHER_CLASS}]))

    as_if_asked(cloud, rds, dbInstanceClass=OTHER_CLASS)
