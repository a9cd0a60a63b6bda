"""DB instances and DB snapshots for the tests of RDS's rules."""

import pytest
from aws import (
    NEAR,
    SOURCE,
    TARGET,
    WHILE,
    client,
    elapse,
    eventually,
    key,
    key_policy,
    root,
    rules,
    unique,
)
from aws import statement as policy_statement
from botocore.exceptions import ClientError

KINDS = [
    "db-snapshot",
    "db-snapshot-copy",
    "db-instance",
    "db-instance-modification",
    "db-instance-deletion",
]
BEGINNING = "db-instance-modification-beginning"
ENDLESS = 3600


@pytest.fixture
def at_once(settings):
    """All work of RDS is done by the next call."""
    settings(durations=dict.fromkeys([*KINDS, BEGINNING], 0))


def rds(caller=SOURCE, region=NEAR):
    """A client of RDS."""
    return client("rds", caller, region)


def instance(identifier, caller=SOURCE, region=NEAR):
    """The DB instance as it is now, or None where there is none."""
    try:
        found = rds(caller, region).describe_db_instances(DBInstanceIdentifier=identifier)
    except ClientError as error:
        if error.response["Error"]["Code"] != "DBInstanceNotFound":
            raise
        return None
    return found["DBInstances"][0]


def snapshot(identifier, caller=SOURCE, region=NEAR, **settings):
    """The DB snapshot as it is now, or None where the caller finds none."""
    if identifier.startswith("arn:"):
        settings = {"IncludeShared": True} | settings
    try:
        found = rds(caller, region).describe_db_snapshots(
            DBSnapshotIdentifier=identifier, **settings
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "DBSnapshotNotFound":
            raise
        return None
    return found["DBSnapshots"][0]


def snapshots(caller=SOURCE, region=NEAR, **settings):
    """The ARNs of all DB snapshots that the caller is shown."""
    pages = rds(caller, region).get_paginator("describe_db_snapshots").paginate(**settings)
    return [one["DBSnapshotArn"] for page in pages for one in page["DBSnapshots"]]


def created(caller=SOURCE, region=NEAR, **settings):
    """The answer to a call that creates a DB instance; without backups unless asked for."""
    settings = {
        "DBInstanceIdentifier": unique("db"),
        "DBInstanceClass": "db.m6g.large",
        "Engine": "postgres",
        "AllocatedStorage": 20,
        "MasterUsername": "owner",
        "MasterUserPassword": "correct-horse",
        "BackupRetentionPeriod": 0,
    } | settings
    if settings.get("ManageMasterUserPassword"):
        del settings["MasterUserPassword"]
    return rds(caller, region).create_db_instance(**settings)["DBInstance"]


def database(caller=SOURCE, region=NEAR, **settings):
    """An available DB instance."""
    made = created(caller, region, **settings)["DBInstanceIdentifier"]
    return available(lambda: instance(made, caller, region))


def taken_of(source, caller=SOURCE, region=NEAR, **settings):
    """An available manual DB snapshot of the DB instance `source`."""
    made = rds(caller, region).create_db_snapshot(
        **{
            "DBSnapshotIdentifier": unique("taken"),
            "DBInstanceIdentifier": source["DBInstanceIdentifier"],
        }
        | settings
    )["DBSnapshot"]
    return available(lambda: snapshot(made["DBSnapshotIdentifier"], caller, region))


def taken(caller=SOURCE, region=NEAR, **settings):
    """An available manual DB snapshot of a DB instance with `settings`."""
    return taken_of(database(caller, region, **settings), caller, region)


def under(key_arn):
    """The settings of a DB instance under a key."""
    return {"StorageEncrypted": True, "KmsKeyId": key_arn}


def open_key(region=NEAR, owner=SOURCE, to=TARGET):
    """A key of `owner` that the account `to` may use too."""
    return key(
        owner,
        region,
        key_policy(owner, policy_statement("Allow", "kms:*", Principal={"AWS": root(to)})),
    )


def share(shared, *accounts, caller=SOURCE, region=NEAR):
    """Shares a DB snapshot, and returns the accounts it is shared with then."""
    answer = rds(caller, region).modify_db_snapshot_attribute(
        DBSnapshotIdentifier=shared["DBSnapshotIdentifier"],
        AttributeName="restore",
        ValuesToAdd=list(accounts),
    )
    return accounts_of(answer)


def accounts_of(answer):
    """The accounts that a DB snapshot is shared with, of an answer about its attributes."""
    (attribute,) = answer["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
    return attribute["AttributeValues"]


def copying(source, caller=SOURCE, region=NEAR, **settings):
    """The answer to a call that copies a DB snapshot."""
    settings = {"TargetDBSnapshotIdentifier": unique("copy")} | settings
    return rds(caller, region).copy_db_snapshot(SourceDBSnapshotIdentifier=source, **settings)[
        "DBSnapshot"
    ]


def copied(source, caller=SOURCE, region=NEAR, **settings):
    """An available copy of a DB snapshot."""
    made = copying(source, caller, region, **settings)["DBSnapshotIdentifier"]
    return available(lambda: snapshot(made, caller, region))


def restoring(source, caller=SOURCE, region=NEAR, **settings):
    """The answer to a call that restores a DB snapshot."""
    settings = {"DBInstanceIdentifier": unique("restored")} | settings
    return rds(caller, region).restore_db_instance_from_db_snapshot(
        DBSnapshotIdentifier=source, **settings
    )["DBInstance"]


def restored(source, caller=SOURCE, region=NEAR, **settings):
    """An available DB instance restored from a DB snapshot."""
    made = restoring(source, caller, region, **settings)["DBInstanceIdentifier"]
    return available(lambda: instance(made, caller, region))


def modified(identifier, caller=SOURCE, **settings):
    """The answer to a call that modifies a DB instance."""
    return rds(caller).modify_db_instance(DBInstanceIdentifier=identifier, **settings)["DBInstance"]


def status(of):
    """The status of a DB instance or a DB snapshot."""
    return of["DBInstanceStatus"] if "DBInstanceStatus" in of else of["Status"]


def available(look):
    """What `look` sees once it is available."""
    return eventually(lambda: (seen := look()) and status(seen) == "available" and seen)


def passed_through(look, end="available"):
    """The different states that `look` sees, in order, until one is `end`.

    A fifth of `WHILE` goes by from one look to the next.
    """
    seen = []

    def ended():
        now = status(look())
        if now not in seen[-1:]:
            seen.append(now)
        elapse(WHILE / 5)
        return now == end

    eventually(ended, every=0)
    return seen


def fails(kind, state, **match):
    """Makes the next work of `kind` that matches end in `state`."""
    rules("POST", "failures", {"kind": kind, "state": state, "message": "", "match": match})


def tags_of(arn, caller=SOURCE, region=NEAR):
    """The tags of an RDS resource."""
    found = rds(caller, region).list_tags_for_resource(ResourceName=arn)["TagList"]
    return {tag["Key"]: tag["Value"] for tag in found}


def tag_list(**tags):
    """Tags in the shape of the API."""
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def network(caller=SOURCE, region=NEAR, zones=2):
    """A new VPC with a security group, and a DB subnet group over some Availability Zones."""
    ec2 = client("ec2", caller, region)
    vpc = ec2.create_vpc(CidrBlock="10.66.0.0/16")["Vpc"]["VpcId"]
    names = [one["ZoneName"] for one in ec2.describe_availability_zones()["AvailabilityZones"]]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.66.{n}.0/24", AvailabilityZone=names[n])[
            "Subnet"
        ]["SubnetId"]
        for n in range(zones)
    ]
    group = unique("subnets")
    rds(caller, region).create_db_subnet_group(
        DBSubnetGroupName=group, DBSubnetGroupDescription="two zones", SubnetIds=subnets
    )
    security_group = ec2.create_security_group(
        GroupName=unique("db"), Description="database", VpcId=vpc
    )["GroupId"]
    return {
        "vpc": vpc,
        "subnets": subnets,
        "zones": names[:zones],
        "subnet_group": group,
        "security_group": security_group,
    }


def option_group(engine, major, *options, caller=SOURCE, region=NEAR):
    """A new option group with these options."""
    name = unique("options")
    rds(caller, region).create_option_group(
        OptionGroupName=name,
        EngineName=engine,
        MajorEngineVersion=major,
        OptionGroupDescription="for a test",
    )
    if options:
        rds(caller, region).modify_option_group(
            OptionGroupName=name,
            OptionsToInclude=[{"OptionName": option} for option in options],
            ApplyImmediately=True,
        )
    return name


def oracle(*options, **settings):
    """The settings of an Oracle DB instance with these options in its option group."""
    return {
        "Engine": "oracle-ee",
        "DBInstanceClass": "db.m5.large",
        "OptionGroupName": option_group("oracle-ee", "19", *options),
    } | settings
