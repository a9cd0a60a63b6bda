use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::copy_db_snapshot::{CopyDBSnapshotError, CopyDbSnapshotOutput};
use aws_sdk_rds::operation::delete_db_snapshot::DeleteDbSnapshotOutput;
use aws_sdk_rds::operation::describe_db_snapshots::DescribeDbSnapshotsOutput;
use aws_sdk_rds::types::error::{DbSnapshotAlreadyExistsFault, DbSnapshotNotFoundFault};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::Service;
use restore::plan::HopStep;

use super::*;
use crate::example::{KEY, OTHER_KEY, in_partition, request as request_of};

const SOURCE: &str = "arn:aws:rds:eu-west-1:111122223333:snapshot:orders-2026-11-23";
const COPY: &str = "arn:aws:rds:eu-central-1:444455556666:snapshot:orders-copy-snapshot";

fn request() -> Request {
    request_of(Service::Rds, HopStep::CopySnapshot, &[SOURCE])
}

/// The copy as an earlier attempt of this restore has made it.
fn made(status: &str) -> DbSnapshot {
    let restore_id = request().restore_id;
    let tags = tag::all(&restore_id, Made::Copy, SOURCE);
    DbSnapshot::builder()
        .db_snapshot_arn(COPY)
        .status(status)
        .kms_key_id(KEY)
        .set_tag_list(Some(
            tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).into(),
        ))
        .build()
}

/// The same, with another value in a tag.
fn tagged(key: &str, value: &str) -> DbSnapshot {
    let mut copy = made("available");
    for tag in copy.tag_list.iter_mut().flatten().filter(|tag| tag.key() == Some(key)) {
        tag.value = Some(value.to_owned());
    }
    copy
}

fn under_another_key() -> DbSnapshot {
    let mut copy = made("available");
    copy.kms_key_id = Some(OTHER_KEY.to_owned());
    copy
}

fn without_tags() -> DbSnapshot {
    let mut copy = made("available");
    copy.tag_list = None;
    copy
}

fn not_found() -> DescribeDBSnapshotsError {
    let meta = ErrorMetadata::builder().code("DBSnapshotNotFound").build();
    let fault = DbSnapshotNotFoundFault::builder().meta(meta).build();
    DescribeDBSnapshotsError::DbSnapshotNotFoundFault(fault)
}

fn already_there() -> CopyDBSnapshotError {
    let meta = ErrorMetadata::builder().code("DBSnapshotAlreadyExists").build();
    let fault = DbSnapshotAlreadyExistsFault::builder().meta(meta).build();
    CopyDBSnapshotError::DbSnapshotAlreadyExistsFault(fault)
}

fn described(copy: &DbSnapshot) -> DescribeDbSnapshotsOutput {
    DescribeDbSnapshotsOutput::builder().db_snapshots(copy.clone()).build()
}

fn finds_nothing() -> Rule {
    mock!(Client::describe_db_snapshots).then_error(not_found)
}

fn finds(copy: DbSnapshot) -> Rule {
    mock!(Client::describe_db_snapshots).then_output(move || described(&copy))
}

/// Finds nothing at first, and `copy` when looking again.
fn finds_later(copy: DbSnapshot) -> Rule {
    mock!(Client::describe_db_snapshots)
        .sequence()
        .error(not_found)
        .output(move || described(&copy))
        .build()
}

fn copied() -> CopyDbSnapshotOutput {
    let copy = DbSnapshot::builder().db_snapshot_arn(COPY).build();
    CopyDbSnapshotOutput::builder().db_snapshot(copy).build()
}

fn copies() -> Rule {
    mock!(Client::copy_db_snapshot).then_output(copied)
}

/// Finds `copy` at first, and nothing when looking again.
fn finds_no_more(copy: DbSnapshot) -> Rule {
    mock!(Client::describe_db_snapshots)
        .sequence()
        .output(move || described(&copy))
        .error(not_found)
        .build()
}

fn deletes() -> Rule {
    mock!(Client::delete_db_snapshot)
        .match_requests(|asked| asked.db_snapshot_identifier() == Some("orders-copy-snapshot"))
        .then_output(|| DeleteDbSnapshotOutput::builder().build())
}

async fn run<const N: usize>(rules: [&Rule; N], request: &Request) -> Result<Copies, StepError> {
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules);
    copy(&rds, &Presigner::example(), request).await
}

fn only(copy: &str) -> Copies {
    [(SOURCE.to_owned(), copy.to_owned())].into()
}

#[test]
fn the_very_copy_that_is_asked_for_is_adopted_and_nothing_else() {
    let request = request();
    for (found, planned) in [
        (None, Ok(Plan::Copy)),
        (Some(made("creating")), Ok(Plan::Adopt(COPY.to_owned()))),
        (Some(made("available")), Ok(Plan::Adopt(COPY.to_owned()))),
        (Some(made("failed")), Ok(Plan::Replace { status: "failed".to_owned() })),
        (Some(made("deleting")), Ok(Plan::Replace { status: "deleting".to_owned() })),
        (Some(without_tags()), Err(ErrorName::AlreadyExists)),
        (Some(tagged(tag::ID, "billing")), Err(ErrorName::AlreadyExists)),
        (Some(tagged(tag::STEP, "stage-snapshot")), Err(ErrorName::AlreadyExists)),
        (Some(tagged(tag::SOURCE, "arn:of:another")), Err(ErrorName::AlreadyExists)),
        (Some(under_another_key()), Err(ErrorName::AlreadyExists)),
    ] {
        let plan = plan(&request, Made::Copy, &request.snapshots[0], found.as_ref());

        assert_eq!(plan.map_err(|error| error.name()), planned, "{found:?}");
    }
}

#[test]
fn a_copy_under_the_same_name_that_is_not_ours_is_said_to_be_so() {
    let request = request();
    let found = tagged(tag::SOURCE, "arn:of:another");

    let error = plan(&request, Made::Copy, &request.snapshots[0], Some(&found)).unwrap_err();

    let words = error.to_string();
    assert!(words.contains(COPY) && words.contains("restore:source"), "{words}");
}

#[tokio::test]
async fn a_copy_says_whose_it_is_under_which_key_and_leaves_the_sources_tags_behind() {
    let mut request = request();
    request.hop.option_group_name = Some("orders-options".to_owned());
    let finds = finds_nothing();
    let copies = mock!(Client::copy_db_snapshot)
        .match_requests(|copy| {
            let tags: Vec<_> = copy.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            copy.source_db_snapshot_identifier() == Some(SOURCE)
                && copy.target_db_snapshot_identifier() == Some("orders-copy-snapshot")
                && copy.kms_key_id() == Some(KEY)
                && copy.copy_tags() == Some(false)
                && copy.option_group_name() == Some("orders-options")
                && tags
                    == [
                        (Some("restore:id"), Some("orders")),
                        (Some("restore:step"), Some("copy-snapshot")),
                        (Some("restore:source"), Some(SOURCE)),
                    ]
        })
        .then_output(copied);

    let made = run([&finds, &copies], &request).await.unwrap();

    assert_eq!(made, only(COPY));
    assert_eq!((finds.num_calls(), copies.num_calls()), (1, 1));
}

#[tokio::test]
async fn an_unencrypted_snapshot_can_stay_so_on_its_way() {
    let mut request = request();
    request.hop.kms_key_id = None;
    let finds = finds_nothing();
    let copies = mock!(Client::copy_db_snapshot)
        .match_requests(|copy| copy.kms_key_id().is_none())
        .then_output(copied);

    run([&finds, &copies], &request).await.unwrap();

    assert_eq!(copies.num_calls(), 1);
}

#[tokio::test]
async fn a_presigned_url_is_sent_between_govcloud_regions_alone() {
    for (request, signed) in [
        (request(), false),
        (in_partition(request(), "us-gov-west-1", "us-gov-east-1"), true),
        (in_partition(request(), "us-gov-west-1", "us-gov-west-1"), false),
        (in_partition(request(), "cn-north-1", "cn-northwest-1"), false),
    ] {
        let finds = finds_nothing();
        let copies = mock!(Client::copy_db_snapshot)
            .match_requests(move |copy| copy.pre_signed_url().is_some() == signed)
            .then_output(copied);

        run([&finds, &copies], &request).await.unwrap();

        assert_eq!(copies.num_calls(), 1, "{}", request.hop.source_region);
    }
}

#[tokio::test]
async fn a_retry_adopts_the_copy_the_first_attempt_made() {
    let (finds, copies) = (finds(made("creating")), copies());

    let made = run([&finds, &copies], &request()).await.unwrap();

    assert_eq!(made, only(COPY));
    assert_eq!(copies.num_calls(), 0);
}

#[tokio::test]
async fn an_attempt_that_was_overtaken_adopts_the_others_copy() {
    let finds = finds_later(made("creating"));
    let copies = mock!(Client::copy_db_snapshot).then_error(already_there);

    let made = run([&finds, &copies], &request()).await.unwrap();

    assert_eq!(made, only(COPY));
    assert_eq!((finds.num_calls(), copies.num_calls()), (2, 1));
}

#[tokio::test]
async fn an_attempt_that_was_overtaken_by_somebody_else_fails() {
    let finds = finds_later(without_tags());
    let copies = mock!(Client::copy_db_snapshot).then_error(already_there);

    let error = run([&finds, &copies], &request()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AlreadyExists);
    assert!(error.to_string().contains("restore:id"), "{error}");
}

#[tokio::test]
async fn a_copy_that_aws_says_exists_but_does_not_show_is_not_made_twice() {
    let finds = finds_nothing();
    let copies = mock!(Client::copy_db_snapshot).then_error(already_there);

    let error = run([&finds, &copies], &request()).await.unwrap_err();

    assert_eq!(error.code(), Some("DBSnapshotAlreadyExists"));
    assert_eq!((finds.num_calls(), copies.num_calls()), (2, 1));
}

#[tokio::test]
async fn a_failed_copy_of_an_earlier_run_makes_room_for_another() {
    let (finds, deletes, copies) = (finds_no_more(made("failed")), deletes(), copies());

    let made = run([&finds, &deletes, &copies], &request()).await.unwrap();

    assert_eq!(made, only(COPY));
    assert_eq!((deletes.num_calls(), copies.num_calls()), (1, 1));
}

#[tokio::test]
async fn the_identifier_of_a_copy_that_is_being_deleted_is_waited_for() {
    let (finds, deletes, copies) = (finds(made("deleting")), deletes(), copies());

    let error = run([&finds, &deletes, &copies], &request()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::QuotaExceeded);
    assert_eq!((deletes.num_calls(), copies.num_calls()), (0, 0));
}

#[tokio::test]
async fn somebody_elses_snapshot_of_that_name_is_never_touched() {
    let (finds, copies) = (finds(tagged(tag::ID, "billing")), copies());

    let error = run([&finds, &copies], &request()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AlreadyExists);
    assert_eq!(copies.num_calls(), 0);
}

#[tokio::test]
async fn a_refused_copy_is_told_by_its_class_with_the_snapshot_the_role_and_the_key() {
    let in_flight = "Cannot copy more than 5 snapshots across regions";
    let manual = "Cannot create more than 100 manual snapshots";
    for (code, message, name) in [
        ("SnapshotQuotaExceeded", in_flight, ErrorName::QuotaExceeded),
        ("SnapshotQuotaExceeded", manual, ErrorName::LimitReached),
        ("KMSKeyNotAccessibleFault", "The target KMS key", ErrorName::KeyNotUsable),
        ("AccessDenied", "is not authorized to perform", ErrorName::AccessDenied),
        ("DBSnapshotNotFound", "not found", ErrorName::Throttled),
        ("InvalidDBSnapshotState", "must be available", ErrorName::ResourceFailed),
    ] {
        let finds = finds_nothing();
        let copies = mock!(Client::copy_db_snapshot).then_error(move || {
            CopyDBSnapshotError::generic(
                ErrorMetadata::builder().code(code).message(message).build(),
            )
        });

        let error = run([&finds, &copies], &request()).await.unwrap_err();

        assert_eq!(error.name(), name, "{code}");
        let words = error.to_string();
        for part in ["rds:CopyDBSnapshot", code, message, SOURCE, "role/restore-target", KEY] {
            assert!(words.contains(part), "{words}");
        }
        assert_eq!(copies.num_calls(), 1, "{code}");
    }
}

#[tokio::test]
async fn nothing_is_copied_when_the_look_is_refused() {
    let finds = mock!(Client::describe_db_snapshots).then_error(|| {
        DescribeDBSnapshotsError::generic(ErrorMetadata::builder().code("AccessDenied").build())
    });
    let copies = copies();

    let error = run([&finds, &copies], &request()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert_eq!(copies.num_calls(), 0);
}

#[tokio::test]
async fn two_snapshots_would_need_one_identifier_so_they_are_refused() {
    let (finds, copies) = (finds_nothing(), copies());
    let two = request_of(Service::Rds, HopStep::CopySnapshot, &[SOURCE, "arn:of:another"]);

    let error = run([&finds, &copies], &two).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Unexpected);
    assert_eq!((finds.num_calls(), copies.num_calls()), (0, 0));
}
