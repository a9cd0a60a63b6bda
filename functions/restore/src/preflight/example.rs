//! Needs and key policies for tests.

use serde_json::{Value, json};

use super::{KeyPolicy, Need, PolicyOfKey};
use crate::request::examples::{SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, key_arn};

/// The restore role.
pub(super) const ROLE: &str = "arn:aws:iam::444455556666:role/restore-target";

/// The restore role's need of `action` on a key of the source account.
pub(super) fn need(action: &'static str) -> Need {
    Need {
        service: crate::Service::Ec2,
        session: serde_json::from_value(json!({
            "accountId": TARGET_ACCOUNT, "region": SOURCE_REGION, "roleArn": ROLE,
        }))
        .unwrap(),
        action,
        resource: key_arn(SOURCE_REGION, SOURCE_ACCOUNT, 0x10),
        made: false,
        own_grant: None,
        granted: false,
        needed_for: vec!["copy-snapshot".to_owned()],
    }
}

/// The policy of these statements.
pub(super) fn policy(statements: &Value) -> KeyPolicy {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    KeyPolicy::read(&text).unwrap()
}

/// The same, read.
pub(super) fn read(statements: &Value) -> PolicyOfKey {
    PolicyOfKey::Read(policy(statements))
}

/// A statement that allows `actions` to the restore role.
pub(super) fn allow(actions: &Value) -> Value {
    json!({
        "Sid": "Use", "Effect": "Allow", "Principal": { "AWS": ROLE }, "Action": actions,
        "Resource": "*",
    })
}

/// `statement` under a condition.
pub(super) fn when(mut statement: Value, condition: &Value) -> Value {
    statement["Condition"] = condition.clone();
    statement
}
