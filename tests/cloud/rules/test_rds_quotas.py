"""How much of RDS an account may have, or have under way, in a Region."""

import aws
import pytest
from aws import FAR, SOURCE, TARGET, refused, unique
from databases import (
    ENDLESS,
    at_once,  # noqa: F401
    copied,
    copying,
    created,
    database,
    open_key,
    rds,
    share,
    taken,
    taken_of,
    under,
)
from local_aws.planes import resource_plane

pytestmark = pytest.mark.usefixtures("at_once")

QUOTAS = "333300004444"
"""An account of these tests' own, where no other has left anything."""


@pytest.fixture
def limits(settings):
    """Sets limits."""
    yield lambda **wanted: settings(limits=wanted)


def test_the_limits_are_those_of_aws_unless_a_test_says_otherwise(plane):
    with resource_plane() as fresh:
        aws.use(fresh)
        limits = aws.rules("GET", "settings")["limits"]
    aws.use(plane)
    assert limits["dbInstances"] == 40
    assert limits["dbGibibytes"] == 100_000
    assert limits["manualDbSnapshots"] == 100
    assert limits["dbSnapshotCopies"] == 20
    assert limits["accountsOfDbSnapshot"] == 20


def test_so_many_copies_from_other_regions_are_under_way_at_most(limits, settings):
    source = taken(QUOTAS, FAR)
    settings(durations={"db-snapshot-copy": ENDLESS})
    limits(dbSnapshotCopies=1)
    first = copying(source["DBSnapshotArn"], QUOTAS)["DBSnapshotIdentifier"]
    refused(
        lambda: copying(source["DBSnapshotArn"], QUOTAS),
        "SnapshotQuotaExceeded",
        "Cannot copy more than 1 snapshots across regions",
    )
    # Within the Region it may be copied, and by another account.
    copying(source["DBSnapshotIdentifier"], QUOTAS, FAR)
    assert first


def test_a_copy_that_has_ended_makes_room_for_the_next(limits):
    source = taken(QUOTAS, FAR)
    limits(dbSnapshotCopies=1)
    for _ in range(2):
        copied(source["DBSnapshotArn"], QUOTAS, "eu-west-2")


def test_so_many_manual_snapshots_are_there_at_most(limits):
    source = database(QUOTAS, "eu-west-3")
    first = taken_of(source, QUOTAS, "eu-west-3")
    limits(manualDbSnapshots=1)
    words = "Cannot create more than 1 manual snapshots"
    code = "SnapshotQuotaExceeded"
    refused(lambda: taken_of(source, QUOTAS, "eu-west-3"), code, words)
    refused(lambda: copying(first["DBSnapshotIdentifier"], QUOTAS, "eu-west-3"), code, words)
    last = {"DBInstanceIdentifier": source["DBInstanceIdentifier"]}
    last["FinalDBSnapshotIdentifier"] = unique("final")
    refused(lambda: rds(QUOTAS, "eu-west-3").delete_db_instance(**last), code, words)
    rds(QUOTAS, "eu-west-3").delete_db_snapshot(DBSnapshotIdentifier=first["DBSnapshotIdentifier"])
    taken_of(source, QUOTAS, "eu-west-3")


def test_so_many_db_instances_are_there_at_most(limits):
    source = taken(QUOTAS, "us-east-1")
    limits(dbInstances=1)
    restore = {
        "DBInstanceIdentifier": unique("restored"),
        "DBSnapshotIdentifier": source["DBSnapshotIdentifier"],
    }
    client = rds(QUOTAS, "us-east-1")
    code, words = "InstanceQuotaExceeded", "DB Instance quota exceeded"
    refused(lambda: client.restore_db_instance_from_db_snapshot(**restore), code, words)
    refused(lambda: created(QUOTAS, "us-east-1"), code, words)
    created(QUOTAS, "us-east-2")


def test_db_instances_have_so_much_storage_at_most(limits):
    made = database(QUOTAS, "us-west-2", AllocatedStorage=100)
    limits(dbGibibytes=150)
    words = "The storage quota for this account has been exceeded by 10"
    code = "StorageQuotaExceeded"
    refused(lambda: created(QUOTAS, "us-west-2", AllocatedStorage=60), code, words)
    name = made["DBInstanceIdentifier"]
    grow = {"DBInstanceIdentifier": name, "AllocatedStorage": 160}
    refused(lambda: rds(QUOTAS, "us-west-2").modify_db_instance(**grow), code, words)
    created(QUOTAS, "us-west-2", AllocatedStorage=50)


def test_a_snapshot_is_shared_with_so_many_accounts_at_most(limits):
    source = taken(QUOTAS, **under(open_key(owner=QUOTAS)))
    limits(accountsOfDbSnapshot=1)
    share(source, TARGET, caller=QUOTAS)
    share(source, TARGET, caller=QUOTAS)
    refused(lambda: share(source, SOURCE, caller=QUOTAS), "SharedSnapshotQuotaExceeded")


def test_the_account_is_told_its_quotas_and_what_it_uses_of_them(limits):
    source = database(QUOTAS, "ca-central-1", AllocatedStorage=30)
    taken_of(source, QUOTAS, "ca-central-1")
    limits(dbInstances=7)
    told = rds(QUOTAS, "ca-central-1").describe_account_attributes()["AccountQuotas"]
    quotas = {one["AccountQuotaName"]: (one["Used"], one["Max"]) for one in told}
    assert quotas["DBInstances"] == (1, 7)
    assert quotas["AllocatedStorage"] == (30, 100_000)
    assert quotas["ManualSnapshots"][0] == 1
