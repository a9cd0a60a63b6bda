//! Requests that nothing is wrong with, for tests to change.

use serde_json::{Value, json};

use super::Request;
use crate::Flow;

/// The account that owns the snapshots.
pub(crate) const SOURCE_ACCOUNT: &str = "111122223333";
/// The account that receives the instance, where it is another.
pub(crate) const TARGET_ACCOUNT: &str = "444455556666";
/// The Region of the snapshots.
pub(crate) const SOURCE_REGION: &str = "eu-west-1";
/// The Region of the instance, where it is another.
pub(crate) const TARGET_REGION: &str = "eu-central-1";

/// The ARN of the key with this number.
pub(crate) fn key_arn(region: &str, account: &str, number: u8) -> String {
    format!("arn:aws:kms:{region}:{account}:key/00000000-0000-4000-8000-0000000000{number:02x}")
}

/// A request for `flow`: of two volumes, or of a DB snapshot.
pub(crate) fn of_flow(flow: Flow) -> Value {
    let account = if flow.crosses_accounts() { TARGET_ACCOUNT } else { SOURCE_ACCOUNT };
    let region = if flow.name().ends_with("cross-region") { TARGET_REGION } else { SOURCE_REGION };
    let request = json!({
        "source": { "accountId": SOURCE_ACCOUNT, "region": SOURCE_REGION },
        "target": {
            "accountId": account,
            "region": region,
            "roleArn": format!("arn:aws:iam::{account}:role/restore-target"),
            "kmsKeyId": key_arn(region, account, 1),
        },
    });
    let request = if flow.crosses_accounts() {
        let role = format!("arn:aws:iam::{SOURCE_ACCOUNT}:role/restore-source");
        changed(request, &json!({ "source": { "roleArn": role } }))
    } else {
        request
    };
    let service = if flow.name().starts_with("ec2") { ec2() } else { rds() };
    changed(request, &service)
}

fn ec2() -> Value {
    json!({
        "source": { "ec2": { "volumes": [
            { "snapshotId": "snap-0a0a0a0a", "deviceName": "/dev/xvda", "root": true },
            { "snapshotId": "snap-0b0b0b0b", "deviceName": "/dev/sdf" },
        ] } },
        "target": { "ec2": {
            "imageId": "ami-0a0a0a0a", "instanceType": "m7g.large", "subnetId": "subnet-0a0a0a0a",
        } },
    })
}

fn rds() -> Value {
    json!({
        "source": { "rds": { "dbSnapshotIdentifier": "orders-nightly" } },
        "target": { "rds": { "dbInstanceIdentifier": "Orders" } },
    })
}

/// `request` with `change` merged into it; a `null` takes a field away (RFC 7396).
pub(crate) fn changed(mut request: Value, change: &Value) -> Value {
    merge(&mut request, change);
    request
}

fn merge(into: &mut Value, change: &Value) {
    let Value::Object(fields) = change else {
        *into = change.clone();
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (name, value) in fields {
        if value.is_null() {
            into.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut into[name.as_str()], value);
        }
    }
}

#[test]
fn nothing_is_wrong_with_the_example_of_any_flow() {
    for flow in Flow::ALL {
        let request = Request::read(&of_flow(flow)).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(request.flow(), flow);
    }
}
