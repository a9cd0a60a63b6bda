"""Under which keys the sources may be, and how a restore goes about each."""

import dataclasses

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import source_database
from restore.arrange.instance import VOLUMES, key_arn, source_instance
from restore.arrange.keys import allow_staging, staging_key, target_key
from restore.example import FLOWS, example
from restore.place import NEAR, SOURCE, TARGET, Place

pytestmark = pytest.mark.usefixtures("db_instances_go")

NEAR_SOURCE = Place(SOURCE, NEAR)
NEAR_TARGET = Place(TARGET, NEAR)


def under(key, which=slice(None)):
    """The usual volumes, with `key` in the place of the key of some of them."""
    changed = [dataclasses.replace(volume, key=key) for volume in VOLUMES[which]]
    return (*VOLUMES[: which.start or 0], *changed)


# Sources that are not encrypted


@pytest.mark.parametrize("flow", [it for it in FLOWS if it.startswith("ec2")])
def test_the_volumes_of_an_unencrypted_source_end_under_the_target_key(cloud, flow):
    request = example(flow)
    plain = source_instance(cloud, Place.of(request["source"]), under(None), sets=2)

    expect.as_asked(cloud, expect.restored(cloud, arrange(cloud, request, instance=plain)))


@pytest.mark.parametrize("flow", [it for it in FLOWS if it.startswith("rds")])
def test_the_storage_of_an_unencrypted_db_source_ends_under_the_target_key(cloud, flow):
    request = example(flow)
    plain = source_database(cloud, Place.of(request["source"]), key=None, snapshots=2)

    expect.as_asked(cloud, expect.restored(cloud, arrange(cloud, request, database=plain)))


def test_an_unencrypted_db_snapshot_stays_so_until_the_second_copy_where_no_key_is_given(cloud):
    request = example("rds-cross-account-cross-region")
    del request["target"]["intermediateKmsKeyId"]
    plain = source_database(cloud, Place.of(request["source"]), key=None, snapshots=2)
    scene = arrange(cloud, request, database=plain)
    planned = expect.restored(cloud, scene.asking(options={"dryRun": True})).ended.output["plan"]
    scene = scene.now(cloud)

    expect.as_asked(cloud, expect.restored(cloud, scene))

    key = scene.request["target"]["kmsKeyId"]
    copies = expect.copies(cloud, scene, cloud.restore_role)
    assert [it.get("kmsKeyId") for it in planned["hops"]] == [None, None, key]
    assert [it.get("KmsKeyId") for it in copies] == [None, key]


# Several source keys, and the target key among them


def test_volumes_under_several_keys_come_together_under_one(cloud, instance):
    scene = arrange(cloud, example("ec2-cross-account"), instance=instance)
    scene = scene.asking(source__ec2__at="latest").now(cloud)
    ec2 = cloud.client("ec2", NEAR_SOURCE)
    taken = ec2.describe_snapshots(SnapshotIds=list(scene.snapshots.values()))["Snapshots"]
    assert len({it["KmsKeyId"] for it in taken}) == 2

    expect.as_asked(cloud, expect.restored(cloud, scene))


def test_a_target_key_that_is_the_snapshots_own_needs_no_copy(cloud):
    own = source_database(cloud, NEAR_TARGET)
    scene = arrange(cloud, example("rds-same-location"), database=own)
    rds = cloud.client("rds", NEAR_TARGET)
    found = rds.describe_db_snapshots(DBSnapshotIdentifier=own.snapshots[-1].identifier)
    key = found["DBSnapshots"][0]["KmsKeyId"]
    cloud.allow_keys(TARGET, target_keys=[key])

    restore = expect.restored(cloud, scene.asking(target__kmsKeyId=key))

    expect.as_asked(cloud, restore)
    assert restore.tasks == ["Plan restore", "Create DB instance", "Modify DB instance", "Clean up"]


# Default keys


def test_a_volume_under_the_default_key_makes_a_restore_to_another_account_impossible(cloud):
    one = source_instance(cloud, NEAR_SOURCE, under("aws/ebs", slice(2, None)))
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=one)

    expect.refused(
        cloud,
        scene,
        "Restore.DefaultKeyNotShareable",
        scene.snapshots["/dev/sdg"],
        "source.stagingKmsKeyId",
    )


@pytest.mark.parametrize("flow", ["ec2-cross-account", "ec2-cross-account-cross-region"])
def test_a_staging_key_brings_a_volume_under_the_default_key_to_another_account(cloud, flow):
    one = source_instance(cloud, NEAR_SOURCE, under("aws/ebs", slice(2, None)), sets=2)
    scene = arrange(cloud, example(flow), instance=one)
    scene = staged(cloud, scene)

    restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)
    assert restore.tasks[:3] == ["Plan restore", "Stage snapshots", "Share snapshots"]
    [staging] = expect.copies(cloud, scene, cloud.source_role)
    assert staging["SourceSnapshotId"] == scene.snapshots["/dev/sdg"]


def test_a_db_snapshot_under_the_default_key_cannot_go_to_another_account(cloud):
    one = source_database(cloud, NEAR_SOURCE, key="aws/rds")
    scene = arrange(cloud, example("rds-cross-account"), database=one)

    expect.refused(cloud, scene, "Restore.DefaultKeyNotShareable", "source.stagingKmsKeyId")


@pytest.mark.parametrize("flow", ["rds-cross-account", "rds-cross-account-cross-region"])
def test_a_staging_key_brings_a_db_snapshot_under_the_default_key_to_another_account(cloud, flow):
    one = source_database(cloud, NEAR_SOURCE, key="aws/rds", snapshots=2)
    scene = staged(cloud, arrange(cloud, example(flow), database=one))

    restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)
    assert restore.tasks[:3] == ["Plan restore", "Stage snapshots", "Share snapshots"]


def test_within_its_account_a_snapshot_under_the_default_key_needs_no_staging(cloud):
    one = source_instance(cloud, NEAR_TARGET, under("aws/ebs"))

    scene = arrange(cloud, example("ec2-cross-region"), instance=one)
    expect.as_asked(cloud, expect.restored(cloud, scene))


# Keys by other names


@pytest.mark.parametrize("form", ["id", "alias", "alias ARN"])
def test_a_target_key_may_be_named_in_every_way_that_kms_knows(cloud, instance, form):
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)
    arn = target_key(cloud, scene.target)
    names = {
        "id": arn.rsplit("/", 1)[-1],
        "alias": "alias/restore",
        "alias ARN": f"{arn.rsplit(':', 1)[0]}:alias/restore",
    }
    ended = expect.run(cloud, scene.asking(target__kmsKeyId=names[form]))

    ended.raise_unless_succeeded()
    expect.as_asked(cloud, expect.Restored(scene, ended))


def staged(cloud, scene):
    """The same scene with a staging key, which the source role may use beside the default ones."""
    key = staging_key(cloud, scene.source)
    defaults = [key_arn(cloud, scene.source, name) for name in ("aws/ebs", "aws/rds")]
    allow_staging(cloud, *defaults)
    return scene.asking(source__stagingKmsKeyId=key).now(cloud)
