"""RunInstances: what an instance is made of, what is refused, and how a launch fails."""

import uuid

import pytest
from aws import FAR, NEAR, SOURCE, TARGET, allow, caller, key, refused, unique
from compute import (
    ENDLESS,
    OTHER_ZONE,
    ROOT,
    ZONE,
    at_once,  # noqa: F401
    devices,
    ec2,
    encoded,
    fails,
    group,
    image,
    instance_now,
    launch,
    launched,
    network,
    shared_key,
    shared_snapshot,
    snapshot,
    state,
    subnet,
    under,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")

GONE = ("terminated", "Client.InternalError")


def mapped(device=ROOT, **ebs):
    """A block device mapping."""
    return {"DeviceName": device, "Ebs": ebs}


def volumes(instance):
    """What an instance's volumes are: device name to volume."""
    return {name: volume_now(it["VolumeId"]) for name, it in devices(instance).items()}


def end(instance, by=SOURCE):
    told = instance_now(instance, by)
    return told["State"]["Name"], told.get("StateReason", {}).get("Code")


# Where


def test_an_instance_is_in_the_zone_and_vpc_of_its_subnet():
    vpc, there = network(zone=OTHER_ZONE)

    made = instance_now(launch(SubnetId=there))

    assert (made["SubnetId"], made["VpcId"]) == (there, vpc)
    assert made["Placement"]["AvailabilityZone"] == OTHER_ZONE
    assert volumes(made["InstanceId"])[ROOT]["AvailabilityZone"] == OTHER_ZONE


def test_an_instance_without_a_subnet_is_in_the_default_one_of_its_zone():
    made = instance_now(launch(Placement={"AvailabilityZone": OTHER_ZONE}))

    assert made["Placement"]["AvailabilityZone"] == OTHER_ZONE
    told = ec2().describe_subnets(SubnetIds=[made["SubnetId"]])["Subnets"][0]
    assert told["DefaultForAz"] is True


def test_an_instance_without_security_groups_is_in_the_default_one_of_its_vpc():
    vpc, inside = network()

    groups = instance_now(launch(SubnetId=inside))["SecurityGroups"]

    assert [it["GroupName"] for it in groups] == ["default"]
    told = ec2().describe_security_groups(GroupIds=[groups[0]["GroupId"]])["SecurityGroups"]
    assert told[0]["VpcId"] == vpc


def test_an_instance_is_in_the_security_groups_asked_for():
    vpc, inside = network()
    wanted = [group(vpc), group(vpc)]

    made = instance_now(launch(SubnetId=inside, SecurityGroupIds=wanted))

    assert sorted(it["GroupId"] for it in made["SecurityGroups"]) == sorted(wanted)


def test_a_network_interface_may_say_where_instead():
    vpc, inside = network()
    wanted = group(vpc)
    interface = {"DeviceIndex": 0, "SubnetId": inside, "Groups": [wanted]}

    made = instance_now(launch(NetworkInterfaces=[interface]))

    assert (made["SubnetId"], made["SecurityGroups"][0]["GroupId"]) == (inside, wanted)
    refused(
        lambda: launch(NetworkInterfaces=[interface], SubnetId=inside),
        "InvalidParameterCombination",
    )


MISSING = "0123456789abcdef0"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"ImageId": f"ami-{MISSING}"}, "InvalidAMIID.NotFound"),
        ({"ImageId": "ami-none"}, "InvalidAMIID.Malformed"),
        ({"SubnetId": f"subnet-{MISSING}"}, "InvalidSubnetID.NotFound"),
        ({"SecurityGroupIds": [f"sg-{MISSING}"]}, "InvalidGroup.NotFound"),
        ({"KeyName": "nobodys"}, "InvalidKeyPair.NotFound"),
        ({"IamInstanceProfile": {"Name": "nobodys"}}, "InvalidParameterValue"),
        ({"InstanceType": "t3.tiny"}, "InvalidParameterValue"),
        ({"UserData": "x" * 16385}, "InvalidParameterValue"),
        ({"MinCount": 2, "MaxCount": 1}, "InvalidParameterValue"),
        ({"Placement": {"AvailabilityZone": f"{FAR}a"}}, "InvalidParameterValue"),
        ({"ClientToken": "ä" * 10}, "InvalidParameterValue"),
    ],
)
def test_a_launch_of_what_is_not_there_is_refused_and_leaves_nothing(asked, code):
    before = len(ec2().describe_instances()["Reservations"])

    refused(lambda: launch(**asked), code)

    assert len(ec2().describe_instances()["Reservations"]) == before


def test_a_security_group_of_another_vpc_is_refused():
    elsewhere = group(network()[0])

    refused(
        lambda: launch(SecurityGroupIds=[elsewhere]),
        "InvalidParameter",
        "belong to different networks",
    )


def test_a_zone_that_is_not_the_subnets_is_refused():
    refused(
        lambda: launch(SubnetId=subnet(), Placement={"AvailabilityZone": OTHER_ZONE}),
        "InvalidParameterValue",
    )


def test_a_full_subnet_takes_no_more_instances():
    vpc = ec2().create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    small = ec2().create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/28", AvailabilityZone=ZONE)
    inside = small["Subnet"]["SubnetId"]

    refused(
        lambda: launch(SubnetId=inside, MinCount=12, MaxCount=12),
        "InsufficientFreeAddressesInSubnet",
    )


# From which image


def test_an_instance_boots_as_its_image_says():
    ami = image(Architecture="arm64", BootMode="uefi", TpmSupport="v2.0")

    made = instance_now(launch(ImageId=ami, InstanceType="m7g.large"))

    assert (made["Architecture"], made["BootMode"]) == ("arm64", "uefi")
    assert (made["CurrentInstanceBootMode"], made["TpmSupport"]) == ("uefi", "v2.0")
    assert (made["EnaSupport"], made["VirtualizationType"]) == (True, "hvm")
    assert (made["RootDeviceName"], made["RootDeviceType"]) == (ROOT, "ebs")
    assert made["PlatformDetails"] == "Linux/UNIX"


def test_an_instance_has_the_cpus_of_its_type_unless_others_are_asked_for():
    without_threads = {"CoreCount": 1, "ThreadsPerCore": 1}

    assert instance_now(launch())["CpuOptions"] == {"CoreCount": 1, "ThreadsPerCore": 2}
    assert instance_now(launch(CpuOptions=without_threads))["CpuOptions"] == without_threads


def test_without_a_boot_mode_the_type_decides():
    arm = launch(ImageId=image(Architecture="arm64"), InstanceType="m7g.large")

    assert instance_now(arm)["CurrentInstanceBootMode"] == "uefi"
    assert instance_now(launch())["CurrentInstanceBootMode"] == "legacy-bios"


@pytest.mark.parametrize(
    ("ami", "instance_type", "code", "words"),
    [
        (
            {"Architecture": "arm64"},
            "t3.micro",
            "InvalidParameterValue",
            "The architecture 'x86_64' of the specified instance type does not match the"
            " architecture 'arm64' of the specified AMI",
        ),
        ({}, "m7g.large", "InvalidParameterValue", "The architecture 'arm64'"),
        ({"EnaSupport": False}, "t3.micro", "InvalidParameterCombination", "ENA"),
        (
            {"VirtualizationType": "paravirtual"},
            "t3.micro",
            "InvalidParameterCombination",
            "paravirtual",
        ),
        (
            {"Architecture": "arm64", "BootMode": "legacy-bios"},
            "m7g.large",
            "UnsupportedOperation",
            "boot mode",
        ),
    ],
)
def test_an_image_that_the_type_cannot_run_is_refused(ami, instance_type, code, words):
    refused(lambda: launch(ImageId=image(**ami), InstanceType=instance_type), code, words)


def test_an_image_of_another_account_is_launched_only_with_its_permission():
    ami = image()

    refused(lambda: launch(TARGET, ImageId=ami, SubnetId=subnet(TARGET)), "InvalidAMIID.NotFound")
    ec2().modify_image_attribute(ImageId=ami, LaunchPermission={"Add": [{"UserId": TARGET}]})
    made = launch(TARGET, ImageId=ami, SubnetId=subnet(TARGET))

    assert state(made, TARGET) == "running"
    assert ROOT in devices(made, TARGET)


def test_an_image_for_the_newer_metadata_service_has_instances_require_it():
    made = instance_now(launch(ImageId=image(ImdsSupport="v2.0")))

    assert made["MetadataOptions"]["HttpTokens"] == "required"
    assert instance_now(launch())["MetadataOptions"]["HttpTokens"] == "optional"


# With which volumes


def test_an_instance_has_the_volumes_of_its_image():
    data = snapshot(Size=3)
    ami = image(
        devices=[
            mapped("/dev/sdf", SnapshotId=data, VolumeType="gp3", DeleteOnTermination=False),
            mapped("/dev/sdg", VolumeSize=2),
        ]
    )

    instance = launch(ImageId=ami)

    made = volumes(instance)
    assert {name: it["Size"] for name, it in made.items()} == {
        ROOT: 8,
        "/dev/sdf": 3,
        "/dev/sdg": 2,
    }
    assert (made["/dev/sdf"]["SnapshotId"], made["/dev/sdf"]["VolumeType"]) == (data, "gp3")
    assert {it["State"] for it in made.values()} == {"in-use"}
    marks = {name: it["DeleteOnTermination"] for name, it in devices(instance).items()}
    assert marks == {ROOT: True, "/dev/sdf": False, "/dev/sdg": True}


def test_the_request_changes_leaves_out_and_adds_devices():
    ami = image(devices=[mapped("/dev/sdf", VolumeSize=2), mapped("/dev/sdg", VolumeSize=2)])

    instance = launch(
        ImageId=ami,
        BlockDeviceMappings=[
            mapped(VolumeSize=20, VolumeType="gp3", Iops=4000, Throughput=200),
            mapped("/dev/sdf", DeleteOnTermination=False),
            {"DeviceName": "/dev/sdg", "NoDevice": ""},
            {"DeviceName": "/dev/sdh", "VirtualName": "ephemeral0"},
            mapped("/dev/sdi", VolumeSize=5, VolumeType="io2", Iops=500),
        ],
    )

    made = volumes(instance)
    assert made.keys() == {ROOT, "/dev/sdf", "/dev/sdi"}
    root = made[ROOT]
    assert (root["Size"], root["VolumeType"], root["Iops"], root["Throughput"]) == (
        20,
        "gp3",
        4000,
        200,
    )
    assert (made["/dev/sdf"]["Size"], made["/dev/sdi"]["Iops"]) == (2, 500)
    assert devices(instance)["/dev/sdf"]["DeleteOnTermination"] is False


def test_another_volume_type_does_not_take_over_the_speed_of_the_images():
    ami = image(devices=[mapped("/dev/sdf", VolumeSize=10, VolumeType="gp3", Iops=4000)])

    made = volumes(launch(ImageId=ami, BlockDeviceMappings=[mapped("/dev/sdf", VolumeType="gp2")]))

    assert (made["/dev/sdf"]["VolumeType"], made["/dev/sdf"]["Iops"]) == ("gp2", 100)


@pytest.mark.parametrize(
    ("mapping", "code", "words"),
    [
        (
            lambda: mapped(SnapshotId=snapshot(Size=8)),
            "InvalidBlockDeviceMapping",
            "snapshotId cannot be modified on root device",
        ),
        (lambda: mapped(VolumeSize=7), "InvalidBlockDeviceMapping", "expect size >= 8"),
        (lambda: {"DeviceName": ROOT, "NoDevice": ""}, "InvalidBlockDeviceMapping", "root"),
        (lambda: mapped(KmsKeyId=key(SOURCE)), "InvalidParameterDependency", "Encrypted"),
        (lambda: mapped(VolumeType="st1", VolumeSize=125), "BootForVolumeTypeUnsupported", "st1"),
        (lambda: mapped("/dev/sdf"), "MissingParameter", "size/snapshot"),
        (lambda: mapped("/dev/sdf", SnapshotId=f"snap-{MISSING}"), "InvalidSnapshot.NotFound", ""),
        (
            lambda: mapped("/dev/sdf", VolumeSize=4, VolumeType="io1"),
            "MissingParameter",
            "iops",
        ),
    ],
)
def test_devices_that_cannot_be_are_refused(mapping, code, words):
    refused(lambda: launch(BlockDeviceMappings=[mapping()]), code, words)


def test_encryption_is_not_taken_away_from_an_encrypted_root():
    ami = image(root_snapshot=snapshot(Size=8, Encrypted=True))

    refused(
        lambda: launch(ImageId=ami, BlockDeviceMappings=[mapped(Encrypted=False)]),
        "InvalidBlockDeviceMapping",
    )


def test_the_root_volume_is_encrypted_under_the_key_asked_for():
    own = key(SOURCE)

    made = volumes(launch(BlockDeviceMappings=[mapped(Encrypted=True, KmsKeyId=own)]))

    assert (made[ROOT]["Encrypted"], made[ROOT]["KmsKeyId"]) == (True, own)


def test_tags_are_on_the_instance_its_volumes_and_interfaces_from_the_first():
    def tagged(kind):
        return {"ResourceType": kind, "Tags": [{"Key": "restore:id", "Value": kind}]}

    kinds = ["instance", "volume", "network-interface"]
    instance = launch(TagSpecifications=[tagged(kind) for kind in kinds])

    told = instance_now(instance)
    assert told["Tags"] == tagged("instance")["Tags"]
    assert volumes(instance)[ROOT]["Tags"] == tagged("volume")["Tags"]
    interface = told["NetworkInterfaces"][0]["NetworkInterfaceId"]
    seen = ec2().describe_network_interfaces(NetworkInterfaceIds=[interface])
    assert seen["NetworkInterfaces"][0]["TagSet"] == tagged("network-interface")["Tags"]
    refused(lambda: launch(TagSpecifications=[tagged("snapshot")]), "InvalidParameterValue")


def test_nothing_is_launched_with_more_than_fifty_tags():
    def tagged(count):
        tags = [{"Key": f"key-{number}", "Value": "x"} for number in range(count)]
        return [{"ResourceType": "instance", "Tags": tags}]

    refused(lambda: launch(TagSpecifications=tagged(51)), "TagLimitExceeded")
    made = launch(TagSpecifications=tagged(50))
    assert len(instance_now(made)["Tags"]) == 50
    by_tag = [{"Name": "tag-key", "Values": ["key-50"]}]
    assert ec2().describe_instances(Filters=by_tag)["Reservations"] == []


def test_a_launch_keeps_the_settings_asked_for():
    name = unique("pair")
    ec2().create_key_pair(KeyName=name)

    made = launch(
        KeyName=name,
        UserData="#!/bin/sh\n",
        EbsOptimized=True,
        DisableApiTermination=True,
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
    )

    told = instance_now(made)
    assert (told["KeyName"], told["EbsOptimized"]) == (name, True)
    assert told["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    data = ec2().describe_instance_attribute(InstanceId=made, Attribute="userData")
    assert data["UserData"]["Value"] == encoded("#!/bin/sh\n")
    refused(lambda: ec2().terminate_instances(InstanceIds=[made]), "OperationNotPermitted")


def test_several_instances_are_launched_at_once_each_with_its_volumes():
    made = ec2().run_instances(
        ImageId=image(), InstanceType="t3.micro", SubnetId=subnet(), MinCount=1, MaxCount=3
    )["Instances"]

    ids = [it["InstanceId"] for it in made]
    assert [it["AmiLaunchIndex"] for it in made] == [0, 1, 2]
    assert len({devices(it)[ROOT]["VolumeId"] for it in ids}) == 3


def test_a_launch_template_fills_in_what_the_request_leaves_open():
    name, ami = unique("template"), image()
    data = {"ImageId": ami, "InstanceType": "t3.small"}
    ec2().create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    asked = {"LaunchTemplate": {"LaunchTemplateName": name}, "MinCount": 1, "MaxCount": 1}

    def made(**settings):
        return ec2().run_instances(**asked, SubnetId=subnet(), **settings)["Instances"][0]

    assert (made()["ImageId"], made()["InstanceType"]) == (ami, "t3.small")
    assert made(InstanceType="t3.micro")["InstanceType"] == "t3.micro"


# Keys


def test_a_launch_without_its_key_is_pending_first_and_ends_terminated_without_volumes(settings):
    settings(durations={"instance": ENDLESS})
    unusable = {"BlockDeviceMappings": [mapped(**under(key(TARGET)))]}
    assert launched(**unusable)["State"]["Name"] == "pending"

    settings(durations={"instance": 0})
    made = launched(**unusable)

    assert made["State"]["Name"] == "pending"
    assert end(made["InstanceId"]) == GONE
    reason = instance_now(made["InstanceId"])["StateReason"]["Message"]
    assert reason == "Client.InternalError: Client error on launch"
    assert devices(made["InstanceId"]) == {}


def test_a_launch_needs_the_grant_on_the_keys_of_its_volumes():
    own = {"BlockDeviceMappings": [mapped(**under(key(SOURCE)))]}
    uses = ["kms:DescribeKey", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
    without = caller(SOURCE, allow("ec2:*", *uses))
    with_it = caller(SOURCE, allow("ec2:*", *uses, "kms:CreateGrant"))

    assert end(launch(without, **own)) == GONE
    assert end(launch(with_it, **own))[0] == "running"


def test_a_data_volume_of_a_shared_snapshot_needs_the_snapshots_key():
    closed = shared_snapshot(**under(key(SOURCE)))
    opened = shared_snapshot(**under(shared_key()))

    def made(data):
        mapping = mapped("/dev/sdf", SnapshotId=data, **under(key(TARGET)))
        return launch(TARGET, BlockDeviceMappings=[mapping])

    assert end(made(closed), TARGET) == GONE
    assert end(made(opened), TARGET)[0] == "running"


def test_a_launch_can_be_told_to_fail():
    fails(
        "instance",
        "terminated",
        "Server.InsufficientInstanceCapacity: There is no capacity",
        account=SOURCE,
        region=NEAR,
    )

    instance = launch()

    assert end(instance) == ("terminated", "Server.InsufficientInstanceCapacity")


# Made once


def test_a_client_token_launches_one_instance_and_serves_no_other_request():
    asked = {"ImageId": image(), "SubnetId": subnet(), "ClientToken": uuid.uuid4().hex}
    first = launch(**asked)

    again = launched(**asked)
    assert (again["InstanceId"], again["State"]["Name"]) == (first, "running")
    assert again["ClientToken"] == asked["ClientToken"]
    refused(lambda: launch(**asked, InstanceType="t3.small"), "IdempotentParameterMismatch")


def test_a_token_is_spent_when_its_instance_is_terminated():
    asked = {"ImageId": image(), "SubnetId": subnet(), "ClientToken": uuid.uuid4().hex}
    first = launch(**asked)
    ec2().terminate_instances(InstanceIds=[first])

    refused(lambda: launch(**asked), "IdempotentInstanceTerminated", first)


def test_a_token_counts_for_each_zone_apart_when_the_request_names_one():
    asked = {"ImageId": image(), "ClientToken": uuid.uuid4().hex}
    vpc = ec2().create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]

    def inside(cidr, zone):
        made = ec2().create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)
        return made["Subnet"]["SubnetId"]

    here, beside = inside("10.0.0.0/26", ZONE), inside("10.0.0.64/26", ZONE)
    there = inside("10.0.0.128/26", OTHER_ZONE)

    first = launch(**asked, SubnetId=here)

    assert launch(**asked, SubnetId=there) != first
    assert launch(**asked, SubnetId=here) == first
    refused(lambda: launch(**asked, SubnetId=beside), "IdempotentParameterMismatch")


def test_a_token_used_again_does_not_mind_what_has_gone_since():
    vpc, inside = network()
    sealed, other = group(vpc), group(vpc)
    asked = {"ImageId": image(), "SubnetId": inside, "ClientToken": uuid.uuid4().hex}
    first = launch(**asked, SecurityGroupIds=[sealed])
    ec2().modify_instance_attribute(InstanceId=first, Groups=[other])
    ec2().delete_security_group(GroupId=sealed)

    assert launch(**asked, SecurityGroupIds=[sealed]) == first


@pytest.mark.parametrize(
    ("mappings", "words"),
    [
        (
            [mapped("/dev/sdf", VolumeSize=1), mapped("/dev/sdf", VolumeSize=2)],
            "The device '/dev/sdf' is used in more than one block-device mapping",
        ),
        ([mapped("foo", VolumeSize=1)], "Invalid device name foo"),
        ([mapped("/dev/nvme1n1", VolumeSize=1)], "Invalid device name /dev/nvme1n1"),
    ],
)
def test_a_device_has_a_name_that_ec2_knows_and_is_mapped_once(mappings, words):
    refused(lambda: launch(BlockDeviceMappings=mappings), "InvalidBlockDeviceMapping", words)
