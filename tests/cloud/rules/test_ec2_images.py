"""AMIs: what they are registered with, who sees them, and images of instances."""

import pytest
from aws import FAR, HOME, NEAR, SOURCE, TARGET, key, refused, unique
from compute import (
    ENDLESS,
    ROOT,
    at_once,  # noqa: F401
    attach,
    devices,
    ec2,
    image,
    launch,
    share,
    snapshot,
    snapshot_now,
    state,
    subnet,
    under,
    volume,
)

pytestmark = pytest.mark.usefixtures("at_once")


def image_now(image_id, caller=SOURCE):
    return ec2(caller).describe_images(ImageIds=[image_id])["Images"][0]


def listed(caller, **scope):
    return {it["ImageId"] for it in ec2(caller).describe_images(**scope)["Images"]}


def test_an_image_is_as_it_was_registered():
    root, data = snapshot(Size=8), snapshot(Size=3)
    mapping = {"SnapshotId": data, "VolumeType": "gp3", "DeleteOnTermination": False}

    made = image_now(
        image(
            root_snapshot=root,
            devices=[{"DeviceName": "/dev/sdf", "Ebs": mapping}],
            Architecture="arm64",
            BootMode="uefi",
            TpmSupport="v2.0",
            ImdsSupport="v2.0",
            Description="for tests",
        )
    )

    assert (made["State"], made["OwnerId"], made["Public"]) == ("available", SOURCE, False)
    assert (made["Architecture"], made["BootMode"], made["EnaSupport"]) == ("arm64", "uefi", True)
    assert (made["TpmSupport"], made["ImdsSupport"]) == ("v2.0", "v2.0")
    assert (made["RootDeviceName"], made["RootDeviceType"]) == (ROOT, "ebs")
    assert made["PlatformDetails"] == "Linux/UNIX"
    assert made["Description"] == "for tests"
    assert made["BlockDeviceMappings"] == [
        {
            "DeviceName": ROOT,
            "Ebs": {
                "SnapshotId": root,
                "VolumeSize": 8,
                "VolumeType": "gp2",
                "DeleteOnTermination": True,
                "Encrypted": False,
            },
        },
        {
            "DeviceName": "/dev/sdf",
            "Ebs": {
                "SnapshotId": data,
                "VolumeSize": 3,
                "VolumeType": "gp3",
                "Iops": 3000,
                "Throughput": 125,
                "DeleteOnTermination": False,
                "Encrypted": False,
            },
        },
    ]


def test_what_is_left_out_is_as_of_old():
    """BC:ec2.RegisterImageRequest: i386 and paravirtual."""
    root = {"DeviceName": ROOT, "Ebs": {"SnapshotId": snapshot()}}

    made = ec2().register_image(
        Name=unique("old"), RootDeviceName=ROOT, BlockDeviceMappings=[root]
    )["ImageId"]

    told = image_now(made)
    assert (told["Architecture"], told["VirtualizationType"]) == ("i386", "paravirtual")
    assert (told["EnaSupport"], "BootMode" in told) == (False, False)


def test_registering_makes_no_snapshot_of_its_own():
    before = ec2().describe_snapshots(OwnerIds=["self"])["Snapshots"]

    image(root_snapshot=before[0]["SnapshotId"] if before else None)

    assert len(ec2().describe_snapshots(OwnerIds=["self"])["Snapshots"]) == max(1, len(before))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"RootDeviceName": "/dev/sdz"}, "InvalidBlockDeviceMapping"),
        ({"BlockDeviceMappings": []}, "InvalidBlockDeviceMapping"),
        ({"Name": "what?"}, "InvalidAMIName.Malformed"),
        ({"root_snapshot": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound"),
        ({"ImageLocation": "bucket/manifest.xml"}, "UnsupportedOperation"),
    ],
)
def test_an_image_that_cannot_be_is_refused(asked, code):
    refused(lambda: image(**asked), code)


def test_the_encryption_of_a_snapshot_cannot_be_said():
    root = {"DeviceName": ROOT, "Ebs": {"SnapshotId": snapshot(), "Encrypted": True}}

    refused(lambda: image(BlockDeviceMappings=[root]), "InvalidBlockDeviceMapping")


def test_a_name_is_used_once_in_a_region():
    name = unique("name")
    first = image(Name=name)

    refused(lambda: image(Name=name), "InvalidAMIName.Duplicate", first)
    image(SOURCE, FAR, Name=name)
    image(TARGET, Name=name)


def test_images_are_seen_by_their_owner_and_by_whom_they_are_shared_with():
    ami = image()
    refused(lambda: image_now(ami, TARGET), "InvalidAMIID.NotFound", ami)

    ec2().modify_image_attribute(ImageId=ami, LaunchPermission={"Add": [{"UserId": TARGET}]})

    assert image_now(ami, TARGET)["OwnerId"] == SOURCE
    assert ami in listed(TARGET, ExecutableUsers=["self"])
    assert ami not in listed(TARGET, Owners=["self"])
    assert ami in listed(TARGET, Owners=[SOURCE])
    refused(lambda: image_now(ami, HOME), "InvalidAMIID.NotFound")
    refused(lambda: ec2(TARGET).deregister_image(ImageId=ami), "AuthFailure")

    ec2().modify_image_attribute(ImageId=ami, LaunchPermission={"Add": [{"Group": "all"}]})
    assert image_now(ami, HOME)["Public"] is True


def test_images_are_found_by_filters():
    name = unique("found")
    ami = image(Name=name, Architecture="arm64")

    def found(**filters):
        asked = [{"Name": key.replace("_", "-"), "Values": [it]} for key, it in filters.items()]
        return listed(SOURCE, Filters=asked)

    assert found(name=name) == {ami}
    assert found(name=f"{name[:-3]}*", architecture="arm64", state="available") == {ami}
    assert found(name=name, architecture="x86_64") == set()


def test_a_deregistered_image_is_gone_and_its_snapshot_stays():
    root = snapshot()
    ami = image(root_snapshot=root)

    ec2().deregister_image(ImageId=ami)

    refused(lambda: image_now(ami), "InvalidAMIID.NotFound")
    assert snapshot_now(root)["State"] == "completed"


def test_an_image_of_an_instance_has_snapshots_of_its_volumes(settings):
    instance, data = launch(), volume(Size=3)
    attach(data, instance)
    assert "/dev/sdf" in devices(instance)
    settings(durations={"image": ENDLESS})

    ami = ec2().create_image(InstanceId=instance, Name=unique("of-instance"))["ImageId"]

    made = image_now(ami)
    assert (made["State"], made["SourceInstanceId"]) == ("pending", instance)
    taken = {it["DeviceName"]: it["Ebs"]["SnapshotId"] for it in made["BlockDeviceMappings"]}
    assert snapshot_now(taken["/dev/sdf"])["VolumeId"] == data
    refused(lambda: launch(ImageId=ami), "InvalidAMIID.Unavailable")

    settings(durations={"image": 0})
    ready = ec2().create_image(InstanceId=instance, Name=unique("of-instance"))["ImageId"]
    assert image_now(ready)["State"] == "available"
    again = launch(ImageId=ready)
    assert state(again) == "running"
    assert devices(again).keys() == {ROOT, "/dev/sdf"}


# Copies


def copied(ami, caller=SOURCE, region=FAR, **settings):
    """The copy of an AMI of NEAR, when it has ended."""
    there = ec2(caller, region)
    asked = {"Name": unique("copy"), "SourceImageId": ami, "SourceRegion": NEAR}
    made = there.copy_image(**asked | settings)["ImageId"]
    return there.describe_images(ImageIds=[made])["Images"][0]


def test_a_copy_of_an_image_has_snapshots_of_its_own_and_boots_alike():
    ami, own = image(Architecture="arm64", BootMode="uefi"), key(SOURCE, FAR)

    made = copied(ami, **under(own))

    assert (made["State"], made["Architecture"], made["BootMode"]) == ("available", "arm64", "uefi")
    root = made["BlockDeviceMappings"][0]["Ebs"]
    copy = snapshot_now(root["SnapshotId"], SOURCE, FAR)
    assert (copy["KmsKeyId"], copy["VolumeSize"], root["Encrypted"]) == (own, 8, True)
    instance = launch(
        SOURCE, FAR, ImageId=made["ImageId"], InstanceType="m7g.large", SubnetId=subnet(SOURCE, FAR)
    )
    assert state(instance, SOURCE, FAR) == "running"


def test_a_copy_of_an_image_under_an_unusable_key_fails():
    assert copied(image(), **under(key(TARGET, FAR)))["State"] == "failed"


def test_a_shared_image_is_copied_only_with_permission_for_its_snapshots():
    root = snapshot(Size=8)
    ami = image(root_snapshot=root)
    ec2().modify_image_attribute(ImageId=ami, LaunchPermission={"Add": [{"UserId": TARGET}]})

    refused(lambda: copied(ami, TARGET), "InvalidSnapshot.NotFound")
    share(root, TARGET)
    assert copied(ami, TARGET)["OwnerId"] == TARGET


def test_an_image_that_is_not_there_is_not_copied():
    refused(lambda: copied(image(), TARGET), "InvalidAMIID.NotFound")
    refused(lambda: copied(image(), SourceRegion=FAR), "InvalidAMIID.NotFound")
    refused(lambda: copied(image(), SourceRegion="mars-north-1"), "InvalidRegion")
