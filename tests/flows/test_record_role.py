"""Settings are recorded by a role that reads them and may do nothing else.

The function that records may assume such roles, and no other role.
"""

import json
import secrets

import boto3
import pytest
from botocore.exceptions import ClientError
from recording import FUNCTION, read, record, record_role, records, tag_database, tag_instance
from restore.arrange.database import source_database
from restore.arrange.instance import key_arn, source_instance
from restore.cloud import Role
from restore.place import HOME, NEAR, SOURCE, TARGET, Place

HOME_OF_SOURCE = Place(SOURCE, NEAR)
ROLE = record_role(SOURCE)

FOR_TAGS = "rds:ListTagsForResource"
"""What AWS asks for so that `DescribeDBInstances` answers with tags; this AWS does not ask."""


@pytest.fixture(scope="module")
def tagged(cloud):
    """An instance and a DB instance that are to be recorded."""
    instance = source_instance(cloud, HOME_OF_SOURCE)
    tag_instance(cloud, instance)
    database = source_database(cloud, HOME_OF_SOURCE)
    tag_database(cloud, database)
    return instance, database


@pytest.fixture(scope="module")
def function_role(cloud):
    """The function's own role."""
    functions = cloud.home_client("lambda")
    return functions.get_function_configuration(FunctionName=FUNCTION)["Role"]


@pytest.fixture(scope="module")
def sts(cloud, function_role):
    """STS as the function reaches it, under its own role."""
    identity = {"accessKeyId": f"ASIA{secrets.token_hex(8).upper()}", "roleArn": function_role}
    cloud.steer("POST", "/rules/identities", identity)
    return _client(cloud, "sts", identity["accessKeyId"], "secret", "token")


@pytest.fixture(scope="module")
def session(cloud, sts):
    """`session(service)` is a client under the record role, as the function has it."""
    given = _assume(sts, ROLE)
    keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return lambda service: _client(cloud, service, *keys)


def _client(cloud, service, key, secret, token):
    return boto3.client(
        service,
        region_name=NEAR,
        endpoint_url=cloud.resources,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def _assume(sts, role):
    asked = {"RoleArn": role.arn, "ExternalId": role.external_id}
    return sts.assume_role(**asked, RoleSessionName="record-settings")["Credentials"]


def allowed(cloud, role):
    """All that the role's policies allow."""
    iam = cloud.client("iam", HOME_OF_SOURCE)
    name = role.arn.rsplit("/", 1)[-1]
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    found = set()
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        policy = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)
        for statement in policy["PolicyVersion"]["Document"]["Statement"]:
            found |= set(statement["Action"])
    return found


def test_recording_asks_for_all_that_its_role_may_do_and_for_nothing_else(cloud, tagged):
    instance, database = tagged
    cloud.steer("POST", "/rules/watched", {"role": ROLE.arn})

    report, failure = record(cloud, HOME_OF_SOURCE)

    assert failure is None, report
    [of_instance] = records(cloud, HOME_OF_SOURCE, "ec2", instance.instance_id)
    volumes = read(cloud, of_instance)["ec2"]["volumes"]
    assert {it["deviceName"] for it in volumes} == instance.volume_ids.keys()
    assert all(it["snapshots"] for it in volumes)
    [of_database] = records(cloud, HOME_OF_SOURCE, "rds", database.identifier)
    assert read(cloud, of_database)["rds"]["settings"]["dbInstanceClass"] == "db.m7g.large"
    asked = cloud.steer("GET", f"/rules/watched?role={ROLE.arn}")["asked"]
    assert [it for it in asked if not it["allowed"]] == []
    assert {it["action"] for it in asked} | {FOR_TAGS} == allowed(cloud, ROLE)


def changes(cloud, instance, database):
    """What other roles of the account may do, and others that nobody may: service and call."""
    [snapshots], [taken] = instance.sets, database.snapshots
    snapshot = next(iter(snapshots.by_device.values()))
    key = key_arn(cloud, HOME_OF_SOURCE, "orders-system")
    with_target = {"AttributeName": "restore", "ValuesToAdd": [TARGET]}
    tags = {"Resources": [snapshot], "Tags": [{"Key": "restore:id", "Value": "r-1"}]}
    grant = {"GranteePrincipal": ROLE.arn, "Operations": ["Decrypt"]}
    return [
        (
            "ec2",
            "modify_snapshot_attribute",
            {
                "SnapshotId": snapshot,
                "Attribute": "createVolumePermission",
                "OperationType": "add",
                "UserIds": [TARGET],
            },
        ),
        ("ec2", "copy_snapshot", {"SourceSnapshotId": snapshot, "SourceRegion": NEAR}),
        ("ec2", "create_tags", tags),
        ("ec2", "delete_snapshot", {"SnapshotId": snapshot}),
        ("ec2", "terminate_instances", {"InstanceIds": [instance.instance_id]}),
        (
            "ec2",
            "describe_snapshot_attribute",
            {"SnapshotId": snapshot, "Attribute": "createVolumePermission"},
        ),
        (
            "rds",
            "modify_db_snapshot_attribute",
            {"DBSnapshotIdentifier": taken.identifier, **with_target},
        ),
        ("rds", "delete_db_snapshot", {"DBSnapshotIdentifier": taken.identifier}),
        ("rds", "describe_db_snapshots", {}),
        ("kms", "create_grant", {"KeyId": key, **grant}),
        ("kms", "describe_key", {"KeyId": key}),
        ("kms", "generate_data_key", {"KeyId": key, "KeySpec": "AES_256"}),
        ("iam", "get_role", {"RoleName": ROLE.arn.rsplit("/", 1)[-1]}),
    ]


def test_the_record_role_can_do_nothing_but_read_what_is_recorded(cloud, tagged, session):
    found = session("ec2").describe_instances(InstanceIds=[tagged[0].instance_id])
    assert len(found["Reservations"]) == 1

    refused = {}
    for service, call, asked in changes(cloud, *tagged):
        with pytest.raises(ClientError) as error:
            getattr(session(service), call)(**asked)
        refused[service, call] = error.value.response["Error"]["Code"]

    denials = {"ec2": "UnauthorizedOperation", "kms": "AccessDeniedException"}
    assert refused == {it: denials.get(it[0], "AccessDenied") for it in refused}


@pytest.fixture
def trusting(cloud, function_role):
    """A role of the source account that the function might assume, did its own policy let it."""
    name, external_id = f"trusting-{secrets.token_hex(4)}", secrets.token_hex(4)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": function_role},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam = cloud.client("iam", HOME_OF_SOURCE)
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return Role(made["Role"]["Arn"], external_id)


def test_the_function_can_assume_record_roles_and_no_role_else(cloud, sts, trusting):
    for role in (ROLE, record_role(HOME)):
        assert _assume(sts, role)["AccessKeyId"]

    for role in (cloud.source_role, cloud.restore_role, trusting):
        with pytest.raises(ClientError, match="AccessDenied"):
            _assume(sts, role)


def test_a_place_whose_role_is_no_record_role_is_not_read_and_told(cloud, tagged, trusting):
    for role in (cloud.source_role, trusting):
        report, failure = record(cloud, HOME_OF_SOURCE, role=role)

        assert failure is not None
        assert report["errorType"] == "Restore.AccessDenied"
        for words in (role.arn, "sts:AssumeRole", SOURCE, NEAR):
            assert words in report["errorMessage"]


def test_nobody_else_can_assume_the_record_role(cloud):
    for account in (HOME, SOURCE):
        with pytest.raises(ClientError, match="AccessDenied"):
            _assume(cloud.client("sts", Place(account, NEAR)), ROLE)
