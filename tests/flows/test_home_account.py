"""The account of the state machine as the source, as the target, and as both.

Elsewhere three accounts take part. Where there are fewer, nothing is done by other roles for that:
the functions' own roles still do nothing but assume the two of the restore.
"""

import dataclasses

import expect
import pytest
from restore import local
from restore.arrange import arrange
from restore.arrange.database import source_database
from restore.arrange.instance import VOLUMES, source_instance
from restore.check.calls import by_roles, is_dry, operation
from restore.example import example
from restore.place import HOME, SOURCE, TARGET, Place

pytestmark = pytest.mark.usefixtures("db_instances_go")


def arranged(cloud, flow, source, target):
    """The scene of the flow between these accounts, on a source under keys of its own.

    A key lets the restore role use it of the scene that it is made for, and no other.
    """
    request = example(flow)
    request["source"]["accountId"], request["target"]["accountId"] = source, target
    place, keys = Place.of(request["source"]), f"{source}-to-{target}"
    if flow.startswith("rds"):
        return arrange(cloud, request, database=source_database(cloud, place, key=f"{keys}-db"))
    volumes = tuple(dataclasses.replace(it, key=f"{keys}-{it.key}") for it in VOLUMES)
    return arrange(cloud, request, instance=source_instance(cloud, place, volumes))


@pytest.mark.parametrize("flow", ["ec2-cross-account", "rds-cross-account-cross-region"])
@pytest.mark.parametrize(
    ("source", "target"), [(HOME, TARGET), (SOURCE, HOME)], ids=["source", "target"]
)
def test_it_can_be_either_side_of_a_restore(cloud, flow, source, target):
    cloud = local.between(cloud, source, target)

    expect.as_asked(cloud, expect.restored(cloud, arranged(cloud, flow, source, target)))


@pytest.mark.parametrize("flow", ["ec2-same-location", "rds-cross-region"])
def test_it_can_be_all_that_a_restore_is_in(cloud, flow):
    cloud = local.between(cloud, HOME, HOME)

    expect.as_asked(cloud, expect.restored(cloud, arranged(cloud, flow, HOME, HOME)))


def test_within_one_account_a_source_role_reads_and_the_restore_role_does_all_else(cloud):
    cloud = local.between(cloud, HOME, HOME)
    role = cloud.source_role
    scene = arranged(cloud, "ec2-cross-region", HOME, HOME)
    scene = scene.asking(source__roleArn=role.arn, source__externalId=role.external_id)

    expect.as_asked(cloud, expect.restored(cloud, scene))

    by_source, by_restore = (called(cloud, scene, it) for it in (role, cloud.restore_role))
    assert {"ec2:DescribeSnapshots", "kms:DescribeKey"} <= by_source
    assert {it for it in by_source if not expect.READS.match(it)} == set()
    assert {"ec2:CopySnapshot", "ec2:RunInstances", "ec2:CreateVolume"} <= by_restore


def called(cloud, scene, role):
    """What the role called in the restore, but for dry runs."""
    made = by_roles(cloud.calls(scene.calls_before))
    return {operation(call) for call in made if call["roleArn"] == role.arn and not is_dry(call)}
