"""A network that a request leaves open is what its map makes of that of its source."""

import expect
import pytest
from recovering import plan, recover, remove_database, restore_of, statuses, written
from recovery.plan import network_map
from recovery.scenes import renamed
from restore.arrange import arrange
from restore.arrange.instance import VOLUMES, source_instance
from restore.arrange.network import network
from restore.check.instance import restored_instances
from restore.example import example
from restore.place import FAR, NEAR, SOURCE, TARGET, Place

HERE, THERE = Place(SOURCE, NEAR), Place(TARGET, FAR)
NETWORK = {
    "ec2": ("subnetId", "securityGroupIds", "keyName"),
    "rds": ("dbSubnetGroupName", "vpcSecurityGroupIds", "dbParameterGroupName"),
}
"""What the map fills, by service; the examples say all of it."""


def of_instance(cloud, instance):
    """A restore of the instance from its newest snapshots."""
    request = renamed(example("ec2-cross-account-cross-region"))
    request["source"]["ec2"] = {"instanceId": "", "at": "latest"}
    return arrange(cloud, request, instance=instance)


def left_open(scene):
    """The changes that leave the network of the scene's target open."""
    return {f"target__{scene.service}__{name}": ... for name in NETWORK[scene.service]}


def mapped(scene, names):
    """The scene with its network left open, and a map in its place."""
    return scene.asking(target__networkMap=names, **left_open(scene))


@pytest.fixture
def ec2(cloud, instance):
    return of_instance(cloud, instance)


@pytest.fixture
def rds(cloud, database):
    scene = arrange(cloud, renamed(example("rds-cross-account-cross-region")), database=database)
    yield scene
    remove_database(cloud, scene)


@pytest.fixture
def names(cloud):
    """From the network of the source to that of the target."""
    return network_map(cloud)


@pytest.mark.parametrize("service", ["ec2", "rds"])
def test_what_is_left_open_is_what_the_map_makes_of_the_sources(cloud, names, request, service):
    said = request.getfixturevalue(service).now(cloud)

    restore = expect.restored(cloud, mapped(said, names))

    expect.as_asked(cloud, expect.Restored(said, restore.ended))


@pytest.mark.parametrize(
    ("service", "kind", "field"),
    [
        ("ec2", "subnets", "subnetId"),
        ("ec2", "securityGroups", "securityGroupIds"),
        ("rds", "securityGroups", "vpcSecurityGroupIds"),
    ],
)
def test_what_the_map_has_no_entry_for_is_named(cloud, names, request, service, kind, field):
    source = network(cloud, HERE)
    had = {"subnets": source.subnets[0], "securityGroups": source.groups[0]}[kind]
    del names[kind][had]

    scene = mapped(request.getfixturevalue(service), names)

    words = f"`{had}` has no entry in `target.networkMap.{kind}`"
    where = f"target.{service}.{field}: required"
    expect.refused(cloud, scene, "Restore.InvalidInput", where, words)


def test_what_is_left_to_the_defaults_of_rds_is_told(cloud, names, rds):
    names["dbParameterGroups"] = {"other": "other-dr"}

    told = planned(cloud, mapped(rds, names))

    lacks = "has no entry in `target.networkMap.dbParameterGroups`"
    assert f"DB parameter group: `orders-postgres16` {lacks}" in told["notRestored"]
    assert "dbParameterGroupName" not in told["dbInstance"]["settings"]


@pytest.mark.parametrize("service", ["ec2", "rds"])
def test_the_hash_of_a_plan_is_of_what_the_map_comes_to(cloud, names, request, service):
    said = request.getfixturevalue(service)
    approved = planned(cloud, mapped(said, names))["hash"]
    assert planned(cloud, said)["hash"] == approved

    source, there = network(cloud, HERE), network(cloud, THERE)
    names["securityGroups"] = {source.groups[0]: there.groups[1]}
    changed = mapped(said, names).asking(options={"planHash": approved})
    words = ("options.planHash", "the instance to make differs")
    expect.refused(cloud, changed, "Restore.InvalidInput", *words)


def test_one_plan_serves_instances_in_two_subnets(cloud, names, instance):
    other = source_instance(cloud, HERE, VOLUMES[:1], zone="b")
    scenes = [of_instance(cloud, it) for it in (instance, other)]
    source, there = network(cloud, HERE), network(cloud, THERE)
    names["subnets"] = dict(zip(source.subnets, there.subnets, strict=True))

    restores = [restore_of(it, **left_open(it)) for it in scenes]
    ended = recover(cloud, plan(restores, networkMap=names))

    ended.raise_unless_succeeded()
    report = written(cloud, ended)
    assert statuses(report) == ["succeeded"] * 2
    for told, scene, subnet in zip(report["restores"], scenes, there.subnets, strict=True):
        [made] = restored_instances(cloud, scene.asking(restoreId=told["restoreId"]))
        assert made["SubnetId"] == subnet
        assert [it["GroupId"] for it in made["SecurityGroups"]] == [there.groups[0]]
        assert made["KeyName"] == "ops-dr"


def planned(cloud, scene):
    """The plan that a dry run of the scene ends with."""
    restore = expect.restored(cloud, scene.asking(options={"dryRun": True}))
    return restore.ended.output["plan"]
