"""Bad input ends the execution by name, naming the field, before anything is changed."""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.network import network
from restore.example import example
from restore.place import FAR, HOME, NEAR, SOURCE, TARGET, Place

INVALID = "Restore.InvalidInput"
FAR_TARGET = Place(TARGET, FAR)
UNKNOWN_SNAPSHOT = "snap-00000000000000000"
MANY_TAGS = {f"key-{number}": "x" for number in range(48)}
"""As many as a resource may have, but for the restore's own."""


@pytest.fixture(scope="module")
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)


@pytest.fixture(scope="module")
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account-cross-region"), database=database)


MALFORMED = {
    "a Region that is a number": ({"source__region": 7}, "source.region"),
    "volumes that are no list": ({"source__ec2__volumes": "all"}, "source.ec2.volumes"),
    "a size that is a string": (
        {"source__ec2__volumes__1__size": "200"},
        "source.ec2.volumes[1].size",
    ),
    "a start that is neither true nor false": ({"target__ec2__start": "yes"}, "target.ec2.start"),
    "a target that is null": ({"target": None}, "target"),
    "a missing target key": ({"target__kmsKeyId": ...}, "kmsKeyId"),
    "an unknown field": ({"colour": "blue"}, "colour"),
    "an unknown field deep inside": ({"target__ec2__ebsOptimized": True}, "ebsOptimized"),
    "an unknown option": ({"options__force": True}, "options"),
    "an unknown choice": ({"options__onFailure": "shrug"}, "options.onFailure"),
    "a restore id with an underscore": ({"restoreId": "orders_2026"}, "restoreId"),
    "no time at all": ({"options__timeoutHours": 0}, "options.timeoutHours"),
}
PLACES = {
    "an account id of eleven digits": ({"source__accountId": "11112222333"}, "source.accountId"),
    "an account id of thirteen digits": (
        {"target__accountId": f"{TARGET}7"},
        "target.accountId",
    ),
    "an account id with a letter": ({"target__accountId": f"{TARGET[:-1]}x"}, "target.accountId"),
    "a role in another account than it serves": (
        {"target__roleArn": f"arn:aws:iam::{SOURCE}:role/restore-target"},
        "target.roleArn",
    ),
    "a source role in another account than it serves": (
        {"source__roleArn": f"arn:aws:iam::{HOME}:role/restore-source"},
        "source.roleArn",
    ),
    "a role of another partition": (
        {"target__roleArn": f"arn:aws-cn:iam::{TARGET}:role/restore-target"},
        "target.roleArn",
    ),
    "no source role between two accounts": (
        {"source__roleArn": ..., "source__externalId": ...},
        "source.roleArn",
    ),
}
SERVICES = {
    "both services at the source": (
        {"source__rds": {"dbSnapshotIdentifier": "orders"}},
        "source: give `ec2` or `rds`, not both",
    ),
    "neither service at the source": ({"source__ec2": ...}, "source: give one of"),
    "neither service at the target": ({"target__ec2": ...}, "target: give `ec2`"),
    "both services at the target": (
        {"target__rds": {"dbInstanceIdentifier": "orders"}},
        "target: give `ec2` and only that",
    ),
    "another service at the target": (
        {"target__ec2": ..., "target__rds": {"dbInstanceIdentifier": "orders"}},
        "target: give `ec2`",
    ),
}
VOLUMES = {
    "no volume marked root": ({"source__ec2__volumes__0__root": False}, "source.ec2.volumes"),
    "two volumes marked root": ({"source__ec2__volumes__1__root": True}, "source.ec2.volumes"),
    "two volumes with one device name": (
        {"source__ec2__volumes__2__deviceName": "/dev/sdf"},
        "source.ec2.volumes[2].deviceName",
    ),
    "a volume smaller than its snapshot": (
        {"source__ec2__volumes__1__size": 50},
        "source.ec2.volumes[1].size",
    ),
    "a snapshot that does not exist": (
        {"source__ec2__volumes__1__snapshotId": UNKNOWN_SNAPSHOT},
        "source.ec2.volumes[1].snapshotId",
    ),
    "an instance that does not exist": (
        {"source__ec2": {"instanceId": "i-00000000000000000", "at": "latest"}},
        "source.ec2.instanceId",
    ),
    "a time before the first snapshot": (
        {"source__ec2__volumes": ..., "source__ec2__at": "2001-01-01T00:00:00Z"},
        "source.ec2",
    ),
    "volumes and an instance": (
        {"source__ec2__instanceId": "i-00000000000000000"},
        "source.ec2",
    ),
    "an AMI that does not exist": (
        {"target__ec2__imageId": "ami-00000000000000000"},
        "target.ec2.imageId",
    ),
    "more tags than there is room for": ({"target__ec2__tags": MANY_TAGS}, "target.ec2.tags: 48"),
}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param(*case, id=name)
        for cases in (MALFORMED, PLACES, SERVICES, VOLUMES)
        for name, case in cases.items()
    ],
)
def test_a_request_for_an_instance_that_cannot_be_right_names_the_field(cloud, ec2, changes, field):
    expect.refused(cloud, ec2.asking(**changes), INVALID, field)


VOLUME = {"snapshotId": UNKNOWN_SNAPSHOT, "deviceName": "/dev/xvda", "root": True}
DATABASES = {
    "both services at the source": (
        {"source__ec2": {"volumes": [VOLUME]}},
        "source: give `ec2` or `rds`, not both",
    ),
    "neither service at the source": ({"source__rds": ...}, "source: give one of"),
    "both services at the target": ({"target__ec2": {}}, "target: give `rds` and only that"),
    "neither service at the target": ({"target__rds": ...}, "target: give `rds`"),
    "a DB snapshot that does not exist": (
        {"source__rds": {"dbSnapshotIdentifier": "no-such-snapshot"}},
        "source.rds.dbSnapshotIdentifier",
    ),
    "a DB snapshot of another Region": (
        {"source__rds": {"dbSnapshotIdentifier": f"arn:aws:rds:{FAR}:{SOURCE}:snapshot:orders"}},
        "source.rds.dbSnapshotIdentifier",
    ),
    "a DB cluster snapshot": (
        {
            "source__rds": {
                "dbSnapshotIdentifier": f"arn:aws:rds:{NEAR}:{SOURCE}:cluster-snapshot:orders"
            }
        },
        "source.rds.dbSnapshotIdentifier",
    ),
    "a DB instance that has no snapshot": (
        {"source__rds": {"dbInstanceIdentifier": "no-such-instance", "at": "latest"}},
        "source.rds.dbInstanceIdentifier",
    ),
    "no time for a DB instance": ({"source__rds__at": ...}, "source.rds.at"),
    "a time that is none": ({"source__rds__at": "yesterday"}, "source.rds.at"),
    "a zone for a Multi-AZ deployment": (
        {"target__rds__availabilityZone": f"{FAR}a"},
        "target.rds.availabilityZone",
    ),
    "a name that RDS does not take": (
        {"target__rds__dbInstanceIdentifier": "orders--web"},
        "target.rds.dbInstanceIdentifier",
    ),
    "a tag that is reserved": ({"target__rds__tags": {"aws:team": "x"}}, "target.rds.tags"),
    "more tags than there is room for": ({"target__rds__tags": MANY_TAGS}, "target.rds.tags: 48"),
}


@pytest.mark.parametrize(
    ("changes", "field"), [pytest.param(*case, id=name) for name, case in DATABASES.items()]
)
def test_a_request_for_a_db_instance_that_cannot_be_right_names_the_field(
    cloud, rds, changes, field
):
    expect.refused(cloud, rds.asking(**changes), INVALID, field)


@pytest.mark.parametrize("request_", [[], "restore", 7], ids=["a list", "a string", "a number"])
def test_an_input_that_is_no_object_is_refused(cloud, ec2, request_):
    since = cloud.last_call()
    ended = expect.follow(cloud, expect.start(cloud, request_))
    assert (ended.status, ended.error) == ("FAILED", INVALID), ended.cause
    expect.only_read(cloud, since)


def test_a_snapshot_of_another_account_is_not_visible(cloud, ec2):
    own = cloud.client("ec2", Place(TARGET, NEAR))
    volume = own.create_volume(AvailabilityZone=f"{NEAR}a", Size=1)["VolumeId"]
    own.get_waiter("volume_available").wait(VolumeIds=[volume], WaiterConfig={"Delay": 1})
    foreign = own.create_snapshot(VolumeId=volume)["SnapshotId"]
    scene = ec2.asking(source__ec2__volumes__2__snapshotId=foreign)

    expect.refused(cloud, scene, INVALID, "source.ec2.volumes[2].snapshotId", foreign)


def test_a_subnet_of_another_region_is_refused(cloud, ec2):
    near = network(cloud, Place(TARGET, NEAR)).subnets[0]

    scene = ec2.asking(target__ec2__subnetId=near)
    expect.refused(cloud, scene, INVALID, "target.ec2.subnetId", near)


def test_a_security_group_of_another_vpc_is_refused(cloud, ec2):
    near = network(cloud, Place(TARGET, NEAR)).groups[0]

    scene = ec2.asking(target__ec2__securityGroupIds=[near])
    expect.refused(cloud, scene, INVALID, "target.ec2.securityGroupIds", near)


@pytest.mark.parametrize(
    ("external_id", "given"),
    [("not-the-one", "with the external id `not-the-one`"), (..., "without an external id")],
    ids=["another external id", "none"],
)
def test_a_role_that_cannot_be_assumed_is_named_with_the_one_to_trust_and_what_it_was_given(
    cloud, ec2, external_id, given
):
    functions = cloud.home_client("lambda")
    plans = functions.get_function_configuration(FunctionName="restore-plan-restore")["Role"]
    trusts = f"must let role {plans.rpartition('/')[2]} of account {HOME} assume it {given}"

    scene = ec2.asking(target__externalId=external_id)
    words = ("sts:AssumeRole", cloud.restore_role.arn, trusts)
    expect.refused(cloud, scene, "Restore.AccessDenied", *words)


def test_an_existing_db_instance_is_never_overwritten(cloud, rds):
    identifier = rds.request["target"]["rds"]["dbInstanceIdentifier"]
    client = cloud.client("rds", FAR_TARGET)
    client.create_db_instance(
        DBInstanceIdentifier=identifier,
        DBInstanceClass="db.m7g.large",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="orders",
        MasterUserPassword="correct-horse",
    )
    before = client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]

    expect.refused(cloud, rds, "Restore.AlreadyExists", "target.rds.dbInstanceIdentifier")

    after = client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
    assert after["DbiResourceId"] == before["DbiResourceId"]
