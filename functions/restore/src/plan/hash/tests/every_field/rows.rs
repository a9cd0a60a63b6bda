//! The table: field by field, in the order of the schema.

use serde_json::{Value, json};

use super::Changes::{Both, Instance, Nothing, Path};
use super::{Base, Changes, Row};
use crate::Flow;
use crate::plan::examples::{Case, default_key};
use crate::request::examples::{SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, key_arn};

pub(super) fn rows() -> Vec<Row> {
    let tables =
        [general(), source(), volumes(), target(), map(), ec2(), rds(), options(), drill()];
    tables.into_iter().flatten().collect()
}

fn row(field: &str, base: Base, change: Value, changes: Changes) -> Row {
    Row { field: field.to_owned(), base, change, changes }
}

/// `{"a": {"b": value}}` of the path `a.b`.
fn at(path: &str, value: Value) -> Value {
    path.rsplit('.').fold(value, |inner, name| json!({ name: inner }))
}

/// Rows of fields under `path`, each by its name and another value.
fn under<const N: usize>(path: &str, base: Base, fields: [(&str, Value); N]) -> Vec<Row> {
    let row = |(field, value): (&str, Value)| {
        let name = field.trim_end_matches("[]");
        row(&format!("{path}.{field}"), base, at(&format!("{path}.{name}"), value), Instance)
    };
    fields.into_iter().map(row).collect()
}

// What is asked for.

fn ec2_base(change: &Value) -> Case {
    Case::of(Flow::Ec2CrossAccountCrossRegion).asking_anew(change)
}

fn two_volumes() -> Value {
    json!([
        { "snapshotId": "snap-0a0a0a0a", "deviceName": "/dev/xvda", "root": true },
        { "snapshotId": "snap-0b0b0b0b", "deviceName": "/dev/sdf" },
    ])
}

/// The second is of a type with figures of its own.
fn two_fast_volumes() -> Value {
    let mut volumes = two_volumes();
    volumes[1]["volumeType"] = json!("gp3");
    volumes
}

fn of_fast_volume(change: &Value) -> Case {
    ec2_base(&at("source.ec2.volumes", two_fast_volumes())).asking_anew(change)
}

fn of_instance(change: &Value) -> Case {
    let instance = json!({ "source": { "ec2": {
        "volumes": null, "instanceId": "i-0a0a0a0a", "at": "2026-11-23T03:15:00Z",
    } } });
    Case::of(Flow::Ec2CrossRegion).asking_anew(&instance).asking_anew(change)
}

fn rds_plain(change: &Value) -> Case {
    Case::of(Flow::RdsCrossAccountCrossRegion).asking_anew(change)
}

fn rds_base(change: &Value) -> Case {
    let storage = json!({ "target": { "rds": {
        "storageType": "gp3", "iops": 12000, "storageThroughput": 500, "allocatedStorage": 400,
        "monitoringInterval": 60, "monitoringRoleArn": "arn:aws:iam::444455556666:role/monitoring",
    } } });
    rds_plain(&storage).asking_anew(change)
}

fn of_db_instance(change: &Value) -> Case {
    let instance = json!({ "source": { "rds": {
        "dbSnapshotIdentifier": null, "dbInstanceIdentifier": "orders", "at": "latest",
    } } });
    Case::of(Flow::RdsSameLocation).asking_anew(&instance).asking_anew(change)
}

fn of_recorded(change: &Value) -> Case {
    let recorded = json!({ "source": { "recorded": {
        "accountId": SOURCE_ACCOUNT, "region": "us-east-1",
    } } });
    of_db_instance(&recorded).asking_anew(change)
}

/// A volume is under the default key, and copied under another one before it is shared.
fn staged(change: &Value) -> Case {
    let key = json!({ "source": { "stagingKmsKeyId": key_arn(SOURCE_REGION, SOURCE_ACCOUNT, 2) } });
    let case = ec2_base(&key).asking_anew(change);
    case.finding(|facts| facts.snapshots[1].key = Some(default_key()))
}

/// With grants, which are named after the restore.
fn granted(change: &Value) -> Case {
    ec2_base(&at("source.grantKeyAccess", json!(true))).asking_anew(change)
}

fn ec2_drill(change: &Value) -> Case {
    let drill = json!({ "mode": "drill", "drill": {
        "network": { "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"] },
        "command": { "roleArn": command_role("restore-command"), "documentName": "Check" },
    } });
    ec2_base(&drill).asking_anew(change)
}

fn rds_drill(change: &Value) -> Case {
    let drill = json!({ "mode": "drill", "drill": { "network": {
        "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0d0d0d0d"],
    } } });
    rds_base(&drill).asking_anew(change)
}

fn command_role(name: &str) -> String {
    format!("arn:aws:iam::{TARGET_ACCOUNT}:role/{name}")
}

// The table.

fn general() -> Vec<Row> {
    let started_by = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";
    let drill = json!({ "mode": "drill", "drill": { "network": {
        "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"],
    } } });
    vec![
        row("restoreId", granted, at("restoreId", json!("another")), Nothing("what it is called")),
        row("mode", ec2_base, drill, Instance),
        row(started_by, ec2_base, at(started_by, json!("arn:another")), Nothing("who asks")),
    ]
}

fn source() -> Vec<Row> {
    const FOUND: Changes = Nothing("the snapshots and settings that it leads to are in the hash");
    let role = |account: &str, name: &str| format!("arn:aws:iam::{account}:role/{name}");
    let account = "999988887777";
    let account =
        json!({ "source": { "accountId": account, "roleArn": role(account, "restore-source") } });
    let of_source = |field: &str, value: Value| at(&format!("source.{field}"), value);
    let staging = key_arn(SOURCE_REGION, SOURCE_ACCOUNT, 3);
    let recorded = |field: &str, value: Value| {
        let field = format!("source.recorded.{field}");
        row(&field, of_recorded, at(field.trim_end_matches("[]"), value), FOUND)
    };
    vec![
        row("source.accountId", ec2_base, account, Path),
        row("source.region", ec2_base, of_source("region", json!("eu-north-1")), Path),
        row(
            "source.roleArn",
            ec2_base,
            of_source("roleArn", json!(role(SOURCE_ACCOUNT, "another"))),
            Path,
        ),
        row("source.externalId", ec2_base, of_source("externalId", json!("another")), Path),
        row("source.stagingKmsKeyId", staged, of_source("stagingKmsKeyId", json!(staging)), Path),
        row("source.grantKeyAccess", ec2_base, of_source("grantKeyAccess", json!(true)), Path),
        recorded("accountId", json!("999988887777")),
        recorded("region", json!("us-west-2")),
        recorded("leaveOut[]", json!(["optionGroupName"])),
        row(
            "source.ec2.instanceId",
            of_instance,
            of_source("ec2.instanceId", json!("i-0b0b0b0b")),
            FOUND,
        ),
        row("source.ec2.at", of_instance, of_source("ec2.at", json!("latest")), FOUND),
        row(
            "source.rds.dbSnapshotIdentifier",
            rds_base,
            of_source("rds.dbSnapshotIdentifier", json!("orders-weekly")),
            Path,
        ),
        row(
            "source.rds.dbInstanceIdentifier",
            of_db_instance,
            of_source("rds.dbInstanceIdentifier", json!("another")),
            FOUND,
        ),
        row(
            "source.rds.at",
            of_db_instance,
            of_source("rds.at", json!("2026-11-23T03:15:00Z")),
            FOUND,
        ),
    ]
}

fn volumes() -> Vec<Row> {
    let changed = |base: Base, all: &Value, field: &str, value: Value, changes: Changes| {
        let mut all = all.clone();
        if field == "root" {
            all[0]["root"] = json!(false);
        }
        all[1][field] = value;
        let path = format!("source.ec2.volumes[].{field}");
        row(&path, base, at("source.ec2.volumes", all), changes)
    };
    let plain = |field: &str, value: Value, changes: Changes| {
        changed(ec2_base, &two_volumes(), field, value, changes)
    };
    let fast = |field, value| changed(of_fast_volume, &two_fast_volumes(), field, value, Instance);
    vec![
        plain("snapshotId", json!("snap-0c0c0c0c"), Both),
        plain("deviceName", json!("/dev/sdg"), Instance),
        plain("root", json!(true), Instance),
        plain("volumeType", json!("gp3"), Instance),
        fast("iops", json!(4000)),
        fast("throughput", json!(250)),
        plain("size", json!(200), Instance),
        plain("deleteOnTermination", json!(true), Instance),
    ]
}

fn target() -> Vec<Row> {
    let of_target = |field: &str, value: Value| at(&format!("target.{field}"), value);
    let key = |region: &str, account: &str, number| json!(key_arn(region, account, number));
    let (account, region) = ("999988887777", "eu-north-1");
    let in_account = json!({ "target": {
        "accountId": account,
        "roleArn": format!("arn:aws:iam::{account}:role/restore-target"),
        "kmsKeyId": key("eu-central-1", account, 1),
    } });
    let in_region =
        json!({ "target": { "region": region, "kmsKeyId": key(region, TARGET_ACCOUNT, 1) } });
    let kms_key = key("eu-central-1", TARGET_ACCOUNT, 9);
    let between = key(SOURCE_REGION, TARGET_ACCOUNT, 9);
    vec![
        row("target.accountId", ec2_base, in_account, Both),
        row("target.region", ec2_base, in_region, Both),
        row("target.roleArn", ec2_base, of_target("roleArn", json!(command_role("another"))), Both),
        row("target.externalId", ec2_base, of_target("externalId", json!("another")), Both),
        row("target.kmsKeyId", ec2_base, of_target("kmsKeyId", kms_key), Both),
        row(
            "target.intermediateKmsKeyId",
            rds_base,
            of_target("intermediateKmsKeyId", between),
            Path,
        ),
    ]
}

fn map() -> Vec<Row> {
    let entries = [
        ("subnets", json!({ "subnet-0a0a0a0a": "subnet-0b0b0b0b" })),
        ("securityGroups", json!({ "sg-0a0a0a0a": "sg-0b0b0b0b" })),
        ("keyNames", json!({ "ops": "ops-dr" })),
        ("dbSubnetGroups", json!({ "data": "data-dr" })),
        ("dbParameterGroups", json!({ "orders": "orders-dr" })),
        ("optionGroups", json!({ "orders": "orders-dr" })),
    ];
    let row = |(kind, entries)| {
        let field = format!("target.networkMap.{kind}");
        let change = at(&field, entries);
        row(&field, of_instance, change, Nothing("what comes of it is a setting of the instance"))
    };
    entries.into_iter().map(row).collect()
}

fn ec2() -> Vec<Row> {
    let mut rows = under(
        "target.ec2",
        ec2_base,
        [
            ("imageId", json!("ami-0b0b0b0b")),
            ("instanceType", json!("m7g.xlarge")),
            ("subnetId", json!("subnet-0b0b0b0b")),
            ("securityGroupIds[]", json!(["sg-0b0b0b0b"])),
            ("keyName", json!("ops")),
            ("iamInstanceProfile", json!("orders")),
            ("userData", json!("#!/bin/sh")),
            ("tags", json!({ "team": "orders" })),
            ("start", json!(false)),
        ],
    );
    for (field, value) in [("instanceType", "m6g.large"), ("subnetId", "subnet-0b0b0b0b")] {
        let change = at("target.ec2.alternatives", json!([{ field: value }]));
        rows.push(row(&format!("target.ec2.alternatives[].{field}"), ec2_base, change, Instance));
    }
    rows
}

fn rds() -> Vec<Row> {
    let mut rows = under(
        "target.rds",
        rds_base,
        [
            ("dbInstanceIdentifier", json!("another")),
            ("dbInstanceClass", json!("db.m7g.large")),
            ("dbSubnetGroupName", json!("orders")),
            ("vpcSecurityGroupIds[]", json!(["sg-0b0b0b0b"])),
            ("dbParameterGroupName", json!("orders")),
            ("optionGroupName", json!("orders")),
            ("multiAz", json!(true)),
            ("availabilityZone", json!("eu-central-1b")),
            ("iops", json!(13000)),
            ("storageThroughput", json!(600)),
            ("allocatedStorage", json!(500)),
            ("port", json!(5433)),
            ("publiclyAccessible", json!(false)),
            ("enableIamDatabaseAuthentication", json!(true)),
            ("deletionProtection", json!(true)),
            ("caCertificateIdentifier", json!("rds-ca-rsa2048-g1")),
            ("engineLifecycleSupport", json!("open-source-rds-extended-support-disabled")),
            ("backupRetentionPeriod", json!(14)),
            ("copyTagsToSnapshot", json!(true)),
            ("licenseModel", json!("postgresql-license")),
            ("networkType", json!("DUAL")),
            ("enableCloudwatchLogsExports[]", json!(["postgresql"])),
            ("tags", json!({ "team": "orders" })),
            ("maxAllocatedStorage", json!(1000)),
            ("monitoringInterval", json!(30)),
            ("monitoringRoleArn", json!(command_role("another"))),
            ("enablePerformanceInsights", json!(true)),
            ("preferredMaintenanceWindow", json!("sun:03:00-sun:04:00")),
            ("manageMasterUserPassword", json!(true)),
        ],
    );
    rows.extend(under("target.rds", rds_plain, [("storageType", json!("gp3"))]));
    for (field, value) in
        [("dbInstanceClass", "db.m6g.large"), ("availabilityZone", "eu-central-1b")]
    {
        let change = at("target.rds.alternatives", json!([{ field: value }]));
        rows.push(row(&format!("target.rds.alternatives[].{field}"), rds_base, change, Instance));
    }
    rows
}

fn options() -> Vec<Row> {
    const LATER: Changes = Nothing("when it gives up, not what it does until then");
    let own = json!(ec2_base(&json!({})).plan().hash);
    let option = |field: &str, value: Value, changes: Changes| {
        let field = format!("options.{field}");
        row(&field, ec2_base, at(&field, value), changes)
    };
    vec![
        option("dryRun", json!(true), Nothing("what is shown is what would be done")),
        option("keepCopies", json!(true), Instance),
        option("onFailure", json!("keep"), Instance),
        option("timeoutHours", json!(3.0), LATER),
        option("planHash", own, Nothing("it is held against the hash")),
    ]
}

fn drill() -> Vec<Row> {
    let function = "arn:aws:lambda:eu-central-1:123456789012:function:check";
    let mut rows = under(
        "drill",
        ec2_drill,
        [
            ("network.subnetId", json!("subnet-0e0e0e0e")),
            ("network.securityGroupIds[]", json!(["sg-0e0e0e0e"])),
            ("validationFunctionArn", json!(function)),
            ("command.roleArn", json!(command_role("another"))),
            ("command.documentName", json!("Another")),
            ("command.parameters", json!({ "commands": ["true"] })),
            ("command.pluginName", json!("check")),
            ("command.timeoutMinutes", json!(20)),
            ("rtoMinutes", json!(60)),
            ("rpoMinutes", json!(1440)),
        ],
    );
    rows.extend(under(
        "drill.network",
        rds_drill,
        [("dbSubnetGroupName", json!("others")), ("vpcSecurityGroupIds[]", json!(["sg-0e0e0e0e"]))],
    ));
    rows
}
