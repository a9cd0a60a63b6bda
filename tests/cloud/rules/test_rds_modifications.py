"""DB instances are modified, now or in their maintenance window (rule 5)."""

import json

import pytest
from aws import (
    HOME,
    NEAR,
    SOURCE,
    WHILE,
    allow,
    caller,
    client,
    elapse,
    eventually,
    key,
    refused,
    role,
    unique,
)
from databases import (
    BEGINNING,
    ENDLESS,
    KINDS,
    at_once,  # noqa: F401
    available,
    created,
    database,
    instance,
    modified,
    network,
    passed_through,
    rds,
    restored,
    status,
    taken_of,
)

pytestmark = pytest.mark.usefixtures("at_once")


def monitoring_role(service="monitoring.rds.amazonaws.com"):
    arn = role(SOURCE, None)
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    client("iam", SOURCE).update_assume_role_policy(
        RoleName=arn.rsplit("/", 1)[1],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    return arn


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"DBInstanceClass": "db.m6g.xlarge"}, {"DBInstanceClass": "db.m6g.xlarge"}),
        ({"AllocatedStorage": 40}, {"AllocatedStorage": 40}),
        ({"BackupRetentionPeriod": 7}, {"BackupRetentionPeriod": 7}),
        ({"MultiAZ": True}, {"MultiAZ": True}),
        ({"EngineVersion": "16.9"}, {"EngineVersion": "16.9"}),
        (
            {"CACertificateIdentifier": "rds-ca-rsa4096-g1"},
            {"CACertificateIdentifier": "rds-ca-rsa4096-g1"},
        ),
        (
            {"EnableIAMDatabaseAuthentication": True},
            {"IAMDatabaseAuthenticationEnabled": True},
        ),
    ],
    ids=lambda value: next(iter(value)),
)
def test_a_change_that_disturbs_waits_unless_it_is_to_be_applied_immediately(change, shown):
    before = database()
    name = before["DBInstanceIdentifier"]
    answer = modified(name, **change)
    assert status(answer) == "available"
    assert shown.items() <= answer["PendingModifiedValues"].items()
    waiting = instance(name)
    assert all(waiting[field] == before[field] for field in shown)
    assert shown.items() <= waiting["PendingModifiedValues"].items()
    modified(name, ApplyImmediately=True)
    done = available(lambda: instance(name))
    assert all(done[field] == value for field, value in shown.items())
    assert done["PendingModifiedValues"] == {}


def test_while_a_change_is_applied_it_shows_as_pending(settings):
    name = database()["DBInstanceIdentifier"]
    settings(durations={"db-instance-modification": ENDLESS})
    change = {"DBInstanceClass": "db.m6g.xlarge"}
    answer = modified(name, ApplyImmediately=True, **change)
    assert status(answer) == "modifying"
    seen = instance(name)
    assert (seen["DBInstanceClass"], seen["PendingModifiedValues"]) == ("db.m6g.large", change)
    refused(lambda: modified(name, DeletionProtection=True), "InvalidDBInstanceState")


def test_an_instance_is_available_as_it_was_until_its_modification_begins(settings):
    name, watcher = database()["DBInstanceIdentifier"], monitoring_role()
    settings(durations={BEGINNING: WHILE, "db-instance-modification": WHILE})
    answer = modified(name, ApplyImmediately=True, DBInstanceClass="db.m6g.xlarge")
    assert status(answer) == "available"
    # What is asked for meanwhile goes with it; of some of it nothing is told.
    monitored = {"MonitoringInterval": 30, "MonitoringRoleArn": watcher}
    modified(name, ApplyImmediately=True, DeletionProtection=True, **monitored)
    seen = instance(name)
    assert (status(seen), seen["DBInstanceClass"]) == ("available", "db.m6g.large")
    assert (seen["MonitoringInterval"], seen["DeletionProtection"]) == (0, True)
    assert seen["PendingModifiedValues"] == {"DBInstanceClass": "db.m6g.xlarge"}
    elapse(WHILE)
    begun = instance(name)
    assert (status(begun), begun["DBInstanceClass"]) == ("modifying", "db.m6g.large")
    refused(lambda: modified(name, DBInstanceClass="db.m6g.large"), "InvalidDBInstanceState")
    elapse(2 * WHILE)
    done = instance(name)
    assert (status(done), done["DBInstanceClass"]) == ("available", "db.m6g.xlarge")
    assert monitored.items() <= done.items()
    assert done["PendingModifiedValues"] == {}


def test_nothing_is_modified_while_an_instance_is_created(settings):
    settings(durations={"db-instance": ENDLESS})
    name = created()["DBInstanceIdentifier"]
    refused(lambda: modified(name, DeletionProtection=True), "InvalidDBInstanceState")


def test_notes_are_changed_at_once_without_leaving_available(settings):
    name = database()["DBInstanceIdentifier"]
    settings(durations={"db-instance-modification": ENDLESS})
    change = {
        "AutoMinorVersionUpgrade": False,
        "CopyTagsToSnapshot": True,
        "DeletionProtection": True,
        "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "MaxAllocatedStorage": 200,
        "PreferredBackupWindow": "01:00-02:00",
    }
    answer = modified(name, PreferredMaintenanceWindow="Sun:03:00-Sun:04:00", **change)
    assert status(answer) == "available"
    seen = instance(name)
    assert {field: seen[field] for field in change} == change
    assert seen["PreferredMaintenanceWindow"] == "sun:03:00-sun:04:00"


def test_what_a_restore_cannot_take_is_applied_afterwards():
    made = restored(taken_of(database())["DBSnapshotIdentifier"])
    name, watcher = made["DBInstanceIdentifier"], monitoring_role()
    modified(
        name,
        ApplyImmediately=True,
        EnablePerformanceInsights=True,
        ManageMasterUserPassword=True,
        MaxAllocatedStorage=500,
        MonitoringInterval=30,
        MonitoringRoleArn=watcher,
        PreferredMaintenanceWindow="sat:03:00-sat:04:00",
    )
    done = available(lambda: instance(name))
    assert done["MaxAllocatedStorage"] == 500
    assert (done["MonitoringInterval"], done["MonitoringRoleArn"]) == (30, watcher)
    assert done["PerformanceInsightsEnabled"] is True
    assert done["PerformanceInsightsRetentionPeriod"] == 7
    assert done["PreferredMaintenanceWindow"] == "sat:03:00-sat:04:00"
    assert done["MasterUserSecret"]["SecretStatus"] == "active"


def test_an_instance_passes_through_the_states_of_its_changes(settings):
    net = network()
    name = database(DBSubnetGroupName=net["subnet_group"])["DBInstanceIdentifier"]
    watcher = monitoring_role()
    settings(durations=dict.fromkeys(KINDS, WHILE))
    begun = modified(
        name,
        AllocatedStorage=40,
        ApplyImmediately=True,
        BackupRetentionPeriod=1,
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]},
        EnableIAMDatabaseAuthentication=True,
        EngineVersion="16.9",
        ManageMasterUserPassword=True,
        MonitoringInterval=15,
        MonitoringRoleArn=watcher,
        VpcSecurityGroupIds=[net["security_group"]],
    )
    assert begun["MasterUserSecret"]["SecretStatus"] == "creating"
    assert passed_through(lambda: instance(name)) == [
        "modifying",
        "upgrading",
        "configuring-enhanced-monitoring",
        "configuring-iam-database-auth",
        "configuring-log-exports",
        "resetting-master-credentials",
        "storage-optimization",
        "backing-up",
        "available",
    ]
    done = instance(name)
    assert (done["AllocatedStorage"], done["EngineVersion"]) == (40, "16.9")
    assert done["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert done["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == net["security_group"]
    assert done["MasterUserSecret"]["SecretStatus"] == "active"


def test_backups_that_are_turned_on_begin_and_those_turned_off_go():
    name = database()["DBInstanceIdentifier"]
    look = {"DBInstanceIdentifier": name, "SnapshotType": "automated"}
    modified(name, BackupRetentionPeriod=2, ApplyImmediately=True)
    eventually(lambda: rds().describe_db_snapshots(**look)["DBSnapshots"])
    assert status(available(lambda: instance(name))) == "available"
    modified(name, BackupRetentionPeriod=5)
    assert available(lambda: instance(name))["BackupRetentionPeriod"] == 5
    modified(name, BackupRetentionPeriod=0, ApplyImmediately=True)
    assert available(lambda: instance(name))["BackupRetentionPeriod"] == 0
    assert rds().describe_db_snapshots(**look)["DBSnapshots"] == []


def test_the_secret_comes_and_goes_with_the_managed_password():
    name = database()["DBInstanceIdentifier"]
    password = {"MasterUserPassword": "battery-staple"}
    modified(name, ApplyImmediately=True, **password)
    refused(
        lambda: modified(name, ManageMasterUserPassword=True, **password), "InvalidParameterValue"
    )
    modified(name, ManageMasterUserPassword=True)
    secret = available(lambda: instance(name))["MasterUserSecret"]
    assert secret["SecretArn"].startswith(f"arn:aws:secretsmanager:{NEAR}:{SOURCE}:secret:rds!db-")
    assert secret["KmsKeyId"].startswith(f"arn:aws:kms:{NEAR}:{SOURCE}:key/")
    refused(lambda: modified(name, **password), "InvalidParameterValue")
    refused(lambda: modified(name, RotateMasterUserPassword=True), "InvalidParameterCombination")
    refused(lambda: modified(name, ManageMasterUserPassword=False), "InvalidParameterValue")
    modified(name, ManageMasterUserPassword=False, **password)
    assert "MasterUserSecret" not in available(lambda: instance(name))


def test_a_renamed_instance_is_found_by_its_new_name():
    old, new = database()["DBInstanceIdentifier"], unique("New-Name")
    taken_name = database()["DBInstanceIdentifier"]
    refused(
        lambda: modified(old, NewDBInstanceIdentifier=taken_name, ApplyImmediately=True),
        "DBInstanceAlreadyExists",
    )
    modified(old, NewDBInstanceIdentifier=new, ApplyImmediately=True)
    found = available(lambda: instance(new))
    assert found["DBInstanceIdentifier"] == new.lower()
    assert found["DBInstanceArn"].endswith(f":db:{new.lower()}")
    assert instance(old) is None
    modified(new, DBInstanceClass="db.m6g.xlarge", ApplyImmediately=True)
    assert available(lambda: instance(new))["DBInstanceClass"] == "db.m6g.xlarge"


def test_what_a_snapshot_took_is_not_changed_by_later_modifications():
    source = database(EnableCloudwatchLogsExports=["postgresql"])
    before = taken_of(source)
    modified(
        source["DBInstanceIdentifier"],
        AllocatedStorage=60,
        ApplyImmediately=True,
        DBInstanceClass="db.m6g.4xlarge",
        DBPortNumber=5544,
    )
    available(lambda: instance(source["DBInstanceIdentifier"]))
    made = restored(before["DBSnapshotIdentifier"])
    assert (made["AllocatedStorage"], made["DBInstanceClass"]) == (20, "db.m6g.large")
    assert made["Endpoint"]["Port"] == 5432


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"AllocatedStorage": 10}, "InvalidParameterValue"),
        ({"CACertificateIdentifier": "none"}, "CertificateNotFound"),
        (
            {"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["slowquery"]}},
            "InvalidParameterCombination",
        ),
        ({"DBInstanceClass": "db.none.large"}, "InvalidParameterValue"),
        ({"DBParameterGroupName": "none"}, "DBParameterGroupNotFound"),
        ({"DBPortNumber": 22}, "InvalidParameterValue"),
        ({"DBSubnetGroupName": "none"}, "DBSubnetGroupNotFoundFault"),
        ({"EngineVersion": "15.4"}, "InvalidParameterCombination"),
        ({"EngineVersion": "17.2"}, "InvalidParameterCombination"),
        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "with a space"}, "InvalidParameterValue"),
        ({"MaxAllocatedStorage": 19}, "InvalidParameterCombination"),
        ({"MaxAllocatedStorage": 21}, "InvalidParameterCombination"),
        ({"MonitoringInterval": 15}, "InvalidParameterCombination"),
        ({"MonitoringInterval": 7}, "InvalidParameterValue"),
        ({"OptionGroupName": "none"}, "OptionGroupNotFoundFault"),
        ({"PreferredMaintenanceWindow": "sunday"}, "InvalidParameterValue"),
        ({"VpcSecurityGroupIds": ["sg-none"]}, "InvalidParameterValue"),
        (
            {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 94},
            "InvalidParameterValue",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_change_that_cannot_be_is_refused(change, code):
    before = database()
    name = before["DBInstanceIdentifier"]
    refused(lambda: modified(name, ApplyImmediately=True, **change), code)
    after = instance(name)
    assert status(after) == "available"
    assert {**after, "LatestRestorableTime": None} == {**before, "LatestRestorableTime": None}


@pytest.mark.parametrize("to", [{"StorageType": "gp2"}, {"StorageType": "io1", "Iops": 2000}])
def test_throughput_is_left_behind_with_gp3(to):
    name = database(AllocatedStorage=100, StorageType="gp3")["DBInstanceIdentifier"]
    modified(name, ApplyImmediately=True, **to)
    done = available(lambda: instance(name))
    assert to.items() <= done.items()
    assert "StorageThroughput" not in done


def test_the_storage_of_sql_server_grows_once_it_is_there():
    made = database(Engine="sqlserver-se", DBInstanceClass="db.m5.large", AllocatedStorage=100)
    name = made["DBInstanceIdentifier"]
    modified(name, ApplyImmediately=True, AllocatedStorage=101, Iops=3000)
    assert available(lambda: instance(name))["AllocatedStorage"] == 101


@pytest.mark.parametrize(
    "storage",
    [
        {"AllocatedStorage": 100, "StorageType": "io2", "Iops": 2000},
        {"AllocatedStorage": 400, "StorageType": "gp3", "Iops": 12_000},
    ],
    ids=["io2", "gp3"],
)
def test_size_and_iops_are_told_together_where_there_are_iops(storage):
    name = database(**storage)["DBInstanceIdentifier"]
    for half in ({"AllocatedStorage": 600}, {"Iops": 13_000}):
        refused(
            lambda half=half: modified(name, ApplyImmediately=True, **half),
            "InvalidParameterCombination",
            "You must specify both the storage size and iops",
        )
    both = {"AllocatedStorage": 600, "Iops": 13_000}
    modified(name, ApplyImmediately=True, **both)
    assert both.items() <= available(lambda: instance(name)).items()


def test_storage_that_is_being_optimised_is_not_changed_again(settings):
    name = database()["DBInstanceIdentifier"]
    settings(durations={"db-instance-modification": WHILE})
    modified(name, ApplyImmediately=True, AllocatedStorage=40)
    elapse(WHILE)
    assert status(instance(name)) == "storage-optimization"
    refused(
        lambda: modified(name, AllocatedStorage=60),
        "InvalidParameterCombination",
        "because the previous storage change is being optimized",
    )
    modified(name, AllocatedStorage=40, DeletionProtection=True)
    assert instance(name)["DeletionProtection"] is True


def test_an_instance_is_moved_to_the_subnets_of_another_vpc_only():
    here, there = network(), network()
    made = database(DBSubnetGroupName=here["subnet_group"])
    name, beside = made["DBInstanceIdentifier"], unique("beside")
    rds().create_db_subnet_group(
        DBSubnetGroupName=beside, DBSubnetGroupDescription="same", SubnetIds=here["subnets"]
    )
    refused(
        lambda: modified(name, ApplyImmediately=True, DBSubnetGroupName=beside),
        "InvalidVPCNetworkStateFault",
        "The specified DB subnet group and DB instance are in the same VPC.",
    )
    modified(name, DBSubnetGroupName=here["subnet_group"])
    answer = modified(name, DBSubnetGroupName=there["subnet_group"])
    assert answer["PendingModifiedValues"]["DBSubnetGroupName"] == there["subnet_group"]


def test_an_instance_that_there_is_not_is_not_modified():
    refused(lambda: modified(unique("none"), DeletionProtection=True), "DBInstanceNotFound")
    there = database()["DBInstanceIdentifier"]
    refused(lambda: modified(there, caller=HOME, DeletionProtection=True), "DBInstanceNotFound")


def test_a_major_upgrade_must_be_allowed_and_brings_its_own_default_groups():
    name = database(EngineVersion="15.4")["DBInstanceIdentifier"]
    modified(name, EngineVersion="16.4", AllowMajorVersionUpgrade=True, ApplyImmediately=True)
    done = available(lambda: instance(name))
    assert done["EngineVersion"] == "16.4"
    assert done["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres16"
    assert done["OptionGroupMemberships"][0]["OptionGroupName"] == "default:postgres-16"


@pytest.mark.parametrize("service", ["rds.amazonaws.com", "ec2.amazonaws.com"])
def test_monitoring_needs_a_role_that_trusts_it(service):
    name = database()["DBInstanceIdentifier"]
    wrong = {"MonitoringInterval": 15, "MonitoringRoleArn": monitoring_role(service)}
    refused(lambda: modified(name, **wrong), "InvalidParameterValue", "ENHANCED_MONITORING")
    nobody = {"MonitoringInterval": 15, "MonitoringRoleArn": f"arn:aws:iam::{SOURCE}:role/nobody"}
    refused(lambda: modified(name, **nobody), "InvalidParameterValue", "ENHANCED_MONITORING")


def test_performance_insights_data_is_under_a_key_that_the_caller_may_use():
    name, own, others = database()["DBInstanceIdentifier"], key(SOURCE), key(HOME)
    on = {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 31}
    refused(
        lambda: modified(name, PerformanceInsightsKMSKeyId=others, **on),
        "KMSKeyNotAccessibleFault",
    )
    modified(name, PerformanceInsightsKMSKeyId=own, **on)
    done = available(lambda: instance(name))
    assert done["PerformanceInsightsKMSKeyId"] == own
    assert done["PerformanceInsightsRetentionPeriod"] == 31


def test_a_modification_is_allowed_on_the_instance_and_no_other():
    name = database()["DBInstanceIdentifier"]
    arn = f"arn:aws:rds:{NEAR}:{SOURCE}:db:{name}"
    clerk = caller(SOURCE, allow("rds:ModifyDBInstance", resource=arn))
    modified(name, caller=clerk, DeletionProtection=True)
    assert instance(name)["DeletionProtection"] is True
    other = database()["DBInstanceIdentifier"]
    refused(
        lambda: modified(other, caller=clerk, DeletionProtection=True),
        "AccessDenied",
        f"rds:ModifyDBInstance on resource: arn:aws:rds:{NEAR}:{SOURCE}:db:{other}",
    )
