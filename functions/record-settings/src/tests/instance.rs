//! EC2 instances recorded.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeError;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesError;
use aws_sdk_ec2::operation::describe_snapshots::DescribeSnapshotsError;
use aws_sdk_ec2::types::InstanceType::{M7gLarge, M7gXlarge};
use aws_smithy_mocks::mock;
use serde_json::json;
use step::ErrorName;

use super::bucket::Bucket;
use super::example::{There, database, instance};

const FIRST: &str = "2026-11-23T03:00:00Z";
const SHELF: &str = "settings/111122223333/eu-west-1/ec2/i-0000000a/";

fn one() -> There {
    There::with(vec![instance("i-0000000a", "vol-a", M7gLarge)], Vec::new())
}

#[tokio::test]
async fn an_instance_is_written_down_with_its_volumes_and_their_snapshots() {
    let bucket = Bucket::default();

    let report = one().recorded(&bucket, FIRST).await.unwrap();

    assert_eq!((report.written, report.unchanged), (1, 0));
    assert_eq!(bucket.keys(), [format!("{SHELF}{FIRST}.json")]);
    let record = bucket.json(&bucket.keys()[0]);
    assert_eq!(record["recordedAt"], FIRST);
    assert_eq!(record["ec2"]["instanceType"], "m7g.large");
    // What it boots by, and what of it no restored one has.
    assert_eq!(record["ec2"]["boot"], json!({ "architecture": "arm64" }));
    let lost = record["ec2"]["notRestored"][0].as_str().unwrap();
    assert!(lost.starts_with("source/destination check off: "), "{lost}");
    assert_eq!(
        record["ec2"]["volumes"],
        json!([{
            "volumeId": "vol-a", "deviceName": "/dev/xvda", "root": true,
            "deleteOnTermination": false, "size": 8,
            "snapshots": [{ "snapshotId": "snap-0a0a0a0a", "takenAt": "2026-11-18T11:06:40Z" }],
        }])
    );
}

#[tokio::test]
async fn it_is_written_down_again_where_something_has_changed_or_the_record_is_old() {
    let bucket = Bucket::default();
    let larger = || There::with(vec![instance("i-0000000a", "vol-a", M7gXlarge)], Vec::new());
    for (there, at, written) in [
        (one(), FIRST, 1),
        // The same event once more.
        (one(), FIRST, 0),
        (one(), "2026-11-23T04:00:00Z", 0),
        (larger(), "2026-11-23T05:00:00Z", 1),
        (larger(), "2026-11-24T04:59:59Z", 0),
        (larger(), "2026-11-24T05:00:00Z", 1),
    ] {
        let report = there.recorded(&bucket, at).await.unwrap();
        assert_eq!((report.written, report.unchanged), (written, 1 - written), "{at}");
    }
    assert_eq!(bucket.keys().len(), 3);
}

#[tokio::test]
async fn what_is_no_record_does_not_keep_the_next_from_being_written() {
    let bucket = Bucket::default();
    bucket.damage(&format!("{SHELF}{FIRST}.json"));

    let report = one().recorded(&bucket, "2026-11-23T04:00:00Z").await.unwrap();

    assert_eq!(report.written, 1);
}

fn code(code: &'static str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).build()
}

#[tokio::test]
async fn an_instance_that_cannot_be_read_is_named_after_the_others_are_written_down() {
    let bucket = Bucket::default();
    let both = vec![
        instance("i-0000000a", "vol-a", M7gLarge),
        // One whose volume was not described.
        instance("i-0000000b", "vol-c", M7gLarge),
    ];
    let error = There::with(both, Vec::new()).recorded(&bucket, FIRST).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Unexpected);
    for words in ["1 were written", "i-0000000b", "111122223333", "eu-west-1", "vol-c"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(bucket.keys().len(), 1);
}

#[tokio::test]
async fn whatever_may_not_be_read_is_told_and_keeps_nothing_else_from_being_recorded() {
    let instances = mock!(Client::describe_instances)
        .then_error(|| DescribeInstancesError::generic(code("UnauthorizedOperation")));
    let snapshots = mock!(Client::describe_snapshots)
        .then_error(|| DescribeSnapshotsError::generic(code("UnauthorizedOperation")));
    let user_data = mock!(Client::describe_instance_attribute)
        .then_error(|| DescribeInstanceAttributeError::generic(code("UnauthorizedOperation")));
    let with = || {
        let instances = vec![instance("i-0000000a", "vol-a", M7gLarge)];
        There::with(instances, vec![database("orders").build()])
    };
    for (there, words) in [
        (There { instances, ..with() }, "the EC2 instances in account 111122223333"),
        (There { snapshots, ..with() }, "i-0000000a in account 111122223333"),
        (There { user_data, ..with() }, "ec2:DescribeInstanceAttribute"),
    ] {
        let bucket = Bucket::default();
        let error = there.recorded(&bucket, FIRST).await.unwrap_err();

        assert_eq!(error.name(), ErrorName::AccessDenied);
        assert!(error.to_string().contains(words), "{error}");
        let keys = bucket.keys();
        assert!(keys.len() == 1 && keys[0].contains("/rds/orders/"), "{keys:?}");
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_written_is_named_by_its_object() {
    let bucket = Bucket::closed_to("i-0000000a");

    let error = one().recorded(&bucket, FIRST).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert!(error.to_string().contains(SHELF), "{error}");
}
