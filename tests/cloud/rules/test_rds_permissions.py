"""RDS calls are allowed on the resources that AWS names for them (rule 11)."""

import pytest
from aws import (
    FAR,
    NEAR,
    SOURCE,
    TARGET,
    allow,
    caller,
    document,
    refused,
    statement,
    unique,
)
from databases import (
    at_once,  # noqa: F401
    copied,
    copying,
    created,
    database,
    instance,
    modified,
    rds,
    restored,
    restoring,
    share,
    snapshot,
    snapshots,
    tag_list,
    tags_of,
    taken,
    taken_of,
)

pytestmark = pytest.mark.usefixtures("at_once")

DENIED = "AccessDenied"


def arn(kind, name, account=SOURCE, region=NEAR):
    return f"arn:aws:rds:{region}:{account}:{kind}:{name}"


def test_a_copy_must_be_allowed_on_both_snapshots():
    source, target = taken()["DBSnapshotArn"], unique("copy")
    both = [source, arn("snapshot", target)]
    look = statement("Allow", ["rds:DescribeDBSnapshots"])
    name = {"TargetDBSnapshotIdentifier": target}
    for one in both:
        clerk = caller(SOURCE, allow("rds:CopyDBSnapshot", resource=one))
        refused(lambda clerk=clerk: copying(source, clerk, **name), DENIED, "rds:CopyDBSnapshot")
    assert snapshot(target) is None
    clerk = caller(SOURCE, document(look, statement("Allow", ["rds:CopyDBSnapshot"], both)))
    assert copied(source, clerk, **name)["DBSnapshotIdentifier"] == target


def test_a_copy_from_another_region_is_allowed_on_the_source_there_and_the_target_here():
    source, target = taken()["DBSnapshotArn"], unique("copy")
    here = allow("rds:*", resource=[arn("snapshot", target, region=FAR)])
    name = {"TargetDBSnapshotIdentifier": target}
    refused(lambda: copying(source, caller(SOURCE, here), FAR, **name), DENIED, source)
    both = allow("rds:*", resource=[source, arn("snapshot", target, region=FAR)])
    assert copying(source, caller(SOURCE, both), FAR, **name)["DBSnapshotIdentifier"] == target


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:RequestedRegion": FAR}},
        {"Bool": {"aws:ViaAWSService": "false"}},
    ],
    ids=["region", "service"],
)
def test_rds_asks_for_the_source_of_another_region_there_and_on_the_callers_behalf(condition):
    source = taken()["DBSnapshotArn"]
    only = statement("Allow", ["rds:CopyDBSnapshot"], Condition=condition)
    refused(
        lambda: copying(source, caller(SOURCE, document(only)), FAR),
        DENIED,
        f"rds:CopyDBSnapshot on resource: {source}",
    )
    via = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["rds.amazonaws.com"]}}
    behalf = statement("Allow", ["rds:CopyDBSnapshot"], Condition=via)
    assert copying(source, caller(SOURCE, document(only, behalf)), FAR)
    refused(lambda: copying(source, caller(SOURCE, document(behalf)), FAR), DENIED)


def test_both_regions_of_a_copy_may_be_named():
    source = taken()["DBSnapshotArn"]
    regions = {"StringEquals": {"aws:RequestedRegion": [NEAR, FAR]}}
    clerk = caller(SOURCE, allow("rds:CopyDBSnapshot", Condition=regions))
    assert copying(source, clerk, FAR)


def test_a_copy_within_a_region_is_made_by_the_caller_alone():
    source = taken()["DBSnapshotArn"]
    own = {"Bool": {"aws:ViaAWSService": "false"}, "StringEquals": {"aws:RequestedRegion": NEAR}}
    assert copying(source, caller(SOURCE, allow("rds:CopyDBSnapshot", Condition=own)))


def test_a_shared_source_is_allowed_by_its_owners_arn():
    shared = taken()
    share(shared, TARGET)
    own = allow("rds:*", resource=f"arn:aws:rds:*:{TARGET}:*")
    source = shared["DBSnapshotArn"]
    refused(lambda: copying(source, caller(TARGET, own)), DENIED, source)
    wide = allow("rds:*", resource=[f"arn:aws:rds:*:{TARGET}:*", source])
    assert copying(source, caller(TARGET, wide))["SourceDBSnapshotIdentifier"] == source


@pytest.mark.parametrize("missing", ["db", "snapshot", "subgrp", "og", "pg"])
def test_a_restore_must_be_allowed_on_the_instance_the_snapshot_and_the_groups(missing):
    source, name = taken()["DBSnapshotIdentifier"], unique("restored")
    needed = {
        "db": arn("db", name),
        "snapshot": arn("snapshot", source),
        "subgrp": arn("subgrp", "default"),
        "og": arn("og", "default:postgres-16"),
        "pg": arn("pg", "default.postgres16"),
    }
    few = allow("rds:*", resource=[one for kind, one in needed.items() if kind != missing])
    refused(
        lambda: restoring(source, caller(SOURCE, few), DBInstanceIdentifier=name),
        DENIED,
        f"rds:RestoreDBInstanceFromDBSnapshot on resource: {needed[missing]}",
    )
    assert instance(name) is None
    clerk = caller(SOURCE, allow("rds:*", resource=list(needed.values())))
    assert restored(source, clerk, DBInstanceIdentifier=name)["DBInstanceIdentifier"] == name


@pytest.mark.parametrize("what", ["copy", "snapshot", "restore", "create"])
def test_tags_on_what_is_made_need_leave_to_add_tags(what):
    source = database()
    first = taken_of(source)["DBSnapshotIdentifier"]
    tags = {"Tags": tag_list(team="blue")}
    calls = {
        "copy": lambda clerk, **more: copying(first, clerk, **more),
        "snapshot": lambda clerk, **more: taken_of(source, clerk, **more),
        "restore": lambda clerk, **more: restoring(first, clerk, **more),
        "create": lambda clerk, **more: created(clerk, **more),
    }
    without = document(statement("Allow", ["rds:*"]), statement("Deny", ["rds:AddTagsToResource"]))
    clerk = caller(SOURCE, without)
    refused(lambda: calls[what](clerk, **tags), DENIED, "rds:AddTagsToResource")
    assert calls[what](clerk)
    assert calls[what](caller(SOURCE, allow("rds:*")), **tags)["TagList"] == tags["Tags"]


def test_tags_of_a_request_are_conditions():
    only = {"ForAllValues:StringLike": {"aws:TagKeys": "restore:*"}}
    marker = caller(
        SOURCE, allow("rds:AddTagsToResource", "rds:RemoveTagsFromResource", Condition=only)
    )
    of = taken()["DBSnapshotArn"]
    rds(marker).add_tags_to_resource(ResourceName=of, Tags=tag_list(**{"restore:id": "x"}))
    refused(
        lambda: rds(marker).add_tags_to_resource(ResourceName=of, Tags=tag_list(team="blue")),
        DENIED,
    )
    refused(
        lambda: rds(marker).remove_tags_from_resource(ResourceName=of, TagKeys=["team"]), DENIED
    )
    assert tags_of(of) == {"restore:id": "x"}


def test_tags_of_a_resource_are_conditions():
    own = {"StringEquals": {"aws:ResourceTag/restore:id": "mine"}}
    clerk = caller(SOURCE, allow("rds:Delete*", "rds:Modify*", Condition=own))
    source = database()
    mine, other = (
        taken_of(source, Tags=tag_list(**{"restore:id": value}))["DBSnapshotIdentifier"]
        for value in ("mine", "other")
    )
    rds(clerk).delete_db_snapshot(DBSnapshotIdentifier=mine)
    refused(lambda: rds(clerk).delete_db_snapshot(DBSnapshotIdentifier=other), DENIED)
    name = source["DBInstanceIdentifier"]
    refused(lambda: modified(name, clerk, DeletionProtection=True), DENIED)
    restored_one = restored(other, Tags=tag_list(**{"restore:id": "mine"}))["DBInstanceIdentifier"]
    modified(restored_one, clerk, DeletionProtection=False)
    rds(clerk).delete_db_instance(DBInstanceIdentifier=restored_one, SkipFinalSnapshot=True)
    assert instance(restored_one) is None


def test_sharing_and_looking_are_allowed_by_the_snapshots_arn():
    mine, other = taken(), taken()
    actions = [
        "rds:DescribeDBSnapshots",
        "rds:DescribeDBSnapshotAttributes",
        "rds:ModifyDBSnapshotAttribute",
    ]
    clerk = caller(SOURCE, allow(*actions, resource=mine["DBSnapshotArn"]))
    assert share(mine, TARGET, caller=clerk) == [TARGET]
    assert snapshot(mine["DBSnapshotIdentifier"], clerk)
    for call in (
        lambda: share(other, TARGET, caller=clerk),
        lambda: snapshot(other["DBSnapshotIdentifier"], clerk),
        lambda: snapshots(clerk),
        lambda: rds(clerk).describe_db_snapshot_attributes(
            DBSnapshotIdentifier=other["DBSnapshotIdentifier"]
        ),
    ):
        refused(call, DENIED)


def test_a_monitoring_role_must_be_passed_to_rds():
    name = database()["DBInstanceIdentifier"]
    role = f"arn:aws:iam::{SOURCE}:role/monitoring"
    wanted = {"MonitoringInterval": 15, "MonitoringRoleArn": role}
    clerk = caller(SOURCE, allow("rds:*"))
    refused(lambda: modified(name, clerk, **wanted), DENIED, f"iam:PassRole on resource: {role}")
    elsewhere = statement(
        "Allow",
        ["iam:PassRole"],
        Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    )
    clerk = caller(SOURCE, document(statement("Allow", ["rds:*"]), elsewhere))
    refused(lambda: modified(name, clerk, **wanted), DENIED, "iam:PassRole")


def test_a_managed_password_needs_leave_to_create_its_secret():
    name = database()["DBInstanceIdentifier"]
    clerk = caller(SOURCE, allow("rds:*"))
    refused(
        lambda: modified(name, clerk, ManageMasterUserPassword=True),
        DENIED,
        "secretsmanager:CreateSecret",
    )
    actions = ["rds:*", "secretsmanager:CreateSecret", "secretsmanager:TagResource"]
    modified(name, caller(SOURCE, allow(*actions)), ManageMasterUserPassword=True)
    assert instance(name)["MasterUserSecret"]


def test_a_call_is_recorded_with_the_resources_it_was_allowed_on(calls):
    source, target = taken()["DBSnapshotIdentifier"], unique("copy")
    calls()
    copying(source, TargetDBSnapshotIdentifier=target)
    (call,) = [one for one in calls() if one["action"] == "CopyDBSnapshot"]
    assert call["resources"] == [arn("snapshot", source), arn("snapshot", target)]
    assert call["outcome"] == "ok"
