"""On which resources EC2's calls are authorised, and dry runs (rules 10 and 12)."""

import pytest
from aws import FAR, NEAR, SOURCE, TARGET, allow, caller, document, refused, statement, unique
from compute import (
    ZONE,
    at_once,  # noqa: F401
    attach,
    copy,
    ec2,
    group,
    image,
    launch,
    network,
    share,
    shared_snapshot,
    snapshot,
    snapshot_now,
    subnet,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")

RESTORE = {"restore:id": "one"}


def tags(kind, **given):
    return {
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in given.items()]}
        ]
    }


def tag(resource, caller=SOURCE, **given):
    ec2(caller).create_tags(
        Resources=[resource], Tags=[{"Key": k, "Value": v} for k, v in given.items()]
    )


def arn(kind, resource_id, account=SOURCE, region=NEAR):
    owner = "" if kind in ("snapshot", "image") else account
    return f"arn:aws:ec2:{region}:{owner}:{kind}/{resource_id}"


def where_tagged(*actions):
    """A policy that allows actions on what carries the tag `restore:id`."""
    return allow(*actions, Condition={"Null": {"aws:ResourceTag/restore:id": "false"}})


# Dry runs

READY = {
    "CreateVolume": lambda c, it: c.create_volume(
        SnapshotId=it, AvailabilityZone=ZONE, DryRun=True
    ),
    "CopySnapshot": lambda c, it: c.copy_snapshot(
        SourceSnapshotId=it, SourceRegion=NEAR, DryRun=True
    ),
    "DeleteSnapshot": lambda c, it: c.delete_snapshot(SnapshotId=it, DryRun=True),
    "DescribeSnapshots": lambda c, it: c.describe_snapshots(SnapshotIds=[it], DryRun=True),
    "ModifySnapshotAttribute": lambda c, it: c.modify_snapshot_attribute(
        SnapshotId=it,
        Attribute="createVolumePermission",
        OperationType="add",
        UserIds=[TARGET],
        DryRun=True,
    ),
    "RegisterImage": lambda c, it: c.register_image(Name=unique("dry"), DryRun=True),
    "CreateTags": lambda c, it: c.create_tags(
        Resources=[it], Tags=[{"Key": "a", "Value": "b"}], DryRun=True
    ),
}


@pytest.mark.parametrize("action", READY)
def test_a_dry_run_says_whether_the_caller_may_and_does_nothing(action):
    own = snapshot()
    before = snapshot_now(own)
    may, may_not = caller(SOURCE, allow(f"ec2:{action}")), caller(SOURCE, allow("ec2:None"))

    refused(lambda: READY[action](ec2(may), own), "DryRunOperation", "would have succeeded")
    refused(lambda: READY[action](ec2(may_not), own), "UnauthorizedOperation", f"ec2:{action}")

    assert snapshot_now(own) == before


def test_a_dry_run_of_a_launch_makes_nothing():
    ami, inside = image(), subnet()
    before = ec2().describe_volumes()["Volumes"]

    refused(lambda: launch(ImageId=ami, SubnetId=inside, DryRun=True), "DryRunOperation")

    assert ec2().describe_volumes()["Volumes"] == before


# On what


def test_describing_needs_every_resource():
    some = caller(SOURCE, allow("ec2:DescribeSnapshots", resource=arn("snapshot", "*")))

    refused(lambda: ec2(some).describe_snapshots(), "UnauthorizedOperation")


def test_a_copy_is_authorised_on_its_source_and_on_the_copy():
    source = snapshot()
    both = [arn("snapshot", source), arn("snapshot", "*", region=FAR)]

    may = caller(SOURCE, allow("ec2:CopySnapshot", resource=both))
    assert copy(source, may, FAR)
    for one in both:
        only = caller(SOURCE, allow("ec2:CopySnapshot", resource=one))
        refused(lambda it=only: copy(source, it, FAR), "UnauthorizedOperation")


def test_a_volume_is_authorised_on_itself_and_on_its_snapshot():
    of = snapshot()
    both = [arn("volume", "*"), arn("snapshot", of)]

    assert volume(caller(SOURCE, allow("ec2:CreateVolume", resource=both)), SnapshotId=of)
    for one in both:
        only = caller(SOURCE, allow("ec2:CreateVolume", resource=one))
        refused(lambda it=only: volume(it, SnapshotId=of), "UnauthorizedOperation")


def test_an_attachment_is_authorised_on_volume_and_instance():
    made, instance = volume(), launch()
    on_tagged = caller(SOURCE, where_tagged("ec2:AttachVolume"))

    tag(made, **RESTORE)
    refused(lambda: attach(made, instance, caller=on_tagged), "UnauthorizedOperation")
    tag(instance, **RESTORE)
    attach(made, instance, caller=on_tagged)


@pytest.mark.parametrize(
    ("action", "make", "change"),
    [
        ("DeleteSnapshot", snapshot, lambda c, it: c.delete_snapshot(SnapshotId=it)),
        ("DeleteVolume", volume, lambda c, it: c.delete_volume(VolumeId=it)),
        ("StopInstances", launch, lambda c, it: c.stop_instances(InstanceIds=[it])),
        ("TerminateInstances", launch, lambda c, it: c.terminate_instances(InstanceIds=[it])),
        (
            "ModifyInstanceAttribute",
            launch,
            lambda c, it: c.modify_instance_attribute(
                InstanceId=it, DisableApiStop={"Value": True}
            ),
        ),
        (
            "ModifySnapshotAttribute",
            snapshot,
            lambda c, it: (
                c.reset_snapshot_attribute
                and c.modify_snapshot_attribute(
                    SnapshotId=it, UserIds=[TARGET], OperationType="add"
                )
            ),
        ),
        ("DeregisterImage", image, lambda c, it: c.deregister_image(ImageId=it)),
        (
            "DeleteSecurityGroup",
            lambda: group(network()[0]),
            lambda c, it: c.delete_security_group(GroupId=it),
        ),
    ],
)
def test_what_may_be_changed_can_be_narrowed_to_what_is_tagged(action, make, change):
    bound = ec2(caller(SOURCE, where_tagged(f"ec2:{action}")))
    untagged, tagged = make(), make()
    tag(tagged, **RESTORE)

    refused(lambda: change(bound, untagged), "UnauthorizedOperation", action)
    change(bound, tagged)


def test_a_launch_is_authorised_on_all_that_it_is_made_of_and_makes():
    vpc, inside = network()
    within, ami, name = group(vpc), image(), unique("pair")
    ec2().create_key_pair(KeyName=name)
    asked = {
        "ImageId": ami,
        "SubnetId": inside,
        "SecurityGroupIds": [within],
        "KeyName": name,
    }
    root = ec2().describe_images(ImageIds=[ami])["Images"][0]["BlockDeviceMappings"][0]
    needed = [
        arn("image", ami),
        arn("snapshot", root["Ebs"]["SnapshotId"]),
        arn("subnet", inside),
        arn("security-group", within),
        arn("key-pair", name),
        arn("instance", "*"),
        arn("volume", "*"),
        arn("network-interface", "*"),
    ]

    assert launch(caller(SOURCE, allow("ec2:RunInstances", resource=needed)), **asked)
    for one in needed:
        others = [it for it in needed if it != one]
        short = caller(SOURCE, allow("ec2:RunInstances", resource=others))
        refused(lambda it=short: launch(it, **asked), "UnauthorizedOperation")


def test_policies_may_ask_which_type_is_launched():
    small = {"StringEquals": {"ec2:InstanceType": "t3.micro"}}
    bound = caller(
        SOURCE,
        document(
            statement("Allow", "ec2:RunInstances", [arn("instance", "*")], Condition=small),
            statement(
                "Allow",
                "ec2:RunInstances",
                [arn(kind, "*") for kind in ("image", "snapshot", "subnet", "volume")]
                + [arn("network-interface", "*"), arn("security-group", "*")],
            ),
        ),
    )

    assert launch(bound)
    refused(lambda: launch(bound, InstanceType="t3.large"), "UnauthorizedOperation")


def test_tagging_what_is_made_needs_create_tags_for_that_action():
    made_by = {"StringEquals": {"ec2:CreateAction": "CreateVolume"}}
    bound = caller(
        SOURCE,
        document(
            statement("Allow", ["ec2:CreateVolume", "ec2:CreateSnapshot"]),
            statement("Allow", "ec2:CreateTags", Condition=made_by),
        ),
    )

    of = volume(bound, **tags("volume", **RESTORE))
    refused(
        lambda: ec2(bound).create_snapshot(VolumeId=of, **tags("snapshot", **RESTORE)),
        "UnauthorizedOperation",
        "ec2:CreateTags",
    )
    refused(lambda: tag(of, bound, **RESTORE), "UnauthorizedOperation")
    assert ec2(bound).create_snapshot(VolumeId=of)


def test_a_volume_may_have_to_be_tagged_as_it_is_made():
    tagged = {"Null": {"aws:RequestTag/restore:id": "false"}}
    bound = caller(
        SOURCE,
        document(
            statement("Allow", "ec2:CreateVolume", Condition=tagged),
            statement("Allow", "ec2:CreateTags"),
        ),
    )

    refused(lambda: volume(bound), "UnauthorizedOperation")
    assert volume(bound, **tags("volume", **RESTORE))


def test_sharing_may_be_narrowed_to_accounts_and_kept_from_everybody():
    """The Service Authorization Reference of EC2: `ec2:Add/userId`, `ec2:Add/group`."""
    own = snapshot()
    only_target = {"ForAllValues:StringEquals": {"ec2:Add/userId": [TARGET]}}
    not_all = {"Null": {"ec2:Add/group": "true"}}
    bound = caller(SOURCE, allow("ec2:ModifySnapshotAttribute", Condition=only_target | not_all))

    share(own, TARGET, caller=bound)
    refused(lambda: share(own, "999999999999", caller=bound), "UnauthorizedOperation")
    refused(
        lambda: ec2(bound).modify_snapshot_attribute(
            SnapshotId=own,
            Attribute="createVolumePermission",
            OperationType="add",
            GroupNames=["all"],
        ),
        "UnauthorizedOperation",
    )


def test_a_condition_on_tags_sees_those_of_the_callers_account_alone():
    shared = shared_snapshot()
    tag(shared, SOURCE, **RESTORE)
    bound = caller(TARGET, where_tagged("ec2:CreateVolume"))

    refused(lambda: volume(bound, SnapshotId=shared), "UnauthorizedOperation")


# Tags


def test_only_what_is_there_is_tagged():
    missing = "0123456789abcdef0"

    refused(lambda: tag(f"snap-{missing}", a="b"), "InvalidSnapshot.NotFound")
    refused(lambda: tag(f"vol-{missing}", a="b"), "InvalidVolume.NotFound")
    refused(lambda: tag(f"i-{missing}", a="b"), "InvalidInstanceID.NotFound")
    refused(lambda: tag("nothing", a="b"), "InvalidID")
    refused(lambda: tag(snapshot(), TARGET, a="b"), "InvalidSnapshot.NotFound")


def test_tags_are_taken_away_by_key_or_by_key_and_value_or_all():
    made = volume()

    def left(*taken):
        ec2().delete_tags(Resources=[made], **({"Tags": list(taken)} if taken else {}))
        return {it["Key"] for it in volume_now(made).get("Tags", [])}

    tag(made, a="1", b="2", c="3", d="4")
    assert left({"Key": "a"}) == {"b", "c", "d"}
    assert left({"Key": "b", "Value": "other"}) == {"b", "c", "d"}
    assert left({"Key": "b", "Value": "2"}) == {"c", "d"}
    assert left() == set()


def test_awss_own_tag_keys_are_reserved():
    refused(lambda: tag(volume(), **{"aws:x": "y"}), "InvalidParameterValue", "reserved")


# What is recorded


def test_the_resources_of_a_call_are_recorded(calls):
    own = snapshot()
    copy(own, SOURCE)

    recorded = next(it for it in calls() if it["action"] == "CopySnapshot")
    assert recorded["outcome"] == "ok"
    assert recorded["resources"][0] == arn("snapshot", own)
