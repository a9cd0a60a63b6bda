"""A plan of ordinary days, on the day on which its source's account and Region cannot be reached.

On an ordinary day it was run, and its restores have kept their copies; its sources are recorded.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import expect
import pytest
from drilling import drill, evidence_of
from news import eventually
from recording import cut_off, record, tag_database, tag_instance
from recovering import plan, recover, remove_database, restore_of, statuses, written
from recovery.deployed import Deployed
from recovery.plan import network_map
from recovery.scenes import renamed
from restore.arrange import Scene, arrange
from restore.arrange.database import source_database
from restore.arrange.instance import INSTANCE_TYPE, source_instance
from restore.arrange.network import network
from restore.check.instance import restored_instances
from restore.example import example
from restore.inventory import Inventory
from restore.place import FAR, NEAR, SOURCE, TARGET, Place

HOME_OF_SOURCE, THERE = Place(SOURCE, NEAR), Place(TARGET, FAR)
LOST = {"accountId": SOURCE, "region": NEAR, "leaveOut": ["keyName"]}
PLENTY = 10_000
"""Minutes within which every recovery here is complete, and its data younger."""

SIDE = ("accountId", "region", "roleArn", "externalId")
OPEN = {
    "ec2": ("instanceType", "userData", "tags", "subnetId", "securityGroupIds", "keyName"),
    "rds": (
        "dbInstanceClass",
        "dbSubnetGroupName",
        "vpcSecurityGroupIds",
        "dbParameterGroupName",
        "deletionProtection",
    ),
}
"""What the plan leaves open: it is what the source has, or what the map makes of that."""


@dataclass(frozen=True)
class Planned:
    """A plan whose source is said in its defaults, of an instance and then of a DB instance."""

    document: dict[str, Any]
    ec2: Scene
    rds: Scene


@pytest.fixture(scope="module")
def planned(cloud):
    """The plan, which was run once, on an ordinary day."""
    instance = source_instance(cloud, HOME_OF_SOURCE)
    database = source_database(cloud, HOME_OF_SOURCE)
    tag_instance(cloud, instance)
    tag_database(cloud, database)
    flows = {"ec2": {"instance": instance}, "rds": {"database": database}}
    ec2, rds = (
        arrange(cloud, renamed(example(f"{service}-cross-account-cross-region")), **source)
        for service, source in flows.items()
    )
    ec2 = ec2.asking(source__ec2={"instanceId": instance.instance_id, "at": "latest"})
    rds = rds.asking(source__rds__at="latest")
    names = network_map(cloud)
    del names["keyNames"]
    document = plan(
        [own(ec2)],
        [own(rds)],
        defaults={
            "source": {name: ec2.request["source"][name] for name in SIDE},
            "target": {name: ec2.request["target"][name] for name in (*SIDE, "kmsKeyId")},
            "options": {"keepCopies": True},
        },
        networkMap=names,
        rtoMinutes=PLENTY,
        rpoMinutes=PLENTY,
    )
    recover(cloud, document).raise_unless_succeeded()
    assert record(cloud, HOME_OF_SOURCE)[1] is None
    return Planned(document, ec2, rds)


@pytest.fixture(autouse=True)
def database_goes(cloud, planned):
    """The name of the DB instance is free again after each test."""
    free(cloud, planned.rds)
    yield
    free(cloud, planned.rds)


def own(scene):
    """What a restore of the plan says itself: the rest is in the defaults."""
    open_to_all = {f"target__{scene.service}__{name}": ... for name in OPEN[scene.service]}
    asked = restore_of(scene, options={}, **open_to_all)
    beneath = (*SIDE, "kmsKeyId")
    sides = {it: asked[it] for it in ("source", "target")}
    return {
        side: {name: value for name, value in fields.items() if name not in beneath}
        for side, fields in sides.items()
    }


def free(cloud, scene):
    """Deletes the DB instance of the scene, and waits until its name is free."""
    remove_database(cloud, scene)
    client = cloud.client("rds", scene.target)
    name = scene.request["target"]["rds"]["dbInstanceIdentifier"]

    def is_gone():
        found = client.describe_db_instances()["DBInstances"]
        return name not in {it["DBInstanceIdentifier"] for it in found}

    eventually(is_gone, f"end of {name}")


def restored(cloud, planned, report):
    """The instance and the DB instance of a report's restores, of which there is one each."""
    ec2 = planned.ec2.asking(restoreId=report["restores"][0]["restoreId"])
    name = planned.rds.request["target"]["rds"]["dbInstanceIdentifier"]
    [instance] = restored_instances(cloud, ec2)
    [database] = cloud.client("rds", THERE).describe_db_instances(DBInstanceIdentifier=name)[
        "DBInstances"
    ]
    return instance, database


def data_of(cloud, planned):
    """Of when the data at the source is, which no copy is as old as."""
    [taken] = planned.ec2.instance.sets
    snapshots = cloud.client("ec2", HOME_OF_SOURCE).describe_snapshots(
        SnapshotIds=list(taken.by_device.values())
    )["Snapshots"]
    [dump] = cloud.client("rds", HOME_OF_SOURCE).describe_db_snapshots(
        DBSnapshotIdentifier=planned.rds.database.snapshots[-1].identifier
    )["DBSnapshots"]
    return [min(it["StartTime"] for it in snapshots), dump["OriginalSnapshotCreateTime"]]


def test_the_plan_brings_all_back_without_a_call_to_where_it_was(cloud, planned):
    with cut_off(cloud, HOME_OF_SOURCE):
        dry = recover(cloud, planned.document, sourceLost=LOST, dryRun=True)
        ended = recover(cloud, planned.document, sourceLost=LOST)

    dry.raise_unless_succeeded()
    assert (dry.output["status"], dry.output["restores"]) == ("PLANNED", 2)
    ended.raise_unless_succeeded()
    report = written(cloud, ended)
    assert statuses(report) == ["succeeded", "succeeded"]
    first, second = report["summary"]["waves"]
    assert first["endedAt"] <= second["startedAt"]
    assert report["summary"]["counts"]["succeeded"] == 2
    assert report["summary"]["rto"]["met"] is report["summary"]["rpo"]["met"] is True
    points = [datetime.fromisoformat(it["recoveryPoint"]) for it in report["restores"]]
    assert points == data_of(cloud, planned)
    instance, database = restored(cloud, planned, report)
    there = network(cloud, THERE)
    assert (instance["InstanceType"], instance["SubnetId"]) == (INSTANCE_TYPE, there.subnets[0])
    assert [it["GroupId"] for it in instance["SecurityGroups"]] == [there.groups[0]]
    assert "KeyName" not in instance
    assert database["DBInstanceClass"] == "db.m7g.large"
    assert database["DBSubnetGroup"]["DBSubnetGroupName"] == "orders-dr"
    [group] = database["DBParameterGroups"]
    assert group["DBParameterGroupName"] == "orders-dr-postgres16"


def test_what_has_to_be_named_or_left_out_is_told_by_the_dry_run(cloud, planned):
    with cut_off(cloud, HOME_OF_SOURCE):
        ended = recover(cloud, planned.document, sourceLost={"region": NEAR}, dryRun=True)

    assert (ended.status, ended.error) == ("FAILED", "Restore.InvalidInput"), ended.cause
    for words in ("waves[0].restores[0]", "target.ec2.keyName: required", "leaveOut"):
        assert words in ended.cause


def test_a_drill_of_that_day_passes_and_leaves_nothing(cloud, planned):
    drills = {"drill": drill(cloud, planned.ec2).request["drill"]}
    defaults = planned.document["defaults"] | drills
    before = Inventory.taken(cloud)

    with cut_off(cloud, HOME_OF_SOURCE):
        document = planned.document | {"defaults": defaults}
        ended = recover(cloud, document, mode="drill", sourceLost=LOST)

    ended.raise_unless_succeeded()
    assert statuses(written(cloud, ended)) == ["succeeded", "succeeded"]
    expect.unchanged_since(cloud, before)
    executions = [
        arn for name, arn in Deployed.on(cloud).executions(ended.arn) if "--plan-" not in name
    ]
    assert [evidence_of(cloud, arn)["status"] for arn in executions] == ["PASSED", "PASSED"]


def test_a_recovery_goes_on_under_its_id_when_its_source_is_lost_and_doubles_nothing(
    cloud, planned
):
    recovery = f"lost-{secrets.token_hex(3)}"
    cloud.fail_next("db-snapshot-copy", "failed", "", account=TARGET)
    first = recover(cloud, planned.document, recoveryId=recovery)
    assert (first.status, first.error) == ("FAILED", "Restore.ResourceFailed"), first.cause
    told = written(cloud, first)
    assert statuses(told) == ["succeeded", "failed"]
    one = planned.ec2.asking(restoreId=told["restores"][0]["restoreId"])
    [made] = restored_instances(cloud, one)

    with cut_off(cloud, HOME_OF_SOURCE):
        second = recover(cloud, planned.document, recoveryId=recovery, sourceLost=LOST)

    second.raise_unless_succeeded()
    report = written(cloud, second)
    assert statuses(report) == ["succeeded", "succeeded"]
    instance, _ = restored(cloud, planned, report)
    assert instance["InstanceId"] == made["InstanceId"]
