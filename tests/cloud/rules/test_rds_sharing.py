"""DB snapshots are shared with accounts, and seen by nobody else (rules 1 and 2)."""

import pytest
from aws import FAR, HOME, NEAR, SOURCE, TARGET, key, refused, rules, unique
from databases import (
    ENDLESS,
    accounts_of,
    at_once,  # noqa: F401
    available,
    copied,
    copying,
    database,
    open_key,
    oracle,
    rds,
    restored,
    restoring,
    share,
    snapshot,
    snapshots,
    tag_list,
    taken,
    taken_of,
    under,
)

pytestmark = pytest.mark.usefixtures("at_once")


def unshare(shared, *accounts):
    return rds().modify_db_snapshot_attribute(
        DBSnapshotIdentifier=shared["DBSnapshotIdentifier"],
        AttributeName="restore",
        ValuesToRemove=list(accounts),
    )


def shared_with(shared):
    name = shared["DBSnapshotIdentifier"]
    return accounts_of(rds().describe_db_snapshot_attributes(DBSnapshotIdentifier=name))


def automated_of(source):
    look = {"DBInstanceIdentifier": source["DBInstanceIdentifier"], "SnapshotType": "automated"}
    return available(lambda: rds().describe_db_snapshots(**look)["DBSnapshots"][0])


def test_a_new_snapshot_is_shared_with_nobody():
    assert shared_with(taken()) == []


def test_accounts_are_added_and_removed_as_a_set():
    shared = taken()
    assert share(shared, TARGET, HOME) == [TARGET, HOME]
    assert share(shared, TARGET) == [TARGET, HOME]
    assert accounts_of(unshare(shared, TARGET, "999999999999")) == [HOME]
    assert shared_with(shared) == [HOME]


def test_no_account_is_both_added_and_removed():
    shared = taken()
    refused(
        lambda: rds().modify_db_snapshot_attribute(
            DBSnapshotIdentifier=shared["DBSnapshotIdentifier"],
            AttributeName="restore",
            ValuesToAdd=[TARGET],
            ValuesToRemove=[TARGET],
        ),
        "InvalidParameterCombination",
    )
    assert shared_with(shared) == []


@pytest.mark.parametrize("value", ["12345", "arn:aws:iam::444455556666:root", "everybody"])
def test_only_account_ids_are_shared_with(value):
    shared = taken()
    refused(lambda: share(shared, value), "InvalidParameterValue")
    assert shared_with(shared) == []


def test_restore_is_the_only_attribute():
    name = taken()["DBSnapshotIdentifier"]
    refused(
        lambda: rds().modify_db_snapshot_attribute(
            DBSnapshotIdentifier=name, AttributeName="copy", ValuesToAdd=[TARGET]
        ),
        "InvalidParameterValue",
    )


def test_at_most_twenty_accounts_share_a_snapshot():
    shared = taken()
    accounts = [f"{number:012}" for number in range(20)]
    assert share(shared, *accounts) == accounts
    refused(lambda: share(shared, TARGET), "SharedSnapshotQuotaExceeded")
    assert shared_with(shared) == accounts
    unshare(shared, accounts[0])
    assert share(shared, TARGET) == [*accounts[1:], TARGET]


def test_the_other_account_neither_shares_on_nor_sees_who_else_it_is_shared_with():
    shared = taken()
    share(shared, TARGET)
    arn = {"DBSnapshotIdentifier": shared["DBSnapshotArn"]}
    refused(
        lambda: rds(TARGET).modify_db_snapshot_attribute(
            AttributeName="restore", ValuesToAdd=[HOME], **arn
        ),
        "DBSnapshotNotFound",
    )
    refused(lambda: rds(TARGET).describe_db_snapshot_attributes(**arn), "DBSnapshotNotFound")
    refused(
        lambda: rds(TARGET).delete_db_snapshot(DBSnapshotIdentifier=shared["DBSnapshotArn"]),
        "DBSnapshotNotFound",
    )
    assert shared_with(shared) == [TARGET]


def test_its_tags_stay_with_the_owner():
    source = database()
    shared = taken_of(source, Tags=tag_list(team="blue"))
    share(shared, TARGET)
    seen = snapshot(shared["DBSnapshotArn"], TARGET)
    assert shared["TagList"] == tag_list(team="blue")
    assert seen["TagList"] == []
    refused(
        lambda: rds(TARGET).list_tags_for_resource(ResourceName=shared["DBSnapshotArn"]),
        "DBSnapshotNotFound",
    )


def test_a_share_does_not_leave_its_region():
    shared = taken()
    share(shared, TARGET)
    assert snapshot(shared["DBSnapshotArn"], TARGET, FAR) is None
    assert snapshots(TARGET, FAR, SnapshotType="shared") == []


def test_a_shared_snapshot_is_named_by_its_arn():
    shared = taken()
    share(shared, TARGET)
    name = shared["DBSnapshotIdentifier"]
    assert snapshot(name, TARGET, IncludeShared=True) is None
    refused(lambda: copying(name, TARGET), "DBSnapshotNotFound")
    refused(lambda: restoring(name, TARGET), "DBSnapshotNotFound")


def test_an_arn_alone_does_not_find_a_shared_snapshot_unless_shared_ones_are_asked_for():
    shared = taken()
    share(shared, TARGET)
    arn = shared["DBSnapshotArn"]
    assert snapshot(arn, TARGET, IncludeShared=False) is None
    assert snapshot(arn, TARGET, IncludeShared=False, SnapshotType="shared")
    assert snapshot(arn, TARGET, SnapshotType="manual") is None


def test_a_withdrawn_share_ends_copies_and_restores():
    shared = taken()
    arn = shared["DBSnapshotArn"]
    share(shared, TARGET)
    assert restored(arn, TARGET)["DBInstanceArn"].split(":")[4] == TARGET
    unshare(shared, TARGET)
    assert snapshot(arn, TARGET) is None
    refused(lambda: restoring(arn, TARGET), "DBSnapshotNotFound")
    refused(lambda: copying(arn, TARGET), "DBSnapshotNotFound")


def test_what_was_copied_from_a_share_stays_after_it_is_withdrawn():
    shared = taken(**under(open_key()))
    share(shared, TARGET)
    copy = copied(shared["DBSnapshotArn"], TARGET, KmsKeyId=key(TARGET))
    unshare(shared, TARGET)
    rds().delete_db_snapshot(DBSnapshotIdentifier=shared["DBSnapshotIdentifier"])
    assert restored(copy["DBSnapshotIdentifier"], TARGET)["KmsKeyId"] == copy["KmsKeyId"]


def test_a_public_snapshot_is_everybodys_but_listed_only_to_those_who_ask_for_public_ones():
    public = taken()
    arn = public["DBSnapshotArn"]
    assert share(public, "all") == ["all"]
    assert arn in snapshots(HOME, SnapshotType="public")
    assert arn in snapshots(HOME, IncludePublic=True)
    assert arn not in snapshots(HOME, SnapshotType="shared")
    assert arn not in snapshots(HOME, IncludeShared=True)
    assert copied(arn, HOME)["DBSnapshotArn"].split(":")[4] == HOME


def test_an_encrypted_snapshot_is_not_made_public():
    secret = taken(**under(key(SOURCE)))
    refused(lambda: share(secret, "all"), "InvalidParameterCombination")
    assert share(secret, TARGET) == [TARGET]


def test_a_snapshot_under_the_default_key_is_not_shared_until_it_is_copied_to_another():
    closed = taken(StorageEncrypted=True)
    refused(lambda: share(closed, TARGET), "InvalidParameterCombination", "default service key")
    assert shared_with(closed) == []
    staged = copied(closed["DBSnapshotIdentifier"], KmsKeyId=open_key())
    assert share(staged, TARGET) == [TARGET]


def test_the_share_of_a_snapshot_under_the_default_key_is_withdrawn_all_the_same():
    closed = taken(StorageEncrypted=True)
    assert accounts_of(unshare(closed, TARGET)) == []


def test_an_automated_snapshot_is_not_shared_by_its_name_or_its_arn_but_its_copy_is():
    automated = automated_of(database(BackupRetentionPeriod=1))
    for name in (automated["DBSnapshotIdentifier"], automated["DBSnapshotArn"]):
        refused(
            lambda name=name: share({"DBSnapshotIdentifier": name}, TARGET),
            "InvalidParameterValue",
            "is not a valid identifier",
        )
    assert share(copied(automated["DBSnapshotIdentifier"]), TARGET) == [TARGET]


def test_a_snapshot_of_aws_backup_is_not_shared_but_its_copy_is():
    source = database(**under(key(SOURCE)))
    name = rules(
        "POST",
        "awsbackup",
        {
            "account": SOURCE,
            "region": NEAR,
            "dbInstanceIdentifier": source["DBInstanceIdentifier"],
        },
    )["dbSnapshotIdentifier"]
    assert name.startswith("awsbackup:")
    assert snapshot(name) is None
    assert (
        available(lambda: snapshot(name, SnapshotType="awsbackup"))["SnapshotType"] == "awsbackup"
    )
    refused(lambda: share({"DBSnapshotIdentifier": name}, TARGET), "InvalidParameterValue")
    copy = copied(name)
    assert copy["SnapshotType"] == "manual"
    assert share(copy, TARGET) == [TARGET]


@pytest.mark.parametrize(
    ("option", "shareable"),
    [("TDE", False), ("OLS", True), ("Timezone", True), ("STATSPACK", True)],
)
def test_a_snapshot_with_an_option_that_lasts_is_not_shared(option, shareable):
    tied = taken(**oracle(option))
    if shareable:
        assert share(tied, TARGET) == [TARGET]
    else:
        refused(lambda: share(tied, TARGET), "InvalidParameterCombination", option)
        assert shared_with(tied) == []


def test_sql_server_with_transparent_data_encryption_is_not_shared():
    group = {"Engine": "sqlserver-ee", "EngineVersion": "15.00", "DBInstanceClass": "db.m5.large"}
    options = oracle()["OptionGroupName"]
    refused(lambda: database(OptionGroupName=options, **group), "InvalidParameterCombination")
    rds().create_option_group(
        OptionGroupName=(name := unique("tde")),
        EngineName="sqlserver-ee",
        MajorEngineVersion="15.00",
        OptionGroupDescription="TDE",
    )
    rds().modify_option_group(OptionGroupName=name, OptionsToInclude=[{"OptionName": "TDE"}])
    refused(
        lambda: share(taken(OptionGroupName=name, **group), TARGET), "InvalidParameterCombination"
    )


def test_a_snapshot_that_is_not_available_yet_is_not_shared(settings):
    source = database()
    settings(durations={"db-snapshot": ENDLESS})
    name = unique("pending")
    begun = rds().create_db_snapshot(
        DBSnapshotIdentifier=name, DBInstanceIdentifier=source["DBInstanceIdentifier"]
    )["DBSnapshot"]
    refused(lambda: share(begun, TARGET), "InvalidDBSnapshotState")


def test_a_snapshot_that_there_is_not_is_not_shared():
    refused(lambda: share({"DBSnapshotIdentifier": unique("no")}, TARGET), "DBSnapshotNotFound")
