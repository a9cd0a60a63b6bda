"""AWS runs out of instances, volumes and DB instances of a type in a zone."""

import pytest
from aws import NEAR, SOURCE, eventually, refused, unique
from botocore.exceptions import ClientError
from compute import (
    OTHER_ZONE,
    ZONE,
    at_once,  # noqa: F401
    ec2,
    image,
    instance_now,
    launch,
    launched,
    state,
    subnet,
    volume,
)
from databases import at_once as rds_at_once  # noqa: F401
from databases import available, created, database, instance, modified

pytestmark = pytest.mark.usefixtures("at_once")


@pytest.fixture
def room(settings):
    """Says of what there is how much: `room({"volume gp3 *": 0})`."""
    yield lambda wanted, later=False: settings(
        capacity=wanted, switches={"capacityFoundOutLater": later}
    )


def test_a_launch_is_refused_where_a_zone_has_no_room_for_its_type(room):
    source, here, there = image(), subnet(), subnet(zone=OTHER_ZONE)
    asked = {"ImageId": source, "InstanceType": "m5.large"}
    room({f"instance m5.large {ZONE}": 0})
    with pytest.raises(ClientError) as caught:
        launch(**asked, SubnetId=here)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    error = caught.value.response["Error"]
    assert error["Code"] == "InsufficientInstanceCapacity"
    assert error["Message"] == (
        f"We currently do not have sufficient m5.large capacity in the Availability Zone you "
        f"requested ({ZONE}). Our system will be working on provisioning additional capacity. You "
        f"can currently get m5.large capacity by not specifying an Availability Zone in your "
        f"request or choosing {NEAR}b, {NEAR}c."
    )
    launch(**asked, SubnetId=there)
    launch(ImageId=source, InstanceType="m5.xlarge", SubnetId=here)


def test_a_launch_that_names_no_zone_goes_where_there_is_room(room):
    source = image()
    room({f"instance m5.large {ZONE}": 0})
    asked = {"ImageId": source, "InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1}
    made = ec2().run_instances(**asked)["Instances"][0]
    assert made["Placement"]["AvailabilityZone"] == OTHER_ZONE


def test_a_launch_gets_as_many_as_there_is_room_for(room):
    place = subnet()
    room({f"instance c5.large {ZONE}": 2})
    many = {"InstanceType": "c5.large", "SubnetId": place, "MaxCount": 5}
    assert len(run(**many, MinCount=1)) == 2
    refused(lambda: run(**many, MinCount=1), "InsufficientInstanceCapacity")


def test_a_stopped_instance_gives_up_its_room_and_may_not_get_it_back(room):
    place = subnet()
    room({f"instance c5.xlarge {ZONE}": 1})
    asked = {"InstanceType": "c5.xlarge", "SubnetId": place}
    made = launch(**asked)
    assert state(made) == "running"
    ec2().stop_instances(InstanceIds=[made])
    assert state(made) == "stopped"
    launch(**asked)
    refused(
        lambda: ec2().start_instances(InstanceIds=[made]),
        "InsufficientInstanceCapacity",
        "Insufficient capacity.",
    )
    assert state(made) == "stopped"
    room({})
    ec2().start_instances(InstanceIds=[made])
    assert state(made) == "running"


def test_a_lack_that_is_found_later_terminates_the_launch(room):
    place = subnet()
    room({f"instance m5.2xlarge {ZONE}": 0}, later=True)
    made = launched(InstanceType="m5.2xlarge", SubnetId=place)
    assert made["State"]["Name"] == "pending"
    ended = instance_now(made["InstanceId"])
    assert ended["State"]["Name"] == "terminated"
    assert ended["StateReason"]["Code"] == "Server.InsufficientInstanceCapacity"


def test_a_lack_that_is_found_later_stops_the_start(room):
    made = launch(InstanceType="m5.4xlarge", SubnetId=subnet())
    ec2().stop_instances(InstanceIds=[made])
    assert state(made) == "stopped"
    room({f"instance m5.4xlarge {ZONE}": 0}, later=True)
    ec2().start_instances(InstanceIds=[made])
    assert state(made) == "stopped"
    reason = instance_now(made)["StateReason"]
    assert reason["Code"] == "Server.InsufficientInstanceCapacity"


def test_a_volume_is_refused_where_a_zone_has_no_room_for_its_type(room):
    room({f"volume io2 {ZONE}": 0})
    asked = {"VolumeType": "io2", "Size": 10, "Iops": 100}
    with pytest.raises(ClientError) as caught:
        volume(**asked)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    refused(lambda: volume(**asked), "InsufficientVolumeCapacity", "not enough capacity")
    volume(**asked, AvailabilityZone=OTHER_ZONE)
    volume(VolumeType="gp3")


def test_a_db_instance_is_refused_where_there_is_no_room_for_its_class(room):
    room({"db-instance db.r5.large *": 0})
    name = unique("db")
    refused(
        lambda: created(DBInstanceClass="db.r5.large", DBInstanceIdentifier=name),
        "InsufficientDBInstanceCapacity",
        "Cannot create a db.r5.large database instance because there are no availability zones "
        "with sufficient capacity for VPC and storage type : gp3 for db.r5.large. "
        "Please try the request again at a later time.",
    )
    assert instance(name) is None
    created(DBInstanceClass="db.r5.xlarge", DBInstanceIdentifier=name)


def test_a_db_instance_goes_to_a_zone_that_has_room_unless_one_is_asked_for(room):
    room({f"db-instance db.r5.2xlarge {ZONE}": 0})
    made = created(DBInstanceClass="db.r5.2xlarge")
    assert made["AvailabilityZone"] == OTHER_ZONE
    asked = {"DBInstanceClass": "db.r5.2xlarge", "AvailabilityZone": ZONE}
    refused(lambda: created(**asked), "InsufficientDBInstanceCapacity")


@pytest.mark.usefixtures("rds_at_once")
def test_a_db_instance_is_not_changed_to_a_class_without_room_in_its_zones(room):
    made = database(DBInstanceClass="db.r6g.large", MultiAZ=True)
    name, larger = made["DBInstanceIdentifier"], {"DBInstanceClass": "db.r6g.xlarge"}
    for zone in (made["AvailabilityZone"], made["SecondaryAvailabilityZone"]):
        room({f"db-instance db.r6g.xlarge {zone}": 0})
        refused(
            lambda: modified(name, ApplyImmediately=True, **larger),
            "InsufficientDBInstanceCapacity",
            "db.r6g.xlarge",
        )
    modified(name, DeletionProtection=True, ApplyImmediately=True)
    now = instance(name)
    assert (now["DBInstanceClass"], now["PendingModifiedValues"]) == ("db.r6g.large", {})

    assert modified(name, **larger)["PendingModifiedValues"] == larger
    refused(
        lambda: modified(name, ApplyImmediately=True, BackupRetentionPeriod=1),
        "InsufficientDBInstanceCapacity",
    )
    room({})
    modified(name, ApplyImmediately=True)
    assert available(lambda: instance(name))["DBInstanceClass"] == "db.r6g.xlarge"


def test_a_lack_of_room_that_is_found_later_leaves_a_db_instance_without(room):
    room({"db-instance db.r5.4xlarge *": 0}, later=True)
    made = created(DBInstanceClass="db.r5.4xlarge")
    assert made["DBInstanceStatus"] == "creating"
    name = made["DBInstanceIdentifier"]
    eventually(lambda: instance(name)["DBInstanceStatus"] == "insufficient-capacity")


def run(**asked):
    """The instances that a launch makes."""
    return ec2(SOURCE).run_instances(ImageId=image(), **asked)["Instances"]
