"""Each check of a restored instance fails when what it looks at is wrong."""

import copy
from contextlib import contextmanager

import pytest

from restore.arrange import arrange
from restore.arrange.network import network
from restore.by_hand import restore_instance
from restore.check import check
from restore.check.instance import restored_instances
from restore.check.outcome import KEPT
from restore.example import example
from restore.place import FAR, HOME, NEAR, SOURCE, TARGET, Place
from restore.waiting import eventually


@pytest.fixture(scope="module")
def done(cloud):
    """A right restore: its scene and outcome."""
    scene = arrange(cloud, example("ec2-cross-account-cross-region"))
    return scene, restore_instance(cloud, scene)


def off(cloud, scene, outcome):
    """The checks that fail."""
    return {it.what for it in check(cloud, scene, outcome) if not it.ok}


def test_nothing_is_off_where_all_is_right(cloud, done):
    assert off(cloud, *done) == set()


OTHER_KEY = f"arn:aws:kms:{FAR}:{TARGET}:key/00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"target__ec2__subnetId": "subnet-0"}, {"as asked"}),
        ({"target__ec2__securityGroupIds": ["sg-0"]}, {"as asked"}),
        ({"target__ec2__instanceType": "m7g.xlarge"}, {"as asked"}),
        ({"target__ec2__imageId": "ami-0"}, {"as asked"}),
        ({"target__ec2__keyName": "other"}, {"launch settings"}),
        ({"target__ec2__keyName": ...}, {"launch settings"}),
        ({"target__ec2__iamInstanceProfile": "other"}, {"launch settings"}),
        ({"target__ec2__userData": "other"}, {"launch settings"}),
        ({"target__ec2__tags": {"Name": "other"}}, {"tags"}),
        ({"target__ec2__start": False}, {"state"}),
        ({"target__kmsKeyId": OTHER_KEY}, {"/dev/xvda (root)", "/dev/sdf", "/dev/sdg"}),
        ({"source__ec2__volumes__1__size": 300}, {"/dev/sdf"}),
        ({"source__ec2__volumes__1__volumeType": "gp2"}, {"/dev/sdf"}),
        ({"source__ec2__volumes__1__iops": 7000}, {"/dev/sdf"}),
        ({"source__ec2__volumes__1__throughput": 300}, {"/dev/sdf"}),
        ({"source__ec2__volumes__1__deleteOnTermination": True}, {"/dev/sdf"}),
        ({"source__ec2__volumes__2__size": 60}, {"/dev/sdg"}),
    ],
    # A set has no order, but a test has the same name in every process.
    ids=lambda it: str(it if isinstance(it, dict) else sorted(it)),
)
def test_a_setting_that_is_not_as_asked_is_seen(cloud, done, changes, expected):
    scene, outcome = done

    assert off(cloud, scene.asking(**changes), outcome) == expected


def test_another_snapshot_than_asked_for_is_seen(cloud, done):
    scene, outcome = done
    [_, second, third] = scene.request["source"]["ec2"]["volumes"]
    swapped = scene.asking(
        source__ec2__volumes__1__snapshotId=third["snapshotId"],
        source__ec2__volumes__2__snapshotId=second["snapshotId"],
    )

    assert {"/dev/sdf", "/dev/sdg"} <= off(cloud, swapped, outcome)


def test_another_root_than_asked_for_is_seen(cloud, done):
    scene, outcome = done
    other = scene.asking(source__ec2__volumes__0__root=False, source__ec2__volumes__1__root=True)

    assert "devices" in off(cloud, other, outcome)


@pytest.mark.parametrize("side", [{"target__region": NEAR}, {"target__accountId": SOURCE}])
def test_an_instance_in_another_place_is_seen(cloud, done, side):
    scene, outcome = done

    assert {"one instance", "nothing else made"} <= off(cloud, scene.asking(**side), outcome)


def test_an_instance_that_is_not_running_is_seen(cloud, done):
    with stopped(cloud, done):
        assert off(cloud, *done) == {"state"}


def test_a_volume_that_is_not_attached_is_seen(cloud, done):
    scene, _ = done
    ec2, [instance] = cloud.client("ec2", scene.target), restored_instances(cloud, scene)
    [volume] = [
        it["Ebs"]["VolumeId"]
        for it in instance["BlockDeviceMappings"]
        if it["DeviceName"] == "/dev/sdf"
    ]
    with stopped(cloud, done):
        ec2.detach_volume(VolumeId=volume)
        eventually("the volume detached", lambda: state(ec2, volume) == "available")
        seen = off(cloud, *done)
        ec2.attach_volume(VolumeId=volume, InstanceId=instance["InstanceId"], Device="/dev/sdf")
        eventually("the volume attached", lambda: state(ec2, volume) == "in-use")

    assert {"devices", "/dev/sdf", "placeholder root gone"} <= seen


def state(ec2, volume):
    return ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"]


@contextmanager
def stopped(cloud, done):
    """Stops the restored instance for a while."""
    scene, outcome = done
    ec2, instance = cloud.client("ec2", scene.target), outcome["target"]["instanceId"]

    def becomes(wanted):
        def look():
            [seen] = restored_instances(cloud, scene)
            [status] = ec2.describe_instance_status(
                InstanceIds=[instance], IncludeAllInstances=True
            )["InstanceStatuses"]
            checked = status["InstanceStatus"]["Status"] == "ok" or wanted == "stopped"
            return seen["State"]["Name"] == wanted and checked

        eventually(f"the instance {wanted}", look)

    ec2.stop_instances(InstanceIds=[instance])
    becomes("stopped")
    yield
    ec2.start_instances(InstanceIds=[instance])
    becomes("running")


# What is left behind


@pytest.mark.parametrize("place", [Place(TARGET, FAR), Place(TARGET, NEAR), Place(SOURCE, NEAR)])
def test_a_volume_or_a_copy_left_behind_anywhere_is_seen(cloud, done, place):
    ec2 = cloud.client("ec2", place)
    volume = ec2.create_volume(AvailabilityZone=place.zone(), Size=1)["VolumeId"]
    eventually("the volume", lambda: state(ec2, volume) == "available")
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    seen = off(cloud, *done)
    ec2.delete_snapshot(SnapshotId=snapshot)
    ec2.delete_volume(VolumeId=volume)

    assert seen == {"placeholder root gone", "copies gone"}


def test_a_security_group_left_behind_is_seen(cloud, done):
    scene, _ = done
    ec2 = cloud.client("ec2", scene.target)
    group = ec2.create_security_group(
        GroupName="left", Description="left", VpcId=network(cloud, scene.target).vpc
    )["GroupId"]
    seen = off(cloud, *done)
    ec2.delete_security_group(GroupId=group)

    assert seen == {"sealing group gone"}


def test_a_share_left_behind_is_seen(cloud, done):
    scene, _ = done
    ec2 = cloud.client("ec2", scene.source)
    share = {"SnapshotId": scene.snapshots["/dev/sdf"], "Attribute": "createVolumePermission"}
    ec2.modify_snapshot_attribute(**share, OperationType="add", UserIds=[TARGET])
    seen = off(cloud, *done)
    ec2.modify_snapshot_attribute(**share, OperationType="remove", UserIds=[TARGET])

    assert seen == {"source as it was"}


def test_a_tag_left_on_a_source_snapshot_is_seen(cloud, done):
    scene, _ = done
    ec2 = cloud.client("ec2", scene.source)
    tagged = {"Resources": [scene.snapshots["/dev/sdf"]], "Tags": [{"Key": "x", "Value": "y"}]}
    ec2.create_tags(**tagged)
    seen = off(cloud, *done)
    ec2.delete_tags(**tagged)

    assert seen == {"source as it was"}


def test_a_grant_left_behind_is_seen(cloud, done):
    scene, _ = done
    kms = cloud.client("kms", scene.target)
    key = scene.request["target"]["kmsKeyId"]
    grant = kms.create_grant(
        KeyId=key, GranteePrincipal=cloud.restore_role.arn, Operations=["Decrypt"]
    )["GrantId"]
    seen = off(cloud, *done)
    kms.revoke_grant(KeyId=key, GrantId=grant)

    assert seen == {"grants withdrawn"}


def test_a_copy_that_was_to_be_kept_and_is_not_is_seen(cloud, done):
    scene, outcome = done

    assert "copies kept" in off(cloud, scene.asking(options={"keepCopies": True}), outcome)


def test_a_copy_that_is_said_to_be_kept_and_that_a_later_run_would_take_away_is_seen(cloud, done):
    scene, outcome = done
    account, region = scene.source
    arn = f"arn:aws:ec2:{region}:{account}:snapshot/{scene.snapshots['/dev/sdf']}"

    for why, expected in ((KEPT, {"kept for good"}), (f"{KEPT}, but not marked so", set())):
        left = [{"resource": arn, "why": why, "kept": True}]
        assert off(cloud, scene, outcome | {"left": left}) == expected


def test_a_source_that_is_gone_is_seen(cloud, done):
    scene, outcome = done
    missing = copy.copy(scene.before.things)
    [thing] = [it for it in missing if it.id == scene.snapshots["/dev/sdf"]]
    gone = thing._replace(id="snap-0")
    missing[gone] = missing.pop(thing)
    before = type(scene.before)(missing)
    scene = type(scene)(scene.request, scene.instance, scene.database, before, scene.calls_before)

    assert off(cloud, scene, outcome) == {"source as it was", "copies gone"}


# What the execution says


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "FAILED"}, "outcome"),
        ({"flow": "ec2-cross-region"}, "outcome"),
        ({"restoreId": "other"}, "outcome"),
        ({"notRestored": ...}, "outcome"),
        ({"target": {"accountId": HOME}}, "outcome"),
        ({"timeline": []}, "timeline"),
        ({"timeline": [{"step": "share-snapshot"}]}, "timeline"),
    ],
    ids=str,
)
def test_an_outcome_that_does_not_agree_is_seen(cloud, done, changes, expected):
    scene, outcome = done
    changed = {name: it for name, it in (outcome | changes).items() if it is not ...}

    assert expected in off(cloud, scene, changed)


def test_something_said_to_be_cleaned_up_that_is_still_there_is_seen(cloud, done):
    scene, outcome = done
    volume = outcome["target"]["volumes"][0]["volumeId"]
    arn = f"arn:aws:ec2:{scene.target.region}:{scene.target.account}:volume/{volume}"

    assert off(cloud, scene, outcome | {"cleanedUp": [arn]}) == {"cleaned up"}


def test_a_share_said_to_be_withdrawn_that_is_still_there_is_seen(cloud, done):
    scene, outcome = done
    snapshot = scene.snapshots["/dev/sdf"]
    arn = f"arn:aws:ec2:{scene.source.region}:{scene.source.account}:snapshot/{snapshot}"
    said = outcome | {"cleanedUp": [f"{arn} (permission of {TARGET})"]}
    assert off(cloud, scene, said) == set()

    ec2 = cloud.client("ec2", scene.source)
    share = {"SnapshotId": snapshot, "Attribute": "createVolumePermission"}
    ec2.modify_snapshot_attribute(**share, OperationType="add", UserIds=[TARGET])
    seen = off(cloud, scene, said)
    ec2.modify_snapshot_attribute(**share, OperationType="remove", UserIds=[TARGET])

    assert seen == {"cleaned up", "source as it was"}
