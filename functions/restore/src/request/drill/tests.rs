use serde_json::{Value, json};

use super::*;
use crate::Flow;
use crate::request::examples::{changed, of_flow};

const EC2: Flow = Flow::Ec2CrossAccountCrossRegion;
const RDS: Flow = Flow::RdsCrossRegion;

fn network() -> Value {
    json!({
        "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"],
        "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0e0e0e0e"],
    })
}

fn drill(flow: Flow, change: &Value) -> Value {
    let drill = json!({ "mode": "drill", "drill": { "network": network() } });
    changed(changed(of_flow(flow), &drill), change)
}

#[track_caller]
fn read(request: &Value) -> Request {
    Request::read(request).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[track_caller]
fn refused(request: &Value) -> Vec<String> {
    Request::read(request).unwrap_err().iter().map(|fault| fault.path.clone()).collect()
}

#[test]
fn a_drill_goes_into_its_own_network_under_names_of_its_own() {
    let ec2 = read(&drill(
        EC2,
        &json!({ "target": { "ec2": {
        "start": false,
        "alternatives": [
            { "subnetId": "subnet-0f0f0f0f" },
            { "instanceType": "m6g.large", "subnetId": "subnet-0f0f0f0f" },
        ],
    } } }),
    ))
    .practised();
    let rds = read(&drill(
        RDS,
        &json!({ "target": { "rds": {
        "availabilityZone": "eu-central-1a", "publiclyAccessible": true, "deletionProtection": true,
        "backupRetentionPeriod": 14, "enableCloudwatchLogsExports": ["postgresql"],
        "alternatives": [
            { "availabilityZone": "eu-central-1b" },
            { "dbInstanceClass": "db.r6g.large", "availabilityZone": "eu-central-1b" },
        ],
    } } }),
    ))
    .practised();

    let ec2 = serde_json::to_value(ec2.target.ec2).unwrap();
    assert_eq!(ec2["subnetId"], "subnet-0d0d0d0d");
    assert_eq!(ec2["securityGroupIds"], json!(["sg-0d0d0d0d"]));
    assert_eq!(ec2["alternatives"], json!([{ "instanceType": "m6g.large" }]));
    assert_eq!(ec2["start"], true);
    let rds = serde_json::to_value(rds.target.rds).unwrap();
    assert_eq!(rds["dbInstanceIdentifier"], "drill-orders");
    assert_eq!(rds["dbSubnetGroupName"], "drills");
    assert_eq!(rds["vpcSecurityGroupIds"], json!(["sg-0e0e0e0e"]));
    assert_eq!(rds["publiclyAccessible"], false);
    assert_eq!(rds["backupRetentionPeriod"], 0);
    assert_eq!(rds["enableCloudwatchLogsExports"], Value::Null);
    assert_eq!(rds["alternatives"], json!([{ "dbInstanceClass": "db.r6g.large" }]));
    assert_eq!(
        (&rds["availabilityZone"], &rds["deletionProtection"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn the_map_of_a_drill_leads_to_no_network_but_its_own() {
    let map = json!({
        "subnets": { "subnet-0a0a0a0a": "subnet-0b0b0b0b" },
        "securityGroups": { "sg-0a0a0a0a": "sg-0b0b0b0b" },
        "dbSubnetGroups": { "data": "data-dr" },
        "keyNames": { "ops": "ops-dr" },
        "dbParameterGroups": { "pg16": "pg16-dr" },
        "optionGroups": { "mssql": "mssql-dr" },
    });
    for flow in [EC2, RDS] {
        let asked = drill(flow, &json!({ "target": { "networkMap": map } }));
        let practised = read(&asked).practised().target.network_map;

        assert_eq!(
            serde_json::to_value(practised).unwrap(),
            json!({
                "keyNames": { "ops": "ops-dr" },
                "dbParameterGroups": { "pg16": "pg16-dr" },
                "optionGroups": { "mssql": "mssql-dr" },
            })
        );
    }
}

#[test]
fn what_is_no_drill_is_restored_as_it_is_asked_for() {
    for flow in Flow::ALL {
        let request = read(&of_flow(flow));
        assert_eq!(request.practised(), request, "{flow}");
    }
}

#[test]
fn no_restore_has_the_id_of_a_drill_and_no_drill_that_of_a_restore() {
    let id = |request: Value, execution: &str| read(&request).id(execution).to_string();
    let named = |id: &str| json!({ "restoreId": id });

    assert_eq!(id(changed(of_flow(EC2), &named("orders")), "e"), "orders");
    assert_eq!(id(drill(EC2, &named("orders")), "e"), "drill-orders");
    assert_eq!(id(drill(EC2, &named("drill-orders")), "e"), "drill-orders");
    assert_eq!(id(drill(EC2, &json!({})), "monthly"), "drill-monthly");
    let lent = id(of_flow(EC2), "drill-orders");
    assert!(lent.starts_with("r-"), "{lent}");
    assert_eq!(refused(&changed(of_flow(EC2), &named("drill-orders"))), ["restoreId"]);
}

#[test]
fn a_drill_without_a_network_of_its_own_is_refused() {
    let without = |fields: &Value| json!({ "drill": { "network": fields } });
    let no_ec2 = without(&json!({ "subnetId": null, "securityGroupIds": [] }));
    let no_rds = without(&json!({ "dbSubnetGroupName": null, "vpcSecurityGroupIds": null }));

    assert_eq!(
        refused(&drill(EC2, &no_ec2)),
        ["drill.network.subnetId", "drill.network.securityGroupIds"]
    );
    assert_eq!(
        refused(&drill(RDS, &no_rds)),
        ["drill.network.dbSubnetGroupName", "drill.network.vpcSecurityGroupIds"]
    );
    read(&drill(RDS, &no_ec2));
    read(&drill(EC2, &no_rds));
    assert_eq!(refused(&drill(EC2, &json!({ "drill": null }))), ["drill"]);
    assert_eq!(refused(&drill(EC2, &json!({ "mode": null }))), ["drill"]);
}

#[test]
fn what_a_drill_cannot_be_is_refused_by_its_field() {
    let command = |change: &Value| {
        let role = "arn:aws:iam::444455556666:role/restore-command";
        let command = json!({ "roleArn": role, "documentName": "AWS-RunShellScript" });
        json!({ "drill": { "command": changed(command, change) } })
    };
    read(&drill(EC2, &command(&json!({ "parameters": { "commands": ["true"] } }))));
    for (change, path) in [
        (json!({ "options": { "onFailure": "keep" } }), "options.onFailure"),
        (json!({ "options": { "keepCopies": true } }), "options.keepCopies"),
        (json!({ "drill": { "rtoMinutes": 0 } }), "drill.rtoMinutes"),
        (json!({ "drill": { "rpoMinutes": 0 } }), "drill.rpoMinutes"),
        (json!({ "drill": { "validationFunctionArn": "check" } }), "drill.validationFunctionArn"),
        (json!({ "drill": { "network": { "vpcId": "vpc-1" } } }), "drill.network.vpcId"),
        (command(&json!({ "documentName": "?" })), "drill.command.documentName"),
        (command(&json!({ "timeoutMinutes": 121 })), "drill.command.timeoutMinutes"),
        (
            command(&json!({ "roleArn": "arn:aws:iam::111122223333:role/restore-command" })),
            "drill.command.roleArn",
        ),
    ] {
        assert_eq!(refused(&drill(EC2, &change)), [path], "{change}");
    }
    let of_source =
        command(&json!({ "roleArn": "arn:aws:iam::111122223333:role/restore-command" }));
    assert_eq!(refused(&drill(RDS, &of_source)), ["drill.command"]);
}
