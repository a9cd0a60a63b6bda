"""What can be changed of an instance, and when; instance profiles."""

import json

import pytest
from aws import SOURCE, allow, caller, client, refused, statement, unique
from compute import (
    ROOT,
    at_once,  # noqa: F401
    attach,
    devices,
    ec2,
    encoded,
    group,
    image,
    instance_now,
    launch,
    network,
    state,
    volume,
)

pytestmark = pytest.mark.usefixtures("at_once")


def modify(instance, **attribute):
    ec2().modify_instance_attribute(InstanceId=instance, **attribute)


def told(instance, attribute):
    answer = ec2().describe_instance_attribute(InstanceId=instance, Attribute=attribute)
    return answer[attribute[0].upper() + attribute[1:]].get("Value")


@pytest.fixture
def stopped():
    instance = launch()
    ec2().stop_instances(InstanceIds=[instance])
    assert state(instance) == "stopped"
    return instance


@pytest.mark.parametrize(
    "attribute",
    [
        {"UserData": {"Value": b"echo"}},
        {"InstanceType": {"Value": "t3.small"}},
        {"EbsOptimized": {"Value": True}},
        {"EnaSupport": {"Value": True}},
    ],
    ids=lambda it: next(iter(it)),
)
def test_some_attributes_change_only_while_the_instance_is_stopped(attribute, stopped):
    refused(lambda: modify(launch(), **attribute), "IncorrectInstanceState", "'stopped'")

    modify(stopped, **attribute)


def test_user_data_is_told_as_it_was_set(stopped):
    modify(stopped, UserData={"Value": b"#!/bin/sh\necho hello\n"})

    assert told(stopped, "userData") == encoded("#!/bin/sh\necho hello\n")


def test_an_instance_takes_a_type_of_its_architecture(stopped):
    modify(stopped, InstanceType={"Value": "t3.large"})
    assert instance_now(stopped)["InstanceType"] == "t3.large"

    refused(
        lambda: modify(stopped, InstanceType={"Value": "t3.tiny"}), "InvalidInstanceAttributeValue"
    )
    refused(
        lambda: modify(stopped, InstanceType={"Value": "m7g.large"}),
        "InvalidParameterValue",
        "architecture",
    )


def test_an_instance_of_another_type_has_the_cpus_of_that():
    instance = launch(CpuOptions={"CoreCount": 1, "ThreadsPerCore": 1})
    ec2().stop_instances(InstanceIds=[instance])

    modify(instance, InstanceType={"Value": "t3.large"})

    assert instance_now(instance)["CpuOptions"] == {"CoreCount": 1, "ThreadsPerCore": 2}


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_security_groups_are_replaced_at_any_time(running):
    vpc, inside = network()
    sealed, first, second = group(vpc), group(vpc), group(vpc)
    instance = launch(SubnetId=inside, SecurityGroupIds=[sealed])
    if not running:
        ec2().stop_instances(InstanceIds=[instance])

    modify(instance, Groups=[first, second])

    now = instance_now(instance)
    assert sorted(it["GroupId"] for it in now["SecurityGroups"]) == sorted([first, second])
    on_interface = now["NetworkInterfaces"][0]["Groups"]
    assert sorted(it["GroupId"] for it in on_interface) == sorted([first, second])
    ec2().delete_security_group(GroupId=sealed)


def test_a_group_of_another_vpc_or_of_none_is_refused():
    instance = launch()

    refused(lambda: modify(instance, Groups=[group(network()[0])]), "InvalidGroup.NotFound")
    refused(lambda: modify(instance, Groups=["sg-0123456789abcdef0"]), "InvalidGroup.NotFound")


def test_volumes_are_marked_to_go_with_their_instance_by_their_device():
    instance = launch()
    attach(volume(), instance)

    modify(
        instance,
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sdf", "Ebs": {"DeleteOnTermination": True}},
            {"DeviceName": ROOT, "Ebs": {"DeleteOnTermination": False}},
        ],
    )

    marks = {name: it["DeleteOnTermination"] for name, it in devices(instance).items()}
    assert marks == {ROOT: False, "/dev/sdf": True}


def test_a_device_that_nothing_is_attached_to_is_refused_and_nothing_marked():
    instance = launch()
    marks = [
        {"DeviceName": ROOT, "Ebs": {"DeleteOnTermination": False}},
        {"DeviceName": "/dev/sdz", "Ebs": {"DeleteOnTermination": True}},
    ]

    refused(
        lambda: modify(instance, BlockDeviceMappings=marks),
        "InvalidInstanceAttributeValue",
        "No device is currently mapped at /dev/sdz",
    )
    assert devices(instance)[ROOT]["DeleteOnTermination"] is True


def test_one_attribute_is_changed_at_a_time():
    instance = launch()

    refused(
        lambda: modify(
            instance, DisableApiStop={"Value": True}, DisableApiTermination={"Value": True}
        ),
        "InvalidParameterCombination",
    )
    refused(lambda: modify(instance), "InvalidParameterCombination", "No attributes")


def test_an_attribute_may_be_named_with_its_value_beside_it():
    instance = launch()

    modify(instance, Attribute="disableApiTermination", Value="true")

    assert told(instance, "disableApiTermination") is True
    refused(lambda: ec2().terminate_instances(InstanceIds=[instance]), "OperationNotPermitted")


def test_a_terminated_instance_is_not_changed():
    instance = launch()
    ec2().terminate_instances(InstanceIds=[instance])

    refused(
        lambda: modify(instance, DisableApiTermination={"Value": True}), "IncorrectInstanceState"
    )


def test_attributes_are_told():
    instance = launch(ImageId=image())
    answer = ec2().describe_instance_attribute(InstanceId=instance, Attribute="blockDeviceMapping")

    assert [it["DeviceName"] for it in answer["BlockDeviceMappings"]] == [ROOT]
    assert told(instance, "rootDeviceName") == ROOT
    assert told(instance, "instanceType") == "t3.micro"
    assert told(instance, "disableApiTermination") is False
    assert told(instance, "userData") is None
    groups = ec2().describe_instance_attribute(InstanceId=instance, Attribute="groupSet")
    assert len(groups["Groups"]) == 1


# Instance profiles


def profile():
    """The name of a new instance profile, and the ARN of its role."""
    iam, name = client("iam", SOURCE), unique("profile")
    trust = allow("sts:AssumeRole")
    trust["Statement"][0] |= {"Principal": {"Service": "ec2.amazonaws.com"}}
    del trust["Statement"][0]["Resource"]
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return name, arn


def associations(instance):
    filters = [{"Name": "instance-id", "Values": [instance]}]
    answer = ec2().describe_iam_instance_profile_associations(Filters=filters)
    return answer["IamInstanceProfileAssociations"]


def test_an_instance_is_launched_under_a_profile():
    name, _ = profile()

    instance = launch(IamInstanceProfile={"Name": name})

    assert instance_now(instance)["IamInstanceProfile"]["Arn"].endswith(f"instance-profile/{name}")
    assert associations(instance)[0]["State"] == "associated"


def test_a_profile_is_given_replaced_and_taken_away():
    (first, _), (second, _), instance = profile(), profile(), launch()
    ec2().stop_instances(InstanceIds=[instance])

    made = ec2().associate_iam_instance_profile(
        InstanceId=instance, IamInstanceProfile={"Name": first}
    )["IamInstanceProfileAssociation"]
    assert made["State"] == "associating"
    refused(
        lambda: ec2().associate_iam_instance_profile(
            InstanceId=instance, IamInstanceProfile={"Name": second}
        ),
        "IncorrectState",
        "existing association",
    )

    ec2().replace_iam_instance_profile_association(
        AssociationId=made["AssociationId"], IamInstanceProfile={"Name": second}
    )
    now = instance_now(instance)["IamInstanceProfile"]
    assert now["Arn"].endswith(second)
    assert now == associations(instance)[0]["IamInstanceProfile"]

    ec2().disassociate_iam_instance_profile(AssociationId=made["AssociationId"])
    assert "IamInstanceProfile" not in instance_now(instance)
    assert associations(instance) == []


def test_a_profile_that_is_not_there_is_refused():
    instance = launch()

    refused(
        lambda: ec2().associate_iam_instance_profile(
            InstanceId=instance, IamInstanceProfile={"Name": "nobodys"}
        ),
        "InvalidParameterValue",
        "Invalid IAM Instance Profile name",
    )
    refused(
        lambda: ec2().describe_iam_instance_profile_associations(AssociationIds=["iip-assoc-0"]),
        "InvalidAssociationID.NotFound",
    )


def test_a_profile_is_given_only_by_who_may_pass_its_role():
    name, role_arn = profile()
    instance, wanted = launch(), {"IamInstanceProfile": {"Name": name}}
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    without, with_it = allow("ec2:*"), allow("ec2:*")
    with_it["Statement"].append(statement("Allow", "iam:PassRole", role_arn, Condition=to_ec2))
    without, with_it = caller(SOURCE, without), caller(SOURCE, with_it)

    refused(lambda: launch(without, **wanted), "UnauthorizedOperation", "iam:PassRole")
    refused(
        lambda: ec2(without).associate_iam_instance_profile(InstanceId=instance, **wanted),
        "UnauthorizedOperation",
    )
    ec2(with_it).associate_iam_instance_profile(InstanceId=instance, **wanted)
    assert launch(with_it, **wanted)
