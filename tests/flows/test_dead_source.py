"""A restore on the day on which the source's account and Region cannot be reached.

Before that day the settings were recorded, and copies of the snapshots came to the target: here by
restores that kept their copies.
"""

import dataclasses
import secrets
from datetime import datetime

import expect
import pytest
from recording import cut_off, record, tag_database, tag_instance
from recovery.plan import network_map
from restore.arrange import arrange
from restore.arrange.database import DbSnapshot, source_database
from restore.arrange.instance import INSTANCE_TYPE, source_instance
from restore.arrange.launching import INTEL, image, key_pair
from restore.arrange.network import network
from restore.check.instance import restored_instances
from restore.example import example
from restore.place import FAR, NEAR, SOURCE, TARGET, Place

HOME_OF_SOURCE, COPIES = Place(SOURCE, NEAR), Place(TARGET, FAR)
RECORDED = {"accountId": SOURCE, "region": NEAR}
START = "#!/bin/sh\nsystemctl start orders\n"
LISTING_ALL_IS_THROTTLED = {
    "kind": "error",
    "match": {
        "action": "ec2:DescribeSnapshots",
        "params": {"Filters": [{"Name": "status", "Values": ["completed"]}]},
    },
    "error": {"code": "RequestLimitExceeded", "message": "Request limit exceeded.", "status": 503},
    "times": None,
}
"""An account of very many snapshots: whoever goes through all of them comes to no end."""

FOREIGN = ("imageId", "subnetId", "securityGroupIds", "keyName", "iamInstanceProfile")


@pytest.fixture(scope="module")
def kept_ec2(cloud):
    """A restore that has kept the copies of an instance that was recorded."""
    instance = source_instance(cloud, HOME_OF_SOURCE, user_data=START)
    tag_instance(cloud, instance)
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)
    expect.restored(cloud, scene.asking(options={"keepCopies": True}))
    assert record(cloud, HOME_OF_SOURCE)[1] is None
    return scene


@pytest.fixture(scope="module")
def kept_rds(cloud):
    """A restore that has kept the copy of a DB instance that was recorded."""
    database = source_database(cloud, HOME_OF_SOURCE)
    tag_database(cloud, database)
    scene = arrange(cloud, example("rds-cross-account-cross-region"), database=database)
    scene = scene.asking(source__rds__at="latest", options={"keepCopies": True})
    expect.restored(cloud, scene)
    assert record(cloud, HOME_OF_SOURCE)[1] is None
    return scene


def without_source(kept, source):
    """The scene of a restore under another id that asks nothing of the source."""
    return kept.asking(
        restoreId=f"dead-{secrets.token_hex(4)}",
        source={
            "accountId": COPIES.account,
            "region": COPIES.region,
            "recorded": RECORDED,
            **source,
        },
        target__intermediateKmsKeyId=...,
        options={},
    )


def of_instance(kept):
    """The same of an EC2 instance: type, user data and tags are left open."""
    source = {"ec2": {"instanceId": kept.instance.instance_id, "at": "latest"}}
    left_open = {f"target__ec2__{name}": ... for name in ("instanceType", "userData", "tags")}
    return without_source(kept, source).asking(**left_open)


def copies(cloud, kept):
    """The copies that the restore has kept, by the snapshots that they are of."""
    ec2 = cloud.client("ec2", COPIES)
    of_it = [{"Name": "tag:restore:id", "Values": [kept.restore_id]}]
    found = ec2.describe_snapshots(OwnerIds=["self"], Filters=of_it)["Snapshots"]
    tags = {it["SnapshotId"]: {tag["Key"]: tag["Value"] for tag in it["Tags"]} for it in found}
    return {tags[copy]["restore:source"]: copy for copy in tags}


def listed(kept, by_source):
    """The copies of the newest set as a request lists them, with the settings of their volumes."""
    taken = kept.instance.sets[-1]
    return [
        {
            "snapshotId": by_source[taken.by_device[volume.device]],
            "deviceName": volume.device,
            "root": index == 0,
            "deleteOnTermination": volume.delete_on_termination,
            **({"iops": volume.iops} if volume.iops else {}),
            **({"throughput": volume.throughput} if volume.throughput else {}),
            "volumeType": volume.volume_type,
        }
        for index, volume in enumerate(kept.instance.volumes)
    ]


def given(kept, **source):
    """The scene of a restore under another id that says all, of what lies at the target."""
    return kept.asking(
        restoreId=f"given-{secrets.token_hex(4)}",
        source={"accountId": COPIES.account, "region": COPIES.region, **source},
        target__intermediateKmsKeyId=...,
        options={},
    )


def copy_of_database(cloud, database):
    """The kept copy of the DB instance's snapshot, as RDS describes it."""
    found = cloud.client("rds", COPIES).describe_db_snapshots(
        DBInstanceIdentifier=database.identifier
    )["DBSnapshots"]
    [copy] = [it for it in found if it.get("SourceDBSnapshotIdentifier")]
    return copy


def first_start(cloud, place, snapshots):
    """When the first of the snapshots was started."""
    found = cloud.client("ec2", place).describe_snapshots(SnapshotIds=list(snapshots))
    return min(it["StartTime"] for it in found["Snapshots"])


def test_an_instance_is_restored_as_in_the_example_without_a_call_to_where_it_lived(
    cloud, kept_ec2
):
    scene = arrange(cloud, example("recorded"), instance=kept_ec2.instance)
    [taken] = kept_ec2.instance.sets
    taken_at = first_start(cloud, HOME_OF_SOURCE, taken.by_device.values())
    assert (scene.request["source"]["recorded"], scene.target) == (
        RECORDED | {"leaveOut": ["keyName"]},
        COPIES,
    )
    with cut_off(cloud, HOME_OF_SOURCE), cloud.disturbed(LISTING_ALL_IS_THROTTLED):
        restore = expect.restored(cloud, scene)

    by_source = copies(cloud, kept_ec2)
    recovery_point = datetime.fromisoformat(restore.ended.output["recoveryPoint"])
    assert recovery_point == taken_at < first_start(cloud, COPIES, by_source.values())
    completed = scene.asking(
        source__ec2={"volumes": listed(kept_ec2, by_source)},
        target__ec2__instanceType=INSTANCE_TYPE,
        target__ec2__userData=START,
        target__ec2__tags={"Name": "orders", "team": "orders", "record-settings": "true"},
    )
    expect.as_asked(cloud, expect.Restored(completed, restore.ended))
    assert restore.ended.output["flow"] == "ec2-same-location"
    left_out = "key pair `ops`, as source.recorded.leaveOut says"
    assert left_out in restore.ended.output["notRestored"]


def test_a_network_that_was_recorded_is_what_the_map_makes_of_it(cloud, kept_ec2):
    mapped, there = network_map(cloud), network(cloud, COPIES)
    key_pair(cloud, COPIES, "ops-dr")
    names = ("subnetId", "securityGroupIds", "keyName")
    left_open = {f"target__ec2__{name}": ... for name in names}
    scene = of_instance(kept_ec2).asking(target__networkMap=mapped, **left_open)
    with cut_off(cloud, HOME_OF_SOURCE):
        expect.restored(cloud, scene)

    [made] = restored_instances(cloud, scene)
    assert made["SubnetId"] == there.subnets[0]
    assert [it["GroupId"] for it in made["SecurityGroups"]] == [there.groups[0]]
    assert made["KeyName"] == "ops-dr"


def test_a_db_instance_is_restored_without_a_call_to_where_it_lived(cloud, kept_rds):
    database = kept_rds.database
    target = {"dbInstanceIdentifier": f"orders-{secrets.token_hex(3)}"}
    own = ("dbSubnetGroupName", "vpcSecurityGroupIds", "dbParameterGroupName")
    target |= {name: kept_rds.request["target"]["rds"][name] for name in own}
    source = {"rds": {"dbInstanceIdentifier": database.identifier, "at": "latest"}}
    scene = without_source(kept_rds, source).asking(target__rds=target).now(cloud)
    with cut_off(cloud, HOME_OF_SOURCE):
        restore = expect.restored(cloud, scene)

    copy = copy_of_database(cloud, database)
    recovery_point = datetime.fromisoformat(restore.ended.output["recoveryPoint"])
    assert recovery_point == copy["OriginalSnapshotCreateTime"] < copy["SnapshotCreateTime"]
    taken = DbSnapshot(
        copy["DBSnapshotIdentifier"], copy["DBSnapshotArn"], copy["SnapshotCreateTime"]
    )
    recorded = {
        "dbInstanceClass": "db.m7g.large",
        "storageType": "gp3",
        "port": 5432,
        "backupRetentionPeriod": 0,
        "tags": {"service": "orders", "record-settings": "true"},
    }
    completed = dataclasses.replace(scene, database=database.with_snapshot(taken)).asking(
        source__rds={"dbSnapshotIdentifier": taken.arn}, target__rds=target | recorded
    )
    expect.as_asked(cloud, expect.Restored(completed, restore.ended))


def test_an_instance_of_which_all_is_given_is_restored_without_a_call_to_where_it_lived(
    cloud, kept_ec2
):
    volumes = listed(kept_ec2, copies(cloud, kept_ec2))
    scene = given(kept_ec2, ec2={"volumes": volumes}).now(cloud)
    with cut_off(cloud, HOME_OF_SOURCE):
        restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)
    assert restore.ended.output["flow"] == "ec2-same-location"


def test_a_db_instance_of_which_all_is_given_is_restored_without_a_call_to_where_it_lived(
    cloud, kept_rds
):
    copy = copy_of_database(cloud, kept_rds.database)
    arn = copy["DBSnapshotArn"]
    taken = DbSnapshot(copy["DBSnapshotIdentifier"], arn, copy["SnapshotCreateTime"])
    scene = given(kept_rds, rds={"dbSnapshotIdentifier": arn}).asking(
        target__rds__dbInstanceIdentifier=f"orders-{secrets.token_hex(3)}"
    )
    database = kept_rds.database.with_snapshot(taken)
    scene = dataclasses.replace(scene, database=database).now(cloud)
    with cut_off(cloud, HOME_OF_SOURCE):
        restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)
    assert restore.ended.output["flow"] == "rds-same-location"


def test_what_means_nothing_at_the_target_is_asked_for_by_its_field(cloud, kept_ec2):
    scene = of_instance(kept_ec2).asking(**{f"target__ec2__{name}": ... for name in FOREIGN})
    with cut_off(cloud, HOME_OF_SOURCE):
        words = [f"target.ec2.{name}: required" for name in FOREIGN]
        expect.refused(cloud, scene, "Restore.InvalidInput", *words, "source.recorded.leaveOut")


def test_an_ami_of_another_kind_than_the_recorded_instance_is_refused(cloud, kept_ec2):
    ami = image(cloud, COPIES, INTEL)
    scene = of_instance(kept_ec2).asking(
        target__ec2__imageId=ami, target__ec2__instanceType="m5.large"
    )
    with cut_off(cloud, HOME_OF_SOURCE):
        words = (f"target.ec2.imageId: {ami}", "architecture x86_64 instead of arm64")
        expect.refused(cloud, scene, "Restore.InvalidInput", *words)


def test_an_instance_of_which_nothing_was_recorded_in_time_is_refused(cloud, kept_ec2):
    unknown = of_instance(kept_ec2).asking(source__ec2__instanceId="i-00000000000000000")
    early = of_instance(kept_ec2).asking(source__ec2__at="2020-01-01T00:00:00Z")
    with cut_off(cloud, HOME_OF_SOURCE):
        for scene, words in ((unknown, "nothing was ever recorded"), (early, "the oldest is")):
            expect.refused(cloud, scene, "Restore.InvalidInput", "source.recorded", words)


def test_volumes_of_which_no_copy_is_there_are_named(cloud, kept_ec2):
    bare = source_instance(cloud, HOME_OF_SOURCE, sets=0)
    tag_instance(cloud, bare)
    assert record(cloud, HOME_OF_SOURCE)[1] is None
    scene = of_instance(kept_ec2).asking(source__ec2__instanceId=bare.instance_id)
    with cut_off(cloud, HOME_OF_SOURCE):
        words = ("source.ec2.instanceId", *bare.volume_ids.values())
        expect.refused(cloud, scene, "Restore.InvalidInput", *words)
