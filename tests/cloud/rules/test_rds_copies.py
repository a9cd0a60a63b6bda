"""DB snapshots are copied within and between accounts and Regions (rules 4 and 6)."""

import pytest
from aws import FAR, NEAR, SOURCE, TARGET, client, key, refused, unique
from databases import (
    ENDLESS,
    at_once,  # noqa: F401
    available,
    copied,
    copying,
    database,
    fails,
    open_key,
    option_group,
    oracle,
    rds,
    restored,
    share,
    snapshot,
    snapshots,
    tag_list,
    taken,
    taken_of,
    under,
)

pytestmark = pytest.mark.usefixtures("at_once")


def refused_copy(source, code, *words, caller=SOURCE, region=NEAR, **settings):
    target = unique("none")
    refused(
        lambda: copying(
            source, caller, region, **{"TargetDBSnapshotIdentifier": target} | settings
        ),
        code,
        *words,
    )
    assert snapshot(target, caller, region) is None


def test_a_copy_is_a_manual_snapshot_like_its_source_but_later():
    source = database(Port=5544, CopyTagsToSnapshot=True, Tags=tag_list(team="blue"))
    first = taken_of(source)
    copy = copied(first["DBSnapshotIdentifier"])
    alike = [
        "AllocatedStorage",
        "DBInstanceIdentifier",
        "DbiResourceId",
        "Engine",
        "EngineVersion",
        "OptionGroupName",
        "OriginalSnapshotCreateTime",
        "Port",
        "StorageType",
        "VpcId",
    ]
    assert [copy[name] for name in alike] == [first[name] for name in alike]
    assert copy["SnapshotType"] == "manual"
    assert copy["SnapshotCreateTime"] > first["SnapshotCreateTime"]
    assert "SourceDBSnapshotIdentifier" not in copy
    assert "SourceRegion" not in copy
    assert copy["TagList"] == []


def test_a_copy_across_accounts_or_regions_remembers_its_source():
    shared = taken()
    share(shared, TARGET)
    for caller, region in ((TARGET, NEAR), (SOURCE, FAR)):
        copy = copied(shared["DBSnapshotArn"], caller, region)
        assert copy["SourceDBSnapshotIdentifier"] == shared["DBSnapshotArn"]
        assert copy["SourceRegion"] == NEAR
        assert copy["DBSnapshotArn"].split(":")[3:5] == [region, caller]
        assert copy["OriginalSnapshotCreateTime"] == shared["OriginalSnapshotCreateTime"]
        assert copy["SnapshotCreateTime"] > shared["SnapshotCreateTime"]
        for of_instance in ("DBInstanceIdentifier", "DbiResourceId"):
            assert copy[of_instance] == shared[of_instance]


def test_a_snapshot_of_a_deleted_instance_is_copied():
    source = database(**under(key(SOURCE)))
    kept = taken_of(source)
    rds().delete_db_instance(
        DBInstanceIdentifier=source["DBInstanceIdentifier"], SkipFinalSnapshot=True
    )
    assert copied(kept["DBSnapshotIdentifier"])["KmsKeyId"] == kept["KmsKeyId"]


def test_a_copy_of_a_reencrypted_copy_keeps_the_new_key():
    second = key(SOURCE)
    first_copy = copied(taken(**under(key(SOURCE)))["DBSnapshotIdentifier"], KmsKeyId=second)
    assert copied(first_copy["DBSnapshotIdentifier"])["KmsKeyId"] == second


def test_a_copy_of_an_encrypted_copy_of_an_unencrypted_snapshot_is_encrypted():
    the_key = key(SOURCE)
    first_copy = copied(taken()["DBSnapshotIdentifier"], KmsKeyId=the_key)
    second_copy = copied(first_copy["DBSnapshotIdentifier"])
    assert (second_copy["Encrypted"], second_copy["KmsKeyId"]) == (True, the_key)
    assert restored(second_copy["DBSnapshotIdentifier"])["KmsKeyId"] == the_key


def test_the_storage_encryption_type_tells_whether_there_is_a_key():
    plain = taken()
    assert plain["StorageEncryptionType"] == "none"
    encrypted = copied(plain["DBSnapshotIdentifier"], KmsKeyId="alias/aws/rds")
    assert encrypted["StorageEncryptionType"] == "sse-kms"


def test_a_key_is_named_by_id_arn_or_alias():
    arn, alias = key(SOURCE), f"alias/{unique('db')}"
    client("kms", SOURCE).create_alias(AliasName=alias, TargetKeyId=arn)
    source = taken()["DBSnapshotIdentifier"]
    alias_arn = f"arn:aws:kms:{NEAR}:{SOURCE}:{alias}"
    for name in (arn, arn.rsplit("/", 1)[1], alias, alias_arn):
        assert copied(source, KmsKeyId=name)["KmsKeyId"] == arn


def test_the_target_must_be_free_in_the_region_that_is_called_and_only_there():
    first, second = taken(), taken()
    name = {"TargetDBSnapshotIdentifier": second["DBSnapshotIdentifier"]}
    refused(lambda: copying(first["DBSnapshotArn"], **name), "DBSnapshotAlreadyExists")
    copy = copied(first["DBSnapshotArn"], region=FAR, **name)
    assert copy["DBSnapshotIdentifier"] == second["DBSnapshotIdentifier"]


@pytest.mark.parametrize(
    "name",
    ["1st-copy", "copy-", "a--b", "under_score", "rds:copy", "awsbackup:copy", "a" * 256, "ümlaut"],
)
def test_an_identifier_that_is_not_valid_is_refused(name):
    source = taken()["DBSnapshotIdentifier"]
    refused(
        lambda: copying(source, TargetDBSnapshotIdentifier=name),
        "InvalidParameterValue",
        "TargetDBSnapshotIdentifier",
    )


def test_an_identifier_has_up_to_255_characters():
    name = unique("a" * 200).ljust(255, "z")
    source = taken()["DBSnapshotIdentifier"]
    assert copied(source, TargetDBSnapshotIdentifier=name)["DBSnapshotIdentifier"] == name


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"arn:aws:rds:{NEAR}:{SOURCE}:snapshot:nowhere", "DBSnapshotNotFound"),
        (f"arn:aws:rds:mars-north-1:{SOURCE}:snapshot:nowhere", "DBSnapshotNotFound"),
        (f"arn:aws:rds:{NEAR}:{SOURCE}:db:nowhere", "InvalidParameterValue"),
        (f"arn:aws:rds:{NEAR}:{SOURCE}:cluster-snapshot:nowhere", "InvalidParameterValue"),
        (f"arn:aws-cn:rds:{NEAR}:{SOURCE}:snapshot:nowhere", "InvalidParameterValue"),
        ("arn:aws:rds:nowhere", "InvalidParameterValue"),
        ("nowhere", "DBSnapshotNotFound"),
    ],
)
def test_a_source_that_there_is_not_is_refused(arn, code):
    refused_copy(arn, code)


def test_a_copy_under_way_is_no_source(settings):
    source = taken()["DBSnapshotIdentifier"]
    settings(durations={"db-snapshot-copy": ENDLESS})
    under_way = copying(source)["DBSnapshotIdentifier"]
    refused_copy(under_way, "InvalidDBSnapshotState")


def test_a_failed_copy_is_no_source_and_keeps_its_name_until_it_is_deleted():
    source = taken()["DBSnapshotIdentifier"]
    name = unique("twice")
    fails("db-snapshot-copy", "failed", identifier=name)
    copying(source, TargetDBSnapshotIdentifier=name)
    assert snapshot(name)["Status"] == "failed"
    refused_copy(name, "InvalidDBSnapshotState")
    refused(lambda: copying(source, TargetDBSnapshotIdentifier=name), "DBSnapshotAlreadyExists")
    rds().delete_db_snapshot(DBSnapshotIdentifier=name)
    assert copied(source, TargetDBSnapshotIdentifier=name)["DBSnapshotIdentifier"] == name


def test_deleting_the_source_terminates_what_is_copied_from_it(settings):
    source = taken()
    settings(durations={"db-snapshot-copy": ENDLESS})
    here = copying(source["DBSnapshotIdentifier"])["DBSnapshotIdentifier"]
    there = copying(source["DBSnapshotArn"], region=FAR)["DBSnapshotIdentifier"]
    rds().delete_db_snapshot(DBSnapshotIdentifier=source["DBSnapshotIdentifier"])
    assert snapshot(here)["Status"] == "failed"
    assert snapshot(there, region=FAR)["Status"] == "failed"


def test_tags_that_are_given_take_the_place_of_those_of_the_source():
    tagged = taken_of(database(), Tags=tag_list(team="blue", tier="one"))["DBSnapshotIdentifier"]
    assert copied(tagged, CopyTags=True)["TagList"] == tag_list(team="blue", tier="one")
    assert copied(tagged, CopyTags=True, Tags=tag_list(restore="x"))["TagList"] == tag_list(
        restore="x"
    )
    assert copied(tagged, Tags=tag_list(restore="x"))["TagList"] == tag_list(restore="x")


def test_the_tags_of_another_accounts_snapshot_are_not_copied():
    shared = taken_of(database(), Tags=tag_list(team="blue"))
    share(shared, TARGET)
    assert copied(shared["DBSnapshotArn"], TARGET, CopyTags=True)["TagList"] == []


def test_reserved_tag_keys_are_refused():
    refused_copy(
        taken()["DBSnapshotIdentifier"],
        "InvalidParameterValue",
        "reserved prefix",
        Tags=tag_list(**{"aws:cloudformation:stack-name": "x"}),
    )


def test_another_region_wants_a_key_of_its_own():
    source = taken(**under(key(SOURCE)))["DBSnapshotArn"]
    refused_copy(
        source, "InvalidParameterValue", "Must specify new KMS key for cross region", region=FAR
    )
    far_key = key(SOURCE, FAR)
    copy = copied(source, region=FAR, KmsKeyId=far_key)
    assert copy["KmsKeyId"] == far_key
    assert restored(copy["DBSnapshotIdentifier"], region=FAR)["KmsKeyId"] == far_key


def test_the_default_key_of_the_other_region_serves_if_it_is_named():
    source = taken(**under(key(SOURCE)))["DBSnapshotArn"]
    default = client("kms", SOURCE, FAR).describe_key(KeyId="alias/aws/rds")["KeyMetadata"]["Arn"]
    assert copied(source, region=FAR, KmsKeyId="alias/aws/rds")["KmsKeyId"] == default


def test_a_snapshot_under_the_default_key_is_copied_within_its_account():
    source = taken(StorageEncrypted=True)
    assert copied(source["DBSnapshotIdentifier"])["KmsKeyId"] == source["KmsKeyId"]
    far_key = key(SOURCE, FAR)
    assert copied(source["DBSnapshotArn"], region=FAR, KmsKeyId=far_key)["KmsKeyId"] == far_key


def test_an_unencrypted_shared_snapshot_changes_account_and_region_at_once():
    shared = taken()
    share(shared, TARGET)
    copy = copied(shared["DBSnapshotArn"], TARGET, FAR)
    assert copy["DBSnapshotArn"].split(":")[3:5] == [FAR, TARGET]
    far_key = key(TARGET, FAR)
    encrypted = copied(shared["DBSnapshotArn"], TARGET, FAR, KmsKeyId=far_key)
    assert encrypted["KmsKeyId"] == far_key


def test_an_encrypted_shared_snapshot_does_so_only_by_the_switch(settings):
    shared = taken(**under(open_key()))
    share(shared, TARGET)
    far_key = key(TARGET, FAR)
    arn = shared["DBSnapshotArn"]
    refused_copy(arn, "InvalidParameterCombination", caller=TARGET, region=FAR, KmsKeyId=far_key)
    settings(switches={"singleStepRdsCopy": True})
    assert copied(arn, TARGET, FAR, KmsKeyId=far_key)["KmsKeyId"] == far_key
    refused_copy(arn, "InvalidParameterValue", caller=TARGET, region=FAR)


def test_the_first_hop_may_stay_under_the_key_of_the_source():
    source_key = open_key()
    shared = taken(**under(source_key))
    share(shared, TARGET)
    hop = copied(shared["DBSnapshotArn"], TARGET, KmsKeyId=source_key)
    assert hop["KmsKeyId"] == source_key
    far_key = key(TARGET, FAR)
    assert copied(hop["DBSnapshotArn"], TARGET, FAR, KmsKeyId=far_key)["KmsKeyId"] == far_key


def test_a_presigned_url_is_not_looked_at():
    copy = copied(
        taken()["DBSnapshotArn"], region=FAR, PreSignedUrl="https://rds.example/?Action=Nothing"
    )
    assert copy["Status"] == "available"


def test_a_copy_to_another_region_falls_back_on_the_default_option_group():
    source = taken(**oracle("STATSPACK"))
    assert copied(source["DBSnapshotIdentifier"])["OptionGroupName"] == source["OptionGroupName"]
    there = copied(source["DBSnapshotArn"], region=FAR)
    assert there["OptionGroupName"] == "default:oracle-ee-19"
    named = option_group("oracle-ee", "19", "STATSPACK", region=FAR)
    with_group = copied(source["DBSnapshotArn"], region=FAR, OptionGroupName=named)
    assert with_group["OptionGroupName"] == named


def test_lasting_options_need_a_group_with_them_in_the_other_region():
    source = taken(**oracle("TDE", "Timezone"))["DBSnapshotArn"]
    refused_copy(source, "InvalidParameterValue", "[TDE, Timezone]", region=FAR)
    half = option_group("oracle-ee", "19", "Timezone", region=FAR)
    refused_copy(source, "InvalidParameterValue", "[TDE]", region=FAR, OptionGroupName=half)
    refused_copy(source, "OptionGroupNotFoundFault", region=FAR, OptionGroupName=unique("nowhere"))
    whole = option_group("oracle-ee", "19", "TDE", "Timezone", region=FAR)
    copy = copied(source, region=FAR, OptionGroupName=whole)
    assert copy["OptionGroupName"] == whole
    made = restored(copy["DBSnapshotIdentifier"], region=FAR)
    assert made["OptionGroupMemberships"][0]["OptionGroupName"] == whole


def test_a_shared_snapshot_with_a_lasting_option_needs_a_group_in_the_other_account():
    shared = taken(**oracle("Timezone"))
    share(shared, TARGET)
    arn = shared["DBSnapshotArn"]
    refused_copy(arn, "InvalidParameterValue", "[Timezone]", caller=TARGET)
    group = option_group("oracle-ee", "19", "Timezone", caller=TARGET)
    assert copied(arn, TARGET, OptionGroupName=group)["OptionGroupName"] == group


def test_an_option_group_must_be_of_the_same_engine():
    source = taken()["DBSnapshotArn"]
    group = option_group("mysql", "8.0", region=FAR)
    refused_copy(source, "InvalidParameterCombination", region=FAR, OptionGroupName=group)


def test_many_copies_in_one_account_and_region_are_all_listed():
    source = taken()["DBSnapshotIdentifier"]
    copies = {copying(source)["DBSnapshotArn"] for _ in range(3)}
    assert copies <= set(snapshots(SnapshotType="manual"))
    available(lambda: snapshot(source))
