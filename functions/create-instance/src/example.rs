//! One restore, as the tests have it.

use restore::plan::{DbLaunch, Launch};
use restore::{RestoreId, Session};
use serde_json::{Value, json};

pub(crate) const GROUP_NAME: &str = "restore-orders-sealed";
pub(crate) const KEY: &str =
    "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
pub(crate) const SNAPSHOT: &str =
    "arn:aws:rds:eu-central-1:444455556666:snapshot:orders-copy-snapshot";

pub(crate) fn restore_id() -> RestoreId {
    RestoreId::try_from("orders").unwrap()
}

pub(crate) fn session() -> Session {
    serde_json::from_value(json_session()).unwrap()
}

pub(crate) fn json_session() -> Value {
    json!({
        "accountId": "444455556666",
        "region": "eu-central-1",
        "roleArn": "arn:aws:iam::444455556666:role/restore-target",
    })
}

pub(crate) fn launch() -> Launch {
    serde_json::from_value(json_launch()).unwrap()
}

pub(crate) fn json_launch() -> Value {
    json!({
        "imageId": "ami-0123456789abcdef0",
        "rootDeviceName": "/dev/xvda",
        "suppressedDeviceNames": ["/dev/sdb"],
        "instanceType": "m7g.large",
        "subnetId": "subnet-0123456789abcdef0",
        "vpcId": "vpc-1",
        "availabilityZone": "eu-central-1a",
        "securityGroupIds": ["sg-0123456789abcdef0"],
        "keyName": "ops",
        "iamInstanceProfile": "orders",
        "userData": "#!/bin/sh",
        "tags": { "Name": "orders" },
        "start": true,
        "kmsKeyId": KEY,
        "volumes": [],
    })
}

/// A DB instance with `settings` beside its identifier.
pub(crate) fn db_launch(settings: &Value) -> DbLaunch {
    let mut all = json!({ "dbInstanceIdentifier": "Orders" });
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "identifier": "orders",
        "settings": all,
        "modify": true,
        "kmsKeyId": KEY,
    }))
    .unwrap()
}
