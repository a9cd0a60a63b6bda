"""DB instances are restored from DB snapshots (rules 4 and 6)."""

import pytest
from aws import NEAR, SOURCE, TARGET, client, key, refused, unique
from databases import (
    at_once,  # noqa: F401
    copied,
    database,
    instance,
    network,
    open_key,
    option_group,
    oracle,
    rds,
    restored,
    restoring,
    share,
    tag_list,
    tags_of,
    taken,
    taken_of,
    under,
)

pytestmark = pytest.mark.usefixtures("at_once")


def refused_restore(source, code, *words, caller=SOURCE, **settings):
    name = settings.setdefault("DBInstanceIdentifier", unique("none"))
    message = refused(lambda: restoring(source, caller, **settings), code, *words)
    assert instance(name, caller) is None
    return message


def supported(net):
    name = net["subnet_group"]
    (group,) = rds().describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
    return group["SupportedNetworkTypes"]


def security_groups(made):
    return [one["VpcSecurityGroupId"] for one in made["VpcSecurityGroups"]]


def test_everything_that_is_asked_for_is_had():
    source = taken(AllocatedStorage=400)["DBSnapshotIdentifier"]
    net, parameters = network(), unique("parameters")
    family = database()["DBParameterGroups"][0]["DBParameterGroupName"].removeprefix("default.")
    rds().create_db_parameter_group(
        DBParameterGroupName=parameters, DBParameterGroupFamily=family, Description="own"
    )
    asked = {
        "AllocatedStorage": 500,
        "AutoMinorVersionUpgrade": False,
        "AvailabilityZone": net["zones"][1],
        "BackupRetentionPeriod": 9,
        "CACertificateIdentifier": "rds-ca-ecc384-g1",
        "CopyTagsToSnapshot": True,
        "DBInstanceClass": "db.r6g.xlarge",
        "DeletionProtection": True,
        "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "Iops": 13000,
        "LicenseModel": "postgresql-license",
        "NetworkType": "IPV4",
        "PreferredBackupWindow": "01:00-02:00",
        "PubliclyAccessible": True,
        "StorageThroughput": 600,
        "StorageType": "gp3",
    }
    made = restored(
        source,
        **asked,
        DBParameterGroupName=parameters,
        DBSubnetGroupName=net["subnet_group"],
        EnableCloudwatchLogsExports=["postgresql", "upgrade"],
        EnableIAMDatabaseAuthentication=True,
        Port=5544,
        Tags=tag_list(team="blue"),
        VpcSecurityGroupIds=[net["security_group"]],
    )
    assert {name: made[name] for name in asked} == asked
    assert made["DBParameterGroups"][0]["DBParameterGroupName"] == parameters
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == net["subnet_group"]
    assert made["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert made["IAMDatabaseAuthenticationEnabled"] is True
    assert made["Endpoint"]["Port"] == 5544
    assert made["TagList"] == tag_list(team="blue")
    assert security_groups(made) == [net["security_group"]]


def test_what_belongs_to_the_data_is_kept():
    source = database(
        AllocatedStorage=50,
        BackupRetentionPeriod=4,
        DBInstanceClass="db.m5.xlarge",
        DBName="orders",
        EngineVersion="15.4",
        MasterUsername="chief",
        Port=5544,
    )
    made = restored(taken_of(source)["DBSnapshotIdentifier"])
    kept = [
        "AllocatedStorage",
        "BackupRetentionPeriod",
        "DBInstanceClass",
        "DBName",
        "Engine",
        "EngineVersion",
        "LicenseModel",
        "MasterUsername",
        "StorageType",
    ]
    assert [made[name] for name in kept] == [source[name] for name in kept]
    assert made["EngineVersion"] == "15.4"
    assert made["Endpoint"]["Port"] == 5544
    assert made["DbiResourceId"] != source["DbiResourceId"]


def test_what_belongs_to_the_place_falls_back_on_the_defaults():
    net, parameters = network(), unique("parameters")
    rds().create_db_parameter_group(
        DBParameterGroupName=parameters, DBParameterGroupFamily="postgres16", Description="own"
    )
    source = database(
        CopyTagsToSnapshot=True,
        DBParameterGroupName=parameters,
        DBSubnetGroupName=net["subnet_group"],
        DeletionProtection=True,
        EnableCloudwatchLogsExports=["postgresql"],
        EnableIAMDatabaseAuthentication=True,
        MaxAllocatedStorage=100,
        MultiAZ=True,
        VpcSecurityGroupIds=[net["security_group"]],
    )
    assert source["SecondaryAvailabilityZone"] != source["AvailabilityZone"]
    made = restored(taken_of(source)["DBSnapshotIdentifier"])
    ec2 = client("ec2", SOURCE)
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    (default,) = ec2.describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [vpc["VpcId"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"]
    assert made["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres16"
    assert made["OptionGroupMemberships"][0]["OptionGroupName"] == "default:postgres-16"
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == "default"
    assert made["DBSubnetGroup"]["VpcId"] == vpc["VpcId"]
    assert security_groups(made) == [default["GroupId"]]
    assert made["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
    assert made["EngineLifecycleSupport"] == "open-source-rds-extended-support"
    assert made["EnabledCloudwatchLogsExports"] == []
    assert "MaxAllocatedStorage" not in made
    for off in (
        "CopyTagsToSnapshot",
        "DeletionProtection",
        "IAMDatabaseAuthenticationEnabled",
        "MultiAZ",
        "PubliclyAccessible",
    ):
        assert made[off] is False, off


def test_the_default_security_group_is_that_of_the_subnet_groups_vpc():
    net = network()
    made = restored(taken()["DBSnapshotIdentifier"], DBSubnetGroupName=net["subnet_group"])
    (default,) = client("ec2", SOURCE).describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [net["vpc"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"]
    assert security_groups(made) == [default["GroupId"]]
    assert made["AvailabilityZone"] in net["zones"]


def test_an_instance_is_public_where_its_vpc_has_an_internet_gateway():
    net, ec2 = network(), client("ec2", SOURCE)
    source = taken()["DBSnapshotIdentifier"]
    group = {"DBSubnetGroupName": net["subnet_group"]}
    assert restored(source, **group)["PubliclyAccessible"] is False
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=net["vpc"])
    assert restored(source, **group)["PubliclyAccessible"] is True
    assert restored(source, PubliclyAccessible=False, **group)["PubliclyAccessible"] is False


def test_the_tags_of_the_source_instance_at_the_time_are_used_where_none_are_given():
    source = database(Tags=tag_list(team="blue"))
    snapshot = taken_of(source, Tags=tag_list(of="the snapshot"))["DBSnapshotIdentifier"]
    rds().add_tags_to_resource(ResourceName=source["DBInstanceArn"], Tags=tag_list(late="yes"))
    rds().delete_db_instance(
        DBInstanceIdentifier=source["DBInstanceIdentifier"], SkipFinalSnapshot=True
    )
    made = restored(snapshot)
    assert made["TagList"] == tag_list(team="blue")
    assert tags_of(made["DBInstanceArn"]) == {"team": "blue"}
    assert restored(snapshot, Tags=tag_list(restore="x"))["TagList"] == tag_list(restore="x")


def test_the_tags_of_another_accounts_instance_are_not_used():
    shared = taken_of(database(Tags=tag_list(team="blue")))
    share(shared, TARGET)
    assert restored(shared["DBSnapshotArn"], TARGET)["TagList"] == []


def test_a_shared_encrypted_snapshot_is_restored_only_from_a_copy():
    shared = taken(**under(open_key()))
    share(shared, TARGET)
    refused_restore(shared["DBSnapshotArn"], "InvalidRestoreFault", caller=TARGET)
    own = key(TARGET)
    copy = copied(shared["DBSnapshotArn"], TARGET, KmsKeyId=own)
    assert restored(copy["DBSnapshotIdentifier"], TARGET)["KmsKeyId"] == own


def test_a_snapshot_is_restored_in_its_own_region_only():
    arn = taken()["DBSnapshotArn"].replace(NEAR, "eu-central-1")
    refused_restore(arn, "DBSnapshotNotFound")
    name = unique("far")
    refused(
        lambda: restoring(
            arn.replace("eu-central-1", NEAR), region="eu-central-1", DBInstanceIdentifier=name
        ),
        "DBSnapshotNotFound",
    )


def test_an_automated_snapshot_is_restored_by_its_name():
    source = database(BackupRetentionPeriod=1)["DBInstanceIdentifier"]
    (automated,) = rds().describe_db_snapshots(
        DBInstanceIdentifier=source, SnapshotType="automated"
    )["DBSnapshots"]
    assert restored(automated["DBSnapshotIdentifier"])["BackupRetentionPeriod"] == 1


def test_the_identifier_is_kept_in_lower_case_and_used_once():
    source = taken()["DBSnapshotIdentifier"]
    name = unique("Mixed-Case")
    assert restored(source, DBInstanceIdentifier=name)["DBInstanceIdentifier"] == name.lower()
    for again in (name, name.lower(), name.upper()):
        refused(
            lambda again=again: restoring(source, DBInstanceIdentifier=again),
            "DBInstanceAlreadyExists",
        )


@pytest.mark.parametrize("name", ["1st", "ends-", "two--hyphens", "under_score", "a" * 64])
def test_an_identifier_that_is_not_valid_is_refused(name):
    source = taken()["DBSnapshotIdentifier"]
    refused(
        lambda: restoring(source, DBInstanceIdentifier=name),
        "InvalidParameterValue",
        "DBInstanceIdentifier",
    )


def test_exactly_one_source_is_named():
    source = taken()["DBSnapshotIdentifier"]
    refused_restore(source, "InvalidParameterCombination", DBClusterSnapshotIdentifier="other")
    refused(
        lambda: rds().restore_db_instance_from_db_snapshot(DBInstanceIdentifier=unique("none")),
        "InvalidParameterCombination",
    )


def test_multi_az_excludes_an_availability_zone():
    source = taken()["DBSnapshotIdentifier"]
    refused_restore(
        source, "InvalidParameterCombination", MultiAZ=True, AvailabilityZone=f"{NEAR}a"
    )
    made = restored(source, MultiAZ=True)
    assert made["MultiAZ"] is True
    assert made["SecondaryAvailabilityZone"] != made["AvailabilityZone"]


def test_an_availability_zone_must_exist_and_be_covered_by_the_subnet_group():
    source, net = taken()["DBSnapshotIdentifier"], network()
    refused_restore(source, "InvalidParameterValue", AvailabilityZone=f"{NEAR}z")
    refused_restore(
        source,
        "InvalidVPCNetworkStateFault",
        DBSubnetGroupName=net["subnet_group"],
        AvailabilityZone=f"{NEAR}c",
    )


def test_a_security_group_must_exist_and_be_of_the_same_vpc():
    source, here, there = taken()["DBSnapshotIdentifier"], network(), network()
    place = {"DBSubnetGroupName": here["subnet_group"]}
    refused_restore(source, "InvalidParameterValue", VpcSecurityGroupIds=["sg-123"], **place)
    refused_restore(
        source,
        "InvalidParameterCombination",
        here["vpc"],
        there["vpc"],
        VpcSecurityGroupIds=[here["security_group"], there["security_group"]],
        **place,
    )


def test_without_a_default_vpc_a_subnet_group_must_be_named():
    account = "777788889999"
    source = taken(account)["DBSnapshotIdentifier"]
    rds(account).delete_db_instance(
        DBInstanceIdentifier=rds(account).describe_db_instances()["DBInstances"][0][
            "DBInstanceIdentifier"
        ],
        SkipFinalSnapshot=True,
    )
    rds(account).describe_db_instances()
    rds(account).delete_db_subnet_group(DBSubnetGroupName="default")
    ec2 = client("ec2", account)
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    refused_restore(source, "InvalidSubnet", caller=account)


def test_dual_stack_needs_subnets_with_ipv6():
    net, source = network(), taken()["DBSnapshotIdentifier"]
    dual = {"NetworkType": "DUAL", "DBSubnetGroupName": net["subnet_group"]}
    assert supported(net) == ["IPV4"]
    refused_restore(source, "NetworkTypeNotSupported", **dual)
    refused_restore(source, "InvalidParameterValue", NetworkType="IPV5")
    ec2 = client("ec2", SOURCE)
    for number, subnet in enumerate(net["subnets"]):
        ec2.associate_subnet_cidr_block(
            SubnetId=subnet, Ipv6CidrBlock=f"2001:db8:1234:{number}::/64"
        )
    assert supported(net) == ["IPV4", "DUAL"]
    assert restored(source, **dual)["NetworkType"] == "DUAL"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"DBSubnetGroupName": "none"}, "DBSubnetGroupNotFoundFault"),
        ({"DBParameterGroupName": "none"}, "DBParameterGroupNotFound"),
        ({"OptionGroupName": "none"}, "OptionGroupNotFoundFault"),
        ({"CACertificateIdentifier": "none"}, "CertificateNotFound"),
        ({"DBInstanceClass": "db.none.large"}, "InvalidParameterValue"),
        ({"Port": 80}, "InvalidParameterValue"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue"),
        ({"LicenseModel": "bring-your-own-license"}, "InvalidParameterCombination"),
        ({"EnableCloudwatchLogsExports": ["slowquery"]}, "InvalidParameterCombination"),
        ({"EngineLifecycleSupport": "forever"}, "InvalidParameterValue"),
        ({"Engine": "mysql"}, "InvalidParameterCombination"),
        ({"ManageMasterUserPassword": True}, "InvalidParameterCombination"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_setting_that_cannot_be_is_refused(asked, code):
    refused_restore(taken()["DBSnapshotIdentifier"], code, **asked)


def test_oracle_knows_neither_iam_authentication_nor_extended_support_nor_graviton():
    source = taken(**oracle())["DBSnapshotIdentifier"]
    for settings in (
        {"EnableIAMDatabaseAuthentication": True},
        {"EngineLifecycleSupport": "open-source-rds-extended-support"},
        {"DBInstanceClass": "db.m6g.large"},
    ):
        refused_restore(source, "InvalidParameterCombination", **settings)


def test_the_password_of_a_restored_oracle_instance_can_be_managed():
    source = taken(**oracle())["DBSnapshotIdentifier"]
    secret = restored(source, ManageMasterUserPassword=True)["MasterUserSecret"]
    assert secret["SecretStatus"] == "active"
    assert secret["SecretArn"].startswith(f"arn:aws:secretsmanager:{NEAR}:{SOURCE}:secret:rds!db-")


def test_a_parameter_group_must_be_of_the_same_family():
    name = unique("parameters")
    rds().create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily="postgres15", Description="older"
    )
    source = taken()["DBSnapshotIdentifier"]
    refused_restore(source, "InvalidParameterCombination", "postgres16", DBParameterGroupName=name)
    older = taken(EngineVersion="15.4")["DBSnapshotIdentifier"]
    made = restored(older, DBParameterGroupName=name.upper())
    assert made["DBParameterGroups"][0]["DBParameterGroupName"] == name


def test_storage_grows_by_ten_percent_or_more_and_never_shrinks():
    source = taken(AllocatedStorage=100)["DBSnapshotIdentifier"]
    refused_restore(source, "InvalidParameterValue", "can't be less", AllocatedStorage=99)
    sizes = {100: 100, 101: 110, 110: 110, 150: 150}
    for asked, had in sizes.items():
        assert restored(source, AllocatedStorage=asked)["AllocatedStorage"] == had


def test_sql_server_keeps_the_size_of_its_storage_and_some_ports_to_itself():
    source = taken(Engine="sqlserver-se", DBInstanceClass="db.m5.large")["DBSnapshotIdentifier"]
    refused_restore(source, "InvalidParameterCombination", AllocatedStorage=40)
    for port in (1434, 49152):
        refused_restore(source, "InvalidParameterValue", Port=port)
    made = restored(source, AllocatedStorage=20, Port=1435)
    assert (made["AllocatedStorage"], made["Endpoint"]["Port"]) == (20, 1435)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"StorageType": "tape"}, "InvalidParameterValue"),
        ({"StorageType": "standard"}, "StorageTypeNotSupported"),
        ({"StorageType": "io1"}, "InvalidParameterCombination"),
        ({"StorageType": "io1", "Iops": 999}, "InvalidParameterCombination"),
        ({"StorageType": "gp2", "Iops": 3000}, "InvalidParameterCombination"),
        (
            {"StorageType": "io2", "Iops": 3000, "StorageThroughput": 200},
            "InvalidParameterCombination",
        ),
        ({"StorageType": "gp3", "Iops": 6000}, "InvalidParameterCombination"),
        ({"StorageType": "gp3", "StorageThroughput": 500}, "InvalidParameterCombination"),
    ],
)
def test_storage_that_does_not_go_together_is_refused(asked, code):
    source = taken(AllocatedStorage=100)["DBSnapshotIdentifier"]
    refused_restore(source, code, **asked)


SIZES = {
    "postgres": (399, 400),
    "mysql": (399, 400),
    "oracle-se2": (199, 200),
}


@pytest.mark.parametrize("engine", SIZES)
def test_gp3_is_faster_and_can_be_set_from_a_size_of_its_engine_on(engine):
    small, large = SIZES[engine]
    of = {"Engine": engine, "DBInstanceClass": "db.m5.large"}
    source = taken(**of, AllocatedStorage=small)["DBSnapshotIdentifier"]
    made = restored(source, StorageType="gp3")
    assert (made["Iops"], made["StorageThroughput"]) == (3000, 125)
    for figure in ({"Iops": 3000}, {"StorageThroughput": 125}):
        refused_restore(
            source,
            "InvalidParameterCombination",
            f"engine {engine} and a storage size less than {large}",
            StorageType="gp3",
            **figure,
        )
    made = database(**of, AllocatedStorage=large, StorageType="gp3")
    assert (made["Iops"], made["StorageThroughput"]) == (12_000, 500)


@pytest.mark.parametrize(
    "asked",
    [
        {"StorageType": "gp3", "Iops": 11_999},
        {"StorageType": "gp3", "Iops": 64_001},
        {"StorageType": "gp3", "Iops": 64_000, "StorageThroughput": 499},
        {"StorageType": "gp3", "Iops": 64_000, "StorageThroughput": 4001},
        {"StorageType": "gp3", "Iops": 12_000, "StorageThroughput": 3001},
        {"StorageType": "io1", "Iops": 25_001},
        {"StorageType": "io1", "Iops": 1999, "AllocatedStorage": 4000},
        {"StorageType": "io2", "Iops": 256_001},
    ],
    ids=str,
)
def test_speed_that_storage_does_not_have_is_refused(asked):
    source = taken(AllocatedStorage=500)["DBSnapshotIdentifier"]
    refused_restore(source, "InvalidParameterCombination", "Invalid ", **asked)


def test_speed_is_had_to_its_ends():
    source = taken(AllocatedStorage=500)["DBSnapshotIdentifier"]
    most = {"StorageType": "gp3", "Iops": 64_000, "StorageThroughput": 4000}
    assert most.items() <= restored(source, **most).items()
    assert restored(source, StorageType="io1", Iops=25_000)["Iops"] == 25_000
    assert restored(source, Iops=2000, AllocatedStorage=4000)["Iops"] == 2000


def test_sql_server_has_one_speed_of_gp3_at_any_size():
    of = {"Engine": "sqlserver-se", "DBInstanceClass": "db.m5.large"}
    made = database(**of, AllocatedStorage=500)
    assert (made["Iops"], made["StorageThroughput"]) == (3000, 125)
    made = database(**of, StorageType="gp3", Iops=16_000, StorageThroughput=1000)
    assert (made["Iops"], made["StorageThroughput"]) == (16_000, 1000)


def test_gp3_that_was_set_is_restored_as_it_was():
    figures = {"StorageType": "gp3", "Iops": 14_000, "StorageThroughput": 600}
    source = taken(AllocatedStorage=400, **figures)["DBSnapshotIdentifier"]
    assert figures.items() <= restored(source).items()
    assert figures.items() <= restored(source, StorageType="gp3").items()
    given_up = restored(source, Iops=0)
    assert (given_up["Iops"], given_up["StorageThroughput"]) == (12_000, 500)


def test_the_database_is_named_for_oracle_and_sql_server_alone():
    words = "DBName must be null when Restoring for this Engine."
    refused_restore(
        taken()["DBSnapshotIdentifier"], "InvalidParameterValue", words, DBName="orders"
    )
    oracle_one = taken(**oracle())["DBSnapshotIdentifier"]
    assert restored(oracle_one, DBName="ORDERS")["DBName"] == "ORDERS"


def test_iops_are_taken_from_the_backup_unless_they_are_given_up():
    provisioned = taken(AllocatedStorage=100, StorageType="io2", Iops=4000)["DBSnapshotIdentifier"]
    made = restored(provisioned)
    assert (made["StorageType"], made["Iops"]) == ("io2", 4000)
    assert restored(provisioned, StorageType="io1")["Iops"] == 4000
    given_up = restored(provisioned, Iops=0)
    assert (given_up["StorageType"], given_up["Iops"]) == ("gp3", 3000)
    plain = taken(AllocatedStorage=100, StorageType="gp2")["DBSnapshotIdentifier"]
    assert restored(plain)["StorageType"] == "gp3"
    assert restored(plain, Iops=2000)["StorageType"] == "io1"


def test_lasting_options_stay_with_what_is_restored():
    group = oracle("TDE", "STATSPACK")
    source = taken(**group)["DBSnapshotIdentifier"]
    made = restored(source)
    assert made["OptionGroupMemberships"][0]["OptionGroupName"] == group["OptionGroupName"]
    without = option_group("oracle-ee", "19", "STATSPACK")
    refused_restore(source, "InvalidParameterValue", "[TDE]", OptionGroupName=without)
    other = option_group("oracle-ee", "19", "TDE")
    assert (
        restored(source, OptionGroupName=other)["OptionGroupMemberships"][0]["OptionGroupName"]
        == other
    )


def test_options_that_do_not_last_are_left_behind():
    made = restored(taken(**oracle("STATSPACK"))["DBSnapshotIdentifier"])
    assert made["OptionGroupMemberships"][0]["OptionGroupName"] == "default:oracle-ee-19"


def test_an_option_group_must_be_of_the_same_engine_and_version():
    source = taken()["DBSnapshotIdentifier"]
    group = option_group("mysql", "8.0")
    refused_restore(source, "InvalidParameterCombination", OptionGroupName=group)
