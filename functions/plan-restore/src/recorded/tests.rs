//! A request completed from records in a mocked S3 and copies in a mocked EC2.

mod place;

use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_rds::Client as Rds;
use aws_sdk_rds::operation::describe_db_snapshots::DescribeDbSnapshotsOutput;
use aws_sdk_rds::types::DbSnapshot;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::Object;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use serde_json::{Value, json};
use step::ErrorName;

use self::place::{copy, known_copies, place, tagged};
use super::*;
use crate::accounts::tests::clients;

/// The first is of a root volume alone, the second knows of a later snapshot of it and of another
/// type.
fn ec2_record(day: u8) -> Value {
    let (instance_type, snapshot) =
        if day == 22 { ("m7g.large", "snap-0000000a") } else { ("m7g.xlarge", "snap-0000000b") };
    json!({
        "recordedAt": format!("2026-11-{day}T03:00:00Z"),
        "accountId": "999999999999", "region": "us-east-1",
        "ec2": {
            "instanceId": "i-0a0a0a0a", "instanceType": instance_type,
            "volumes": [{
                "volumeId": "vol-0a0a0a0a", "deviceName": "/dev/xvda", "root": true,
                "deleteOnTermination": true, "volumeType": "gp3", "size": 8,
                "snapshots": [{
                    "snapshotId": snapshot, "takenAt": format!("2026-11-{day}T02:00:00Z"),
                }],
            }],
        },
    })
}

fn rds_record(day: u8) -> Value {
    json!({
        "recordedAt": format!("2026-11-{day}T03:00:00Z"),
        "accountId": "999999999999", "region": "us-east-1",
        "rds": { "settings": {
            "dbInstanceIdentifier": "orders", "dbInstanceClass": format!("db.{day}"),
        } },
    })
}

/// The records of two days of one instance.
fn records(of: fn(u8) -> Value) -> Records {
    let list = mock!(S3::list_objects_v2).then_compute_output(|asked| {
        let prefix = asked.prefix().unwrap_or_default();
        let keys = [22, 23].map(|day| format!("{prefix}2026-11-{day}T03:00:00Z.json"));
        let objects = keys.map(|key| Object::builder().key(key).build());
        ListObjectsV2Output::builder().set_contents(Some(objects.into())).build()
    });
    let get = mock!(S3::get_object).then_compute_output(move |asked| {
        let day = if asked.key().unwrap_or_default().contains("2026-11-22") { 22 } else { 23 };
        let body = ByteStream::from(of(day).to_string().into_bytes());
        GetObjectOutput::builder().body(body).build()
    });
    let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&list, &get]);
    Records::new(client, "recoveries")
}

fn request(service: &str, source: &Value, target: &Value) -> Request {
    Request::read(&json!({
        "source": {
            "accountId": "111122223333", "region": "eu-west-1",
            "recorded": { "accountId": "999999999999", "region": "us-east-1" },
            service: source,
        },
        "target": {
            "accountId": "111122223333", "region": "eu-west-1",
            "roleArn": "arn:aws:iam::111122223333:role/restore-target",
            "kmsKeyId": "alias/orders", service: target,
        },
    }))
    .unwrap()
}

fn ec2_request(at: &str) -> Request {
    let source = json!({ "instanceId": "i-0a0a0a0a", "at": at });
    request("ec2", &source, &json!({ "imageId": "ami-0a0a0a0a", "subnetId": "subnet-0a0a0a0a" }))
}

fn with_copies() -> Accounts {
    place(known_copies()).0
}

async fn ec2_completed(at: &str) -> Result<Request, StepError> {
    let request = ec2_request(at);
    let completed = completed(&with_copies(), &records(ec2_record), &request).await?;
    Ok(completed.unwrap().request)
}

#[tokio::test]
async fn the_record_of_the_instant_lends_its_settings_and_the_newest_tells_of_copies() {
    for (at, expected_type, expected_snapshot) in [
        ("latest", "m7g.xlarge", "snap-000000bb"),
        ("2026-11-23T03:00:00Z", "m7g.xlarge", "snap-000000bb"),
        // Taken after the record in time, and known from the one after it.
        ("2026-11-23T02:30:00Z", "m7g.large", "snap-000000bb"),
        ("2026-11-22T12:00:00Z", "m7g.large", "snap-000000aa"),
    ] {
        let request = ec2_completed(at).await.unwrap();

        let target = request.target.ec2.unwrap();
        assert_eq!(target.instance_type.as_deref(), Some(expected_type), "{at}");
        let volumes = request.source.ec2.unwrap().volumes.unwrap();
        assert_eq!(volumes[0].snapshot_id.as_str(), expected_snapshot, "{at}");
    }
}

#[tokio::test]
async fn a_copy_is_of_the_instant_of_the_snapshot_that_it_names() {
    let request = ec2_request("latest");

    let completed = completed(&with_copies(), &records(ec2_record), &request).await.unwrap();

    let taken: jiff::Timestamp = "2026-11-23T02:00:00Z".parse().unwrap();
    let data_of: Vec<_> = completed.unwrap().data_of.into_iter().collect();
    assert_eq!(data_of, [("snap-000000bb".to_owned(), Some(taken))]);
}

/// What the newest record's instance is restored from, of these snapshots.
async fn newest_of(accounts: &Accounts, records: &Records) -> String {
    let request = ec2_request("latest");
    let completed = completed(accounts, records, &request).await.unwrap().unwrap();
    let volumes = completed.request.source.ec2.unwrap().volumes.unwrap();
    volumes[0].snapshot_id.as_str().to_owned()
}

#[tokio::test]
async fn copies_are_asked_for_by_what_they_are_called_after_and_not_all_are_listed() {
    for (snapshots, expected) in [
        (known_copies(), "snap-000000bb"),
        (vec![tagged("snap-000000dd", "restore:source", "snap-0000000b")], "snap-000000dd"),
        (vec![tagged("snap-000000dd", "restore:source", "vol-0a0a0a0a")], "snap-000000dd"),
        (vec![copy("snap-000000dd").volume_id("vol-0a0a0a0a").build()], "snap-000000dd"),
    ] {
        let (accounts, [filtered, all]) = place(snapshots);

        assert_eq!(newest_of(&accounts, &records(ec2_record)).await, expected);
        assert_eq!((filtered.num_calls(), all.num_calls()), (3, 0));
    }
}

#[tokio::test]
async fn what_tells_its_source_in_another_tag_is_found_where_nothing_else_does() {
    let (accounts, [_, all]) = place(vec![
        tagged("snap-000000dd", "copied-from", "snap-0000000b"),
        copy("snap-000000cc").description("snap-0000000c").build(),
    ]);

    assert_eq!(newest_of(&accounts, &records(ec2_record)).await, "snap-000000dd");
    assert_eq!(all.num_calls(), 1);
}

/// A record of a volume with more snapshots than a filter has values: one an hour, until that day.
fn long_record(day: u8) -> Value {
    let mut record = ec2_record(day);
    let newest: jiff::Timestamp = format!("2026-11-{day}T02:00:00Z").parse().unwrap();
    let snapshots: Vec<Value> = (0..300)
        .map(|hours: i64| {
            let taken_at = newest - jiff::SignedDuration::from_hours(hours);
            json!({ "snapshotId": format!("snap-{hours:08x}"), "takenAt": taken_at })
        })
        .collect();
    record["ec2"]["volumes"][0]["snapshots"] = snapshots.into();
    record
}

#[tokio::test]
async fn of_many_snapshots_the_copies_of_the_newest_are_asked_for_first() {
    let by = |id: &str, hours: u32| tagged(id, "restore:source", &format!("snap-{hours:08x}"));
    for (newest, calls) in [(3, 3), (250, 5)] {
        let snapshots = vec![by("snap-0000bbbb", 290), by("snap-0000aaaa", newest)];
        let (accounts, [filtered, all]) = place(snapshots);

        assert_eq!(newest_of(&accounts, &records(long_record)).await, "snap-0000aaaa");
        assert_eq!((filtered.num_calls(), all.num_calls()), (calls, 0), "{newest}");
    }
}

#[tokio::test]
async fn what_was_not_recorded_in_time_is_refused_with_where_it_was_looked_for() {
    let error = ec2_completed("2026-11-22T02:59:59Z").await.unwrap_err();

    assert_eq!(error.name(), ErrorName::InvalidInput);
    for words in [
        "source.recorded: ",
        "settings/999999999999/us-east-1/ec2/i-0a0a0a0a/",
        "2026-11-22T03:00:00Z.json",
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_db_instance_is_restored_from_the_newest_copy_of_its_own_snapshots() {
    let describe = mock!(Rds::describe_db_snapshots)
        .match_requests(|asked| asked.db_instance_identifier() == Some("orders"))
        .then_output(|| {
            let arn = |region: &str, name: &str| {
                format!("arn:aws:rds:{region}:111122223333:snapshot:{name}")
            };
            let snapshot = |name: &str, from: Option<&str>| {
                DbSnapshot::builder()
                    .db_snapshot_arn(arn("eu-west-1", name))
                    .set_source_db_snapshot_identifier(from.map(|region| arn(region, name)))
                    .status("available")
                    .original_snapshot_create_time(DateTime::from_secs(1_795_400_000))
                    .build()
            };
            DescribeDbSnapshotsOutput::builder()
                .db_snapshots(snapshot("copy", Some("us-east-1")))
                .db_snapshots(snapshot("namesake", None))
                .build()
        });
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe]);
    let accounts = Accounts { source: Some(Clients { rds, ..clients() }), ..Accounts::default() };
    let source = json!({ "dbInstanceIdentifier": "Orders", "at": "latest" });
    let request = request("rds", &source, &json!({ "dbInstanceIdentifier": "orders-dr" }));

    let completed = completed(&accounts, &records(rds_record), &request).await.unwrap().unwrap();

    let source = completed.request.source.rds.unwrap();
    let snapshot = source.db_snapshot_identifier.unwrap();
    assert_eq!(snapshot.as_str(), "arn:aws:rds:eu-west-1:111122223333:snapshot:copy");
    let target = completed.request.target.rds.unwrap();
    assert_eq!(target.db_instance_class.as_deref(), Some("db.23"));
}

#[tokio::test]
async fn a_request_that_asks_for_no_records_is_left_as_it_is() {
    let mut request = ec2_request("latest");
    request.source.recorded = None;
    assert_eq!(completed(&with_copies(), &records(ec2_record), &request).await.unwrap(), None);

    let nobody = Accounts::default();
    let request = ec2_request("latest");
    assert_eq!(completed(&nobody, &records(ec2_record), &request).await.unwrap(), None);
}
