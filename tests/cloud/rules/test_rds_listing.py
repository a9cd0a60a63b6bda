"""DB snapshots and DB instances are listed, filtered and in pages (rules 1 and 12)."""

import pytest
from aws import FAR, HOME, NEAR, SOURCE, TARGET, eventually, refused, rules, unique
from databases import (
    at_once,  # noqa: F401
    copied,
    copying,
    database,
    instance,
    rds,
    share,
    snapshot,
    snapshots,
    tag_list,
    taken,
    taken_of,
)

pytestmark = pytest.mark.usefixtures("at_once")

ACCOUNT = "222233334444"
"""An account where nothing is but what each test makes."""


def filtered(name, *values, caller=SOURCE, **settings):
    wanted = [{"Name": name, "Values": list(values)}]
    return set(snapshots(caller, Filters=wanted, **settings))


def test_a_snapshot_is_found_by_its_identifier_in_any_case_or_its_arn():
    made = taken()
    name, arn = made["DBSnapshotIdentifier"], made["DBSnapshotArn"]
    assert arn == f"arn:aws:rds:{NEAR}:{SOURCE}:snapshot:{name}"
    for look in (name, name.upper(), arn):
        assert snapshot(look)["DBSnapshotArn"] == arn
    assert snapshot(name, TARGET) is None
    assert snapshot(name, region=FAR) is None
    assert snapshot(arn, region=FAR) is None


def test_an_automated_snapshot_is_found_by_its_identifier_only_with_its_type():
    source = database(BackupRetentionPeriod=1)["DBInstanceIdentifier"]
    (arn,) = snapshots(DBInstanceIdentifier=source)
    name = arn.split(":snapshot:")[1]
    assert snapshot(name) is None
    assert snapshot(name, SnapshotType="manual") is None
    assert snapshot(name, SnapshotType="automated")["DBSnapshotArn"] == arn


def test_without_a_type_automated_and_manual_snapshots_are_listed():
    source = database(BackupRetentionPeriod=1)
    manual = taken_of(source)["DBSnapshotArn"]
    of = {"DBInstanceIdentifier": source["DBInstanceIdentifier"].upper()}
    everything = snapshots(**of)
    assert len(everything) == 2
    assert snapshots(SnapshotType="manual", **of) == [manual]
    assert snapshots(SnapshotType="automated", **of) == [one for one in everything if one != manual]
    assert snapshots(SnapshotType="awsbackup", **of) == []


def test_what_aws_backup_has_taken_is_listed_by_its_type_alone():
    source = database()
    manual = taken_of(source)["DBSnapshotArn"]
    name = source["DBInstanceIdentifier"]
    asked = {"account": SOURCE, "region": NEAR, "dbInstanceIdentifier": name}
    backup = rules("POST", "awsbackup", asked)["dbSnapshotIdentifier"]
    of = {"DBInstanceIdentifier": name}
    (arn,) = snapshots(SnapshotType="awsbackup", **of)
    assert arn.endswith(f":snapshot:{backup}")
    assert snapshots(**of) == snapshots(SnapshotType="manual", **of) == [manual]
    assert snapshots(SnapshotType="automated", **of) == []


def test_snapshots_of_several_instances_of_one_name_are_told_apart_by_its_resource_id():
    name = unique("twin")
    first = taken_of(database(DBInstanceIdentifier=name))
    rds().delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    eventually(lambda: instance(name) is None)
    second = taken_of(database(DBInstanceIdentifier=name))
    away = taken_of(database(region=FAR, DBInstanceIdentifier=name), region=FAR)
    here = copied(away["DBSnapshotArn"])
    three = [first, second, here]
    assert set(snapshots(DBInstanceIdentifier=name)) == {it["DBSnapshotArn"] for it in three}
    assert len({it["DbiResourceId"] for it in three}) == 3
    assert instance(name)["DbiResourceId"] == second["DbiResourceId"]


def test_shared_snapshots_are_not_included_where_the_type_is_one_of_the_callers_own():
    shared = taken()
    share(shared, TARGET)
    arn = shared["DBSnapshotArn"]
    assert arn in snapshots(TARGET, IncludeShared=True)
    assert arn not in snapshots(TARGET, IncludeShared=True, SnapshotType="manual")
    assert arn not in snapshots(TARGET, IncludeShared=True, SnapshotType="automated")
    assert arn not in snapshots(HOME, IncludeShared=True)


def test_snapshots_are_filtered_and_all_filters_must_match():
    first, second = database(), database(Engine="mysql")
    one, other = taken_of(first), taken_of(second)
    arns = {one["DBSnapshotArn"], other["DBSnapshotArn"]}
    names = [one["DBSnapshotIdentifier"].upper(), other["DBSnapshotIdentifier"]]
    assert filtered("db-snapshot-id", *names) == arns
    assert filtered("db-snapshot-id", names[0]) == {one["DBSnapshotArn"]}
    assert filtered("db-instance-id", second["DBInstanceIdentifier"]) == {other["DBSnapshotArn"]}
    assert filtered("db-instance-id", first["DBInstanceArn"]) == {one["DBSnapshotArn"]}
    assert filtered("dbi-resource-id", first["DbiResourceId"]) == {one["DBSnapshotArn"]}
    assert filtered("snapshot-type", "manual") >= arns
    assert filtered("snapshot-type", "automated").isdisjoint(arns)
    assert other["DBSnapshotArn"] in filtered("engine", "mysql")
    assert one["DBSnapshotArn"] not in filtered("engine", "mysql")
    both = [
        {"Name": "db-snapshot-id", "Values": names},
        {"Name": "engine", "Values": ["postgres"]},
    ]
    assert snapshots(Filters=both) == [one["DBSnapshotArn"]]
    assert snapshots(DbiResourceId=second["DbiResourceId"]) == [other["DBSnapshotArn"]]


def test_a_filter_that_there_is_not_is_refused():
    refused(lambda: filtered("tag:team", "blue"), "InvalidParameterValue", "tag:team")
    refused(lambda: filtered("engine"), "InvalidParameterCombination")
    refused(lambda: snapshots(SnapshotType="borrowed"), "InvalidParameterValue")


def test_a_long_list_comes_in_pages_that_are_whole_although_it_changes():
    source = taken(ACCOUNT)["DBSnapshotIdentifier"]
    made = {copying(source, ACCOUNT)["DBSnapshotArn"] for _ in range(44)}
    seen, marker, sizes = [], {}, []
    while True:
        answer = rds(ACCOUNT).describe_db_snapshots(MaxRecords=20, **marker)
        found = [one["DBSnapshotArn"] for one in answer["DBSnapshots"]]
        seen += found
        sizes.append(len(found))
        if "Marker" not in answer:
            break
        marker = {"Marker": answer["Marker"]}
        rds(ACCOUNT).delete_db_snapshot(DBSnapshotIdentifier=found[-1].split(":")[-1])
    assert sizes == [20, 20, 5]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


@pytest.mark.parametrize("size", [0, 19, 101])
@pytest.mark.parametrize("action", ["describe_db_snapshots", "describe_db_instances"])
def test_a_page_has_from_20_to_100_records(action, size):
    refused(lambda: getattr(rds(), action)(MaxRecords=size), "InvalidParameterValue", str(size))


@pytest.mark.parametrize("marker", ["nonsense!", "////"])
def test_a_marker_that_was_not_given_out_is_refused(marker):
    refused(lambda: rds().describe_db_snapshots(Marker=marker), "InvalidParameterValue")


def test_an_instance_is_found_by_its_identifier_in_any_case_or_its_arn():
    made = database()
    name, arn = made["DBInstanceIdentifier"], made["DBInstanceArn"]
    for look in (name, name.upper(), arn):
        assert instance(look)["DBInstanceArn"] == arn
    assert instance(arn, TARGET) is None
    assert instance(name, region=FAR) is None
    refused(lambda: rds().describe_db_instances(DBInstanceIdentifier="none"), "DBInstanceNotFound")


def test_instances_are_filtered():
    made = database(Engine="mariadb", Tags=tag_list(team="blue"))
    look = [{"Name": "engine", "Values": ["mariadb"]}]
    names = [
        one["DBInstanceIdentifier"]
        for one in rds().describe_db_instances(Filters=look)["DBInstances"]
    ]
    assert made["DBInstanceIdentifier"] in names
    by_id = [{"Name": "db-instance-id", "Values": [made["DBInstanceArn"]]}]
    (found,) = rds().describe_db_instances(Filters=by_id)["DBInstances"]
    assert found["TagList"] == tag_list(team="blue")


def test_every_instance_has_a_resource_id_of_its_own():
    ids = {database()["DbiResourceId"] for _ in range(3)}
    assert len(ids) == 3


def test_a_cluster_snapshot_is_no_db_snapshot():
    name, cluster = unique("of-cluster"), unique("aurora")
    rds().create_db_cluster(
        DBClusterIdentifier=cluster,
        Engine="aurora-postgresql",
        MasterUsername="owner",
        MasterUserPassword="correct-horse",
    )
    rds().create_db_cluster_snapshot(DBClusterSnapshotIdentifier=name, DBClusterIdentifier=cluster)
    (found,) = rds().describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)[
        "DBClusterSnapshots"
    ]
    assert found["Engine"] == "aurora-postgresql"
    assert snapshot(name) is None
    refused(lambda: copying(name), "DBSnapshotNotFound")
    refused(lambda: copying(found["DBClusterSnapshotArn"]), "InvalidParameterValue")


def test_a_member_of_a_cluster_says_so_and_is_not_snapshotted_alone():
    cluster, member = unique("aurora"), unique("member")
    rds().create_db_cluster(
        DBClusterIdentifier=cluster,
        Engine="aurora-postgresql",
        MasterUsername="owner",
        MasterUserPassword="correct-horse",
    )
    rds().create_db_instance(
        DBInstanceIdentifier=member,
        DBClusterIdentifier=cluster,
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )
    assert instance(member)["DBClusterIdentifier"] == cluster
    refused(
        lambda: rds().create_db_snapshot(
            DBSnapshotIdentifier=unique("no"), DBInstanceIdentifier=member
        ),
        "InvalidParameterCombination",
        "member of a cluster",
    )
