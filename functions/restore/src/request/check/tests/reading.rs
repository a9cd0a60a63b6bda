//! JSON that is not a request's.

use serde_json::json;

use super::{accepts, refuses};
use crate::Flow;
use crate::request::Request;

#[test]
fn a_field_that_no_request_has_is_named_where_it_stands() {
    for (change, path, words) in [
        (json!({ "sources": {} }), "sources", "unknown field `sources`"),
        (json!({ "source": { "acount": 1 } }), "source.acount", "unknown field `acount`"),
        (json!({ "target": { "ec2": { "amiId": "" } } }), "target.ec2.amiId", "expected one of"),
        (json!({ "options": { "dryrun": true } }), "options.dryrun", "unknown field `dryrun`"),
    ] {
        refuses(Flow::Ec2CrossAccount, &change, &[(path, words)]);
    }
}

#[test]
fn a_value_of_another_type_is_named_where_it_stands() {
    for (change, path, words) in [
        (json!({ "source": 1 }), "source", "invalid type"),
        (json!({ "target": { "ec2": { "start": "yes" } } }), "target.ec2.start", "invalid type"),
        (json!({ "options": { "timeoutHours": "48" } }), "options.timeoutHours", "invalid type"),
        (json!({ "source": { "ec2": { "volumes": {} } } }), "source.ec2.volumes", "invalid type"),
        (json!({ "options": { "onFailure": "explode" } }), "options.onFailure", "unknown variant"),
    ] {
        refuses(Flow::Ec2CrossAccount, &change, &[(path, words)]);
    }
}

#[test]
fn a_value_of_another_form_is_refused_with_what_was_expected() {
    let volume = json!({ "snapshotId": "snap-0a0a0a0a", "deviceName": "/dev/xvda", "root": true });
    let second = json!({ "snapshotId": "snap-0b0b0b0b", "deviceName": "sdf" });
    for (change, path, words) in [
        (json!({ "source": { "accountId": "1111" } }), "source.accountId", "12 digits"),
        (json!({ "target": { "accountId": "44445555666a" } }), "target.accountId", "12 digits"),
        (json!({ "target": { "region": "Frankfurt" } }), "target.region", "a Region such as"),
        (json!({ "target": { "roleArn": "restore-target" } }), "target.roleArn", "an IAM role"),
        (json!({ "target": { "kmsKeyId": "orders" } }), "target.kmsKeyId", "a KMS key ARN"),
        (json!({ "restoreId": "Orders" }), "restoreId", "a lower-case letter"),
        (
            json!({ "source": { "ec2": { "volumes": [volume, second] } } }),
            "source.ec2.volumes[1].deviceName",
            "a device name such as",
        ),
        (
            json!({ "source": { "ec2": { "at": "yesterday" } } }),
            "source.ec2.at",
            "neither `latest` nor an RFC 3339 instant",
        ),
    ] {
        refuses(Flow::Ec2CrossAccount, &change, &[(path, words)]);
    }
}

#[test]
fn a_field_that_is_required_is_missed_by_name() {
    for (change, path, words) in [
        (json!({ "source": null }), "request", "missing field `source`"),
        (json!({ "target": { "kmsKeyId": null } }), "target", "missing field `kmsKeyId`"),
        (
            json!({ "target": { "rds": { "dbInstanceIdentifier": null } } }),
            "target.rds",
            "missing field `dbInstanceIdentifier`",
        ),
    ] {
        refuses(Flow::RdsCrossAccount, &change, &[(path, words)]);
    }
}

#[test]
fn what_has_no_field_to_name_is_named_as_the_request() {
    for input in [json!(null), json!([]), json!("orders"), json!(7), json!({ "": 7 })] {
        let faults = Request::read(&input).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].path, "request", "{faults:?}");
    }
}

#[test]
fn options_are_optional_one_by_one() {
    accepts(Flow::RdsCrossAccount, &json!({ "options": {} }));
    accepts(Flow::RdsCrossAccount, &json!({ "options": { "onFailure": "keep" } }));
}
