//! Evidence, kept in a bucket in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use restore::name;
use serde_json::json;
use step::ErrorName;

use super::*;

const KEY: &str = "drills/drill-orders/20261126T030000Z-run-1.json";

#[derive(Debug, Clone, Default)]
struct Bucket(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Bucket {
    /// The shelf in it. As in S3, what is to be put only where nothing is is refused elsewhere.
    fn shelf(&self) -> Shelf {
        let (reading, writing) = (self.0.clone(), self.0.clone());
        let get = mock!(Client::get_object).then_compute_output(move |asked| {
            let body = reading.lock().unwrap()[asked.key().unwrap()].clone();
            GetObjectOutput::builder().body(ByteStream::from(body)).build()
        });
        let put = mock!(Client::put_object).then_compute_response(move |asked| {
            let mut held = writing.lock().unwrap();
            let key = asked.key().unwrap().to_owned();
            if asked.if_none_match() == Some("*") && held.contains_key(&key) {
                let code = ErrorMetadata::builder().code("PreconditionFailed").build();
                return MockResponse::Error(PutObjectError::generic(code));
            }
            held.insert(key, asked.body().bytes().unwrap().to_vec());
            MockResponse::Output(PutObjectOutput::builder().build())
        });
        Shelf::new(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get, &put]), "recoveries")
    }

    fn put(&self, key: &str, body: &str) {
        self.0.lock().unwrap().insert(key.to_owned(), body.as_bytes().to_vec());
    }

    fn get(&self, key: &str) -> Vec<u8> {
        self.0.lock().unwrap()[key].clone()
    }
}

/// A drill as the state machine tells it, that came up and was looked at, `change`d.
fn drill(change: &Value) -> Request {
    let mut told = json!({
        "restoreId": "drill-orders",
        "executionArn": "arn:aws:states:eu-central-1:123456789012:execution:restore:run-1",
        "startedAt": "2026-11-26T03:00:00.123Z",
        "endedAt": "2026-11-26T03:50:00Z",
        "request": {
            "restoreId": "orders",
            "mode": "drill",
            "source": {
                "accountId": "111122223333", "region": "eu-west-1",
                "rds": { "dbSnapshotIdentifier": "orders" },
            },
            "target": {
                "accountId": "111122223333", "region": "eu-central-1",
                "roleArn": "arn:aws:iam::111122223333:role/restore-target",
                "kmsKeyId": "alias/orders", "rds": { "dbInstanceIdentifier": "orders" },
            },
            "drill": { "network": {
                "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0d0d0d0d"],
            } },
        },
        "plan": null,
        "upAt": "2026-11-26T03:30:00Z",
        "checkedAt": "2026-11-26T03:31:00Z",
        "command": null,
        "function": null,
        "failure": null,
        "restored": { "dbInstanceIdentifier": "drill-orders" },
        "timeline": [{
            "step": "copy-snapshot",
            "startedAt": "2026-11-26T03:01:00Z", "finishedAt": "2026-11-26T03:21:00Z",
        }],
        "cleanedUp": ["arn:…:db:drill-orders"],
        "left": [],
    });
    for (field, value) in change.as_object().unwrap() {
        told[field] = value.clone();
    }
    serde_json::from_value(told).unwrap()
}

#[tokio::test]
async fn evidence_is_kept_under_its_execution_with_its_digest() {
    let bucket = Bucket::default();

    let told = handle(&bucket.shelf(), drill(&json!({}))).await.unwrap();

    let body = bucket.get(KEY);
    assert_eq!((told.passed, told.evidence.key.as_str()), (true, KEY));
    assert_eq!(told.evidence.sha256, name::sha256(&body));
    let kept: Evidence = serde_json::from_slice(&body).unwrap();
    assert_eq!((kept.status, kept.steps[0].seconds), (Status::Passed, 1200));
    assert_eq!(kept.rto.seconds, Some(31 * 60 - 1));
}

/// The line that a drill of the database leaves in the log, where the request has this id.
async fn line(restore_id: Value) -> Value {
    let mut told = drill(&json!({}));
    told.request["restoreId"] = restore_id;
    let (_, figures) = recorded(&Bucket::default().shelf(), told).await.unwrap();
    figures.unwrap()
}

#[tokio::test]
async fn a_drill_is_a_line_of_figures_of_its_own_whether_its_plan_gives_an_id_or_not() {
    let given = line(json!("drill-orders")).await;
    let derived = line(json!("drill-r-0123456789abcdef")).await;

    let dimensions = |line: &Value| line["_aws"]["CloudWatchMetrics"][0]["Dimensions"].clone();
    assert_eq!(dimensions(&given), json!([["Flow"], ["RestoreId"]]));
    assert_eq!(given["RestoreId"], "drill-orders");
    assert_eq!(dimensions(&derived), json!([["Flow"], ["Source", "Target"]]));
    assert_eq!(derived["Source"], "111122223333/eu-west-1/orders");
    assert_eq!(derived["Target"], "111122223333/eu-central-1/orders");
    assert_eq!((&derived["DrillPassed"], &derived["DrillRecoveryTime"]), (&json!(1), &json!(1859)));
}

#[tokio::test]
async fn a_drill_that_was_recorded_before_is_counted_once() {
    let bucket = Bucket::default();

    let (_, first) = recorded(&bucket.shelf(), drill(&json!({}))).await.unwrap();
    let (_, second) = recorded(&bucket.shelf(), drill(&json!({}))).await.unwrap();

    assert_eq!((first.is_some(), second), (true, None));
}

#[tokio::test]
async fn what_was_recorded_first_stays() {
    let bucket = Bucket::default();
    let first = handle(&bucket.shelf(), drill(&json!({}))).await.unwrap();
    let body = bucket.get(KEY);
    let later = json!({ "endedAt": "2026-11-26T04:00:00Z", "upAt": null, "left": [{}] });

    let second = handle(&bucket.shelf(), drill(&later)).await.unwrap();

    assert_eq!(second, first);
    assert_eq!(bucket.get(KEY), body);
}

#[tokio::test]
async fn a_drill_that_failed_is_recorded_with_its_reason() {
    let bucket = Bucket::default();
    let cause = r#"{"errorType":"Restore.KeyNotUsable","errorMessage":"key k is disabled"}"#;
    let failed = json!({
        "upAt": null, "checkedAt": null, "restored": null,
        "failure": { "Error": "Restore.KeyNotUsable", "Cause": cause },
    });

    let told = handle(&bucket.shelf(), drill(&failed)).await.unwrap();

    assert!(!told.passed);
    let failure = told.failure.unwrap();
    assert_eq!(failure.error, "Restore.KeyNotUsable");
    assert_eq!(failure.cause, "key k is disabled");
}

#[tokio::test]
async fn what_is_no_evidence_is_never_written_over() {
    let bucket = Bucket::default();
    bucket.put(KEY, "{}");

    let error = handle(&bucket.shelf(), drill(&json!({}))).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Unexpected);
    assert!(error.to_string().contains(&format!("s3://recoveries/{KEY}")), "{error}");
    assert_eq!(bucket.get(KEY), b"{}");
}

#[tokio::test]
async fn evidence_that_s3_refuses_is_named_by_its_object() {
    let put = mock!(Client::put_object).then_error(|| {
        PutObjectError::generic(ErrorMetadata::builder().code("AccessDenied").build())
    });
    let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&put]);

    let error = handle(&Shelf::new(client, "recoveries"), drill(&json!({}))).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert!(error.to_string().contains(KEY), "{error}");
}
