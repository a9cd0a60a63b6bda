"""What has changed is not always seen at once (rule 9)."""

import pytest
from aws import SOURCE, TARGET, caller, client, eventually, key, refused, unique
from aws import rules as steer
from compute import (
    ENDLESS,
    at_once,  # noqa: F401
    attach,
    copied,
    copy,
    ec2,
    image,
    instance_now,
    launch,
    network,
    share,
    snapshot,
    snapshot_now,
    subnet,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


@pytest.fixture
def late(settings):
    """Lets kinds of changes be unseen: `late("tags")` for good, `late("tags", 1)` for a second."""
    yield lambda kind, seconds=ENDLESS: settings(consistency={kind: seconds})


def test_at_first_everything_is_seen_at_once():
    assert set(steer("GET", "settings")["consistency"].values()) == {0}


def test_a_new_volume_is_neither_found_nor_listed_nor_used(late):
    instance = launch()
    late("resources")
    made = volume()
    code, words = "InvalidVolume.NotFound", f"The volume '{made}' does not exist."
    refused(lambda: ec2().describe_volumes(VolumeIds=[made]), code, words)
    refused(lambda: ec2().describe_volume_status(VolumeIds=[made]), code, words)
    refused(lambda: attach(made, instance), code, words)
    refused(lambda: ec2().create_snapshot(VolumeId=made), code, words)
    refused(lambda: ec2().create_tags(Resources=[made], Tags=[{"Key": "a", "Value": "b"}]), code)
    refused(lambda: ec2().delete_volume(VolumeId=made), code, words)
    mine = [{"Name": "volume-id", "Values": [made]}]
    assert ec2().describe_volumes(Filters=mine)["Volumes"] == []
    late("resources", 0)
    assert volume_now(made)["State"] == "available"
    assert ec2().describe_volumes(Filters=mine)["Volumes"]


def test_a_new_snapshot_is_neither_found_nor_listed_nor_used_by_anybody(late):
    source = snapshot()
    late("resources")
    made = copy(source, SOURCE)
    words = f"The snapshot '{made}' does not exist."
    for call in (
        lambda: ec2().describe_snapshots(SnapshotIds=[made]),
        lambda: volume(SnapshotId=made),
        lambda: copy(made, SOURCE),
        lambda: share(made, TARGET),
        lambda: ec2().delete_snapshot(SnapshotId=made),
    ):
        refused(call, "InvalidSnapshot.NotFound", words)
    refused(lambda: copy(made, SOURCE, "eu-central-1"), "InvalidSnapshot.NotFound")
    listed = ec2().describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert made not in {one["SnapshotId"] for one in listed}
    assert source in {one["SnapshotId"] for one in listed}
    late("resources", 0)
    assert snapshot_now(made)["State"] == "completed"


def test_a_new_instance_is_neither_found_nor_changed(late):
    source, place = image(), subnet()
    late("resources")
    made = launch(ImageId=source, SubnetId=place)
    words = f"The instance ID '{made}' does not exist"
    for call in (
        lambda: ec2().describe_instances(InstanceIds=[made]),
        lambda: ec2().describe_instance_status(InstanceIds=[made]),
        lambda: ec2().stop_instances(InstanceIds=[made]),
        lambda: ec2().terminate_instances(InstanceIds=[made]),
        lambda: ec2().modify_instance_attribute(InstanceId=made, SourceDestCheck={"Value": False}),
    ):
        refused(call, "InvalidInstanceID.NotFound", words)
    late("resources", 0)
    assert instance_now(made)["State"]["Name"] == "running"


def test_a_new_security_group_is_not_found_but_its_name_is_taken(late):
    vpc, inside = network()
    source, name = image(), unique("group")
    asked = {"GroupName": name, "Description": "x", "VpcId": vpc}
    late("resources")
    made = ec2().create_security_group(**asked)["GroupId"]
    code = "InvalidGroup.NotFound"
    refused(lambda: ec2().describe_security_groups(GroupIds=[made]), code)
    refused(lambda: launch(ImageId=source, SubnetId=inside, SecurityGroupIds=[made]), code)
    refused(lambda: ec2().create_security_group(**asked), "InvalidGroup.Duplicate")
    launch(ImageId=source, SubnetId=inside)


def test_what_is_new_is_seen_in_the_end(late):
    late("resources", 1)
    made = volume()
    assert volume_now(made) is None
    eventually(lambda: volume_now(made))


def test_a_client_token_finds_what_cannot_be_seen_yet(late):
    source, place, token = image(), subnet(), unique("token")
    late("resources")
    made = volume(ClientToken=token)
    assert volume(ClientToken=token) == made
    asked = {"ImageId": source, "SubnetId": place, "ClientToken": token}
    assert launch(**asked) == launch(**asked)


def test_quotas_count_what_cannot_be_seen_yet(late, settings):
    account, where = "555500006666", "eu-west-3"
    source = snapshot(account, where)
    settings(durations={"snapshot-copy": ENDLESS}, limits={"snapshotCopies": 1})
    late("resources")
    copy(source, account, where, where)
    refused(lambda: copy(source, account, where, where), "ResourceLimitExceeded")


def test_what_is_there_already_is_seen_whatever_is_set(late):
    made = volume()
    late("resources")
    assert volume_now(made)


def test_a_change_of_tags_is_seen_late_but_not_tags_made_with_the_resource(late):
    specified = [{"ResourceType": "volume", "Tags": [{"Key": "made", "Value": "with"}]}]
    made = volume(TagSpecifications=specified)
    late("tags")
    other = volume(TagSpecifications=specified)
    both = {"Resources": [made, other]}
    ec2().create_tags(**both, Tags=[{"Key": "later", "Value": "x"}])
    ec2().create_tags(**both, Tags=[{"Key": "made", "Value": "again"}])
    ec2().delete_tags(**both, Tags=[{"Key": "later"}])
    for one in (made, other):
        assert volume_now(one)["Tags"] == [{"Key": "made", "Value": "with"}]
    asked = [{"Name": "tag:made", "Values": ["again"]}, {"Name": "volume-id", "Values": [made]}]
    assert ec2().describe_volumes(Filters=asked)["Volumes"] == []
    late("tags", 0)
    assert volume_now(made)["Tags"] == [{"Key": "made", "Value": "again"}]
    assert len(ec2().describe_volumes(Filters=asked)["Volumes"]) == 1


def test_a_permission_is_seen_late_by_owner_and_user(late):
    made = snapshot()
    late("permissions")
    share(made, TARGET)
    assert permissions(made) == []
    assert snapshot_now(made, TARGET) is None
    refused(lambda: copy(made, TARGET), "InvalidSnapshot.NotFound")
    late("permissions", 0)
    assert permissions(made) == [TARGET]
    assert copied(made, TARGET)["State"] == "completed"


def test_a_permission_that_is_withdrawn_works_for_a_while(late):
    made = snapshot()
    share(made, TARGET)
    late("permissions")
    share(made, TARGET, operation="remove")
    copy(made, TARGET)
    late("permissions", 0)
    refused(lambda: copy(made, TARGET), "InvalidSnapshot.NotFound")


def test_permissions_given_one_after_the_other_are_all_there_in_the_end(late):
    made = snapshot()
    late("permissions")
    share(made, TARGET)
    share(made, "777700008888")
    assert permissions(made) == []
    late("permissions", 0)
    assert permissions(made) == sorted([TARGET, "777700008888"])


def test_a_grant_works_late_but_for_whom_shows_its_token(late):
    arn, grantee = key(SOURCE), caller(TARGET)
    kms, own = client("kms", grantee), client("kms", SOURCE)
    principal = client("sts", grantee).get_caller_identity()["Arn"]
    late("grants")
    made = own.create_grant(
        KeyId=arn, GranteePrincipal=principal, Operations=["Encrypt", "DescribeKey"]
    )
    refused(lambda: kms.encrypt(KeyId=arn, Plaintext=b"x"), "AccessDeniedException")
    kms.encrypt(KeyId=arn, Plaintext=b"x", GrantTokens=[made["GrantToken"]])
    kms.describe_key(KeyId=arn, GrantTokens=[made["GrantToken"]])
    assert own.list_grants(KeyId=arn)["Grants"] == []
    late("grants", 0)
    kms.encrypt(KeyId=arn, Plaintext=b"x")
    assert len(own.list_grants(KeyId=arn)["Grants"]) == 1


@pytest.mark.parametrize("ending", ["revoke_grant", "retire_grant"])
def test_a_grant_that_is_taken_away_works_for_a_while(ending, late):
    arn, grantee = key(SOURCE), caller(TARGET)
    kms, own = client("kms", grantee), client("kms", SOURCE)
    principal = client("sts", grantee).get_caller_identity()["Arn"]
    made = own.create_grant(KeyId=arn, GranteePrincipal=principal, Operations=["Encrypt"])
    kms.encrypt(KeyId=arn, Plaintext=b"x")
    late("grants")
    getattr(own, ending)(KeyId=arn, GrantId=made["GrantId"])
    kms.encrypt(KeyId=arn, Plaintext=b"x")
    late("grants", 0)
    refused(lambda: kms.encrypt(KeyId=arn, Plaintext=b"x"), "AccessDeniedException")


def permissions(snapshot_id):
    """The accounts that a snapshot is shared with, as its owner sees it."""
    asked = {"SnapshotId": snapshot_id, "Attribute": "createVolumePermission"}
    told = ec2().describe_snapshot_attribute(**asked)["CreateVolumePermissions"]
    return sorted(one["UserId"] for one in told)
