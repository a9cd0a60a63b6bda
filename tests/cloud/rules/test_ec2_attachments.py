"""Attaching volumes to instances and detaching them (rule 7)."""

import pytest
from aws import SOURCE, TARGET, allow, caller, client, key, refused, statement
from compute import (
    ENDLESS,
    OTHER_ZONE,
    ROOT,
    at_once,  # noqa: F401
    attach,
    devices,
    ec2,
    instance_now,
    launch,
    state,
    subnet,
    under,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


def detach(volume_id, caller=SOURCE, **settings):
    return ec2(caller).detach_volume(VolumeId=volume_id, **settings)


def stop(instance):
    ec2().stop_instances(InstanceIds=[instance])
    assert state(instance) == "stopped"


def root_of(instance):
    return devices(instance)[ROOT]["VolumeId"]


def test_a_volume_is_attaching_first_and_then_attached_and_in_use(settings):
    instance, made = launch(), volume()
    assert volume_now(made)["State"] == "available"
    settings(durations={"attachment": ENDLESS})

    answer = attach(made, instance)
    assert (answer["State"], answer["Device"]) == ("attaching", "/dev/sdf")
    assert devices(instance)["/dev/sdf"]["Status"] == "attaching"

    settings(durations={"attachment": 0})
    other = volume()
    attach(other, instance, "/dev/sdg")
    told = volume_now(other)
    assert told["State"] == "in-use"
    attachment = told["Attachments"][0]
    assert (attachment["InstanceId"], attachment["State"]) == (instance, "attached")
    assert attachment["DeleteOnTermination"] is False


def test_a_volume_is_detaching_first_and_then_available(settings):
    instance, made = launch(), volume()
    attach(made, instance)
    assert volume_now(made)["State"] == "in-use"
    settings(durations={"detachment": ENDLESS})

    assert detach(made)["State"] == "detaching"

    assert volume_now(made)["Attachments"][0]["State"] == "detaching"
    refused(lambda: detach(made), "IncorrectState", "detaching")
    refused(lambda: attach(made, launch()), "VolumeInUse")
    refused(lambda: ec2().delete_volume(VolumeId=made), "VolumeInUse", instance)


def test_a_detached_volume_and_its_device_can_be_used_again():
    instance, made = launch(), volume()
    attach(made, instance)

    detach(made, InstanceId=instance, Device="/dev/sdf")

    assert volume_now(made)["State"] == "available"
    assert "/dev/sdf" not in devices(instance)
    attach(made, launch())
    attach(volume(), instance)
    assert "/dev/sdf" in devices(instance)


def test_a_volume_of_another_zone_is_not_attached():
    elsewhere = volume(AvailabilityZone=OTHER_ZONE)

    refused(lambda: attach(elsewhere, launch()), "InvalidVolume.ZoneMismatch")
    attach(elsewhere, launch(SubnetId=subnet(zone=OTHER_ZONE)))


@pytest.mark.parametrize("device", [ROOT, "/dev/sdf"])
def test_a_device_in_use_is_not_taken_again(device):
    instance = launch()
    attach(volume(), instance)

    refused(
        lambda: attach(volume(), instance, device),
        "InvalidParameterValue",
        f"Attachment point {device} is already in use",
    )


@pytest.mark.parametrize("device", ["sdf?", "/dev/nvme1n1", "/mnt", "/dev/"])
def test_a_device_name_is_one_of_ebs(device):
    refused(lambda: attach(volume(), launch(), device), "InvalidParameterValue", device)


@pytest.mark.parametrize("device", ["/dev/sdf", "/dev/sdba", "/dev/xvdb", "/dev/sda1", "xvdc"])
def test_device_names_of_ebs_are_taken(device):
    instance = launch()

    attach(volume(), instance, device)

    assert device in devices(instance)


def test_a_volume_in_use_is_attached_to_no_other_instance():
    made = volume()
    attach(made, launch())

    refused(lambda: attach(made, launch()), "VolumeInUse", made)


def test_a_volume_that_is_being_created_is_not_attached(settings):
    instance = launch()
    assert state(instance) == "running"
    settings(durations={"volume": ENDLESS})

    refused(lambda: attach(volume(), instance), "IncorrectState", "is not 'available'")


def test_an_instance_that_is_neither_running_nor_stopped_takes_no_volume(settings):
    made = volume()
    settings(durations={"instance": ENDLESS})
    pending = launch()

    refused(lambda: attach(made, pending), "IncorrectState", "is not 'running'")
    ec2().terminate_instances(InstanceIds=[pending])
    refused(lambda: attach(made, pending), "IncorrectState", "is not 'running'")


def test_what_is_not_there_is_not_attached():
    missing = "0123456789abcdef0"

    refused(lambda: attach(f"vol-{missing}", launch()), "InvalidVolume.NotFound")
    refused(lambda: attach(volume(), f"i-{missing}"), "InvalidInstanceID.NotFound")
    refused(lambda: attach(volume(TARGET), launch()), "InvalidVolume.NotFound")


def test_what_is_not_attached_is_not_detached():
    one, other, made = launch(), launch(), volume()
    refused(lambda: detach(made), "IncorrectState", "'available'")
    attach(made, one)

    refused(lambda: detach(made, InstanceId=other), "InvalidAttachment.NotFound")
    refused(lambda: detach(made, Device="/dev/sdz"), "InvalidAttachment.NotFound")
    assert volume_now(made)["State"] == "in-use"


def test_a_multi_attach_volume_is_attached_to_several_instances_once_each():
    one, other = launch(), launch()
    made = volume(VolumeType="io2", Size=4, Iops=100, MultiAttachEnabled=True)

    attach(made, one)
    attach(made, other)

    refused(lambda: attach(made, one, "/dev/sdg"), "VolumeInUse")
    refused(lambda: detach(made), "InvalidParameterCombination")
    detach(made, InstanceId=one)
    assert [it["InstanceId"] for it in volume_now(made)["Attachments"]] == [other]
    assert volume_now(made)["State"] == "in-use"


# The root volume


def test_the_root_volume_is_detached_only_while_the_instance_is_stopped(settings):
    instance = launch()
    root = root_of(instance)

    refused(lambda: detach(root), "OperationNotPermitted", root, instance)
    settings(durations={"instance-stop": ENDLESS})
    ec2().stop_instances(InstanceIds=[instance])
    refused(lambda: detach(root), "OperationNotPermitted")
    assert root_of(instance) == root


def test_another_volume_becomes_the_root_volume():
    instance, new = launch(), volume(Size=9)
    stop(instance)
    old = root_of(instance)

    detach(old)
    assert ROOT not in devices(instance)
    attach(new, instance, ROOT)

    assert root_of(instance) == new
    assert volume_now(old)["State"] == "available"
    ec2().start_instances(InstanceIds=[instance])
    assert state(instance) == "running"


def test_an_instance_without_root_volume_does_not_start():
    instance = launch()
    stop(instance)
    detach(root_of(instance))

    refused(
        lambda: ec2().start_instances(InstanceIds=[instance]),
        "InvalidParameterValue",
        f"does not have a volume attached at root ({ROOT})",
    )
    assert state(instance) == "stopped"


def test_a_disk_that_cannot_boot_is_not_attached_as_root():
    instance, slow = launch(), volume(VolumeType="st1", Size=125)
    stop(instance)
    detach(root_of(instance))

    refused(lambda: attach(slow, instance, ROOT), "BootForVolumeTypeUnsupported")
    attach(slow, instance, "/dev/sdf")


# Keys


def test_attaching_an_encrypted_volume_needs_the_grant_on_its_key():
    """EBS/how-ebs-encryption-works; GH:kubernetes/kubernetes#62171."""
    instance, own = launch(), under(key(SOURCE))
    without = caller(SOURCE, allow("ec2:*", "kms:De*", "kms:Re*", "kms:Generate*"))
    made = volume(without, **own)

    refused(
        lambda: attach(made, instance, caller=without), "CustomerKeyHasBeenRevoked", "CreateGrant"
    )
    assert volume_now(made)["State"] == "available"
    attach(volume(), instance, "/dev/sdg", caller=without)

    grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    with_it = allow("ec2:*", "kms:De*")
    with_it["Statement"].append(statement("Allow", "kms:CreateGrant", Condition=grant))
    attach(made, instance, caller=caller(SOURCE, with_it))


def test_a_volume_whose_key_was_disabled_is_not_attached():
    own = key(SOURCE)
    made, instance = volume(**under(own)), launch()
    assert volume_now(made)["State"] == "available"
    client("kms", SOURCE).disable_key(KeyId=own)

    refused(lambda: attach(made, instance), "CustomerKeyHasBeenRevoked")


def test_where_a_policy_enforces_encryption_a_volume_in_the_clear_is_not_attached():
    enforced = allow("ec2:*", "kms:*")
    in_the_clear = {"Bool": {"ec2:Encrypted": "false"}}
    enforced["Statement"].append(statement("Deny", "ec2:AttachVolume", Condition=in_the_clear))
    bound, instance = caller(SOURCE, enforced), launch()

    refused(lambda: attach(volume(), instance, caller=bound), "UnauthorizedOperation")
    attach(volume(**under(key(SOURCE))), instance, caller=bound)


# With the end of the instance


def test_volumes_go_with_their_instance_when_marked_and_stay_otherwise():
    instance, kept, dropped = launch(), volume(), volume()
    root = root_of(instance)
    attach(kept, instance, "/dev/sdf")
    attach(dropped, instance, "/dev/sdg")
    mark = {"DeviceName": "/dev/sdg", "Ebs": {"DeleteOnTermination": True}}
    ec2().modify_instance_attribute(InstanceId=instance, BlockDeviceMappings=[mark])

    ec2().terminate_instances(InstanceIds=[instance])

    assert instance_now(instance)["BlockDeviceMappings"] == []
    assert volume_now(kept)["State"] == "available"
    assert volume_now(root) is None
    assert volume_now(dropped) is None
