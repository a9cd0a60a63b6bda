use std::sync::{Arc, Mutex};

use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::copy_snapshot::{CopySnapshotError, CopySnapshotOutput};
use aws_sdk_ec2::operation::describe_snapshots::{DescribeSnapshotsError, DescribeSnapshotsOutput};
use aws_sdk_ec2::types::SnapshotState;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::DateTime;
use lambda_runtime::tracing::subscriber;
use restore::Service;
use restore::plan::HopStep;

use super::*;
use crate::example::{KEY, OTHER_KEY, request as request_of, within_region};

const SOURCE: &str = "snap-0123456789abcdef0";

fn request(snapshots: &[&str]) -> Request {
    request_of(Service::Ec2, HopStep::CopySnapshot, snapshots)
}

/// A copy of [`SOURCE`], begun at `second`.
fn copy_at(second: i64, id: &str, state: SnapshotState) -> Snapshot {
    Snapshot::builder()
        .snapshot_id(id)
        .state(state)
        .start_time(DateTime::from_secs(second))
        .kms_key_id(KEY)
        .tags(Tag::builder().key(tag::SOURCE).value(SOURCE).build())
        .build()
}

fn finds(earlier: Vec<Snapshot>) -> Rule {
    mock!(Client::describe_snapshots).then_output(move || {
        DescribeSnapshotsOutput::builder().set_snapshots(Some(earlier.clone())).build()
    })
}

/// Answers with a copy named after its source.
fn copies() -> Rule {
    mock!(Client::copy_snapshot).then_compute_output(|copy| {
        let source = copy.source_snapshot_id().unwrap();
        CopySnapshotOutput::builder().snapshot_id(format!("{source}-copy")).build()
    })
}

fn refuses(code: &'static str, message: &'static str) -> Rule {
    mock!(Client::copy_snapshot).then_error(move || {
        CopySnapshotError::generic(ErrorMetadata::builder().code(code).message(message).build())
    })
}

async fn run(rules: [&Rule; 2], request: &Request) -> Result<Copies, StepError> {
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules);
    copy(&ec2, &Presigner::example(), request).await
}

#[test]
fn the_oldest_usable_copy_of_the_same_snapshot_is_adopted() {
    let of_another = Snapshot::builder()
        .snapshot_id("snap-other")
        .state(SnapshotState::Completed)
        .tags(Tag::builder().key(tag::SOURCE).value("snap-ffffffffffffffff").build())
        .build();
    let under_another_key =
        Snapshot::builder().kms_key_id(OTHER_KEY).state(SnapshotState::Completed);
    let under_another_key = under_another_key
        .snapshot_id("snap-old-key")
        .tags(Tag::builder().key(tag::SOURCE).value(SOURCE).build())
        .build();
    let adopt = |id: &str| Plan::Adopt(id.to_owned());
    for (earlier, planned) in [
        (vec![], Plan::Copy),
        (vec![copy_at(1, "snap-1", SnapshotState::Pending)], adopt("snap-1")),
        (vec![copy_at(1, "snap-1", SnapshotState::Completed)], adopt("snap-1")),
        (
            vec![
                copy_at(2, "snap-2", SnapshotState::Completed),
                copy_at(1, "snap-1", SnapshotState::Pending),
            ],
            adopt("snap-1"),
        ),
        (
            vec![
                copy_at(1, "snap-1", SnapshotState::Error),
                copy_at(2, "snap-2", SnapshotState::Pending),
            ],
            adopt("snap-2"),
        ),
        (vec![copy_at(1, "snap-1", SnapshotState::Error)], Plan::Copy),
        (vec![copy_at(1, "snap-1", SnapshotState::Recoverable)], Plan::Copy),
        (vec![of_another], Plan::Copy),
        (vec![under_another_key], Plan::Copy),
    ] {
        let request = request(&[SOURCE]);
        assert_eq!(plan(&request, &request.snapshots[0], &earlier), planned, "{earlier:?}");
    }
}

#[test]
fn a_copy_is_encrypted_under_the_key_of_the_hop_and_says_what_it_is() {
    let request = request(&[SOURCE]);

    let copy = copy_of(&request, Made::Copy, &request.snapshots[0]).unwrap();

    assert_eq!(copy.get_encrypted(), &Some(true));
    assert_eq!(copy.get_kms_key_id().as_deref(), Some(KEY));
    assert_eq!(copy.get_source_region().as_deref(), Some("eu-west-1"));
    assert_eq!(copy.get_source_snapshot_id().as_deref(), Some(SOURCE));
    assert_eq!(
        copy.get_description().as_deref(),
        Some("restore orders: copy of snap-0123456789abcdef0 from eu-west-1")
    );
    let specification = &copy.get_tag_specifications().as_ref().unwrap()[0];
    assert_eq!(specification.resource_type(), Some(&ResourceType::Snapshot));
    let tags: Vec<_> = specification.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(
        tags,
        [
            (Some("restore:id"), Some("orders")),
            (Some("restore:step"), Some("copy-snapshot")),
            (Some("restore:source"), Some(SOURCE)),
        ]
    );
}

#[tokio::test]
async fn every_snapshot_of_the_hop_is_copied_once_however_many_volumes_it_becomes() {
    let (finds, copies) = (finds(vec![]), copies());

    let made = run([&finds, &copies], &request(&["snap-1", "snap-2", "snap-1"])).await.unwrap();

    let expected = [("snap-1", "snap-1-copy"), ("snap-2", "snap-2-copy")];
    assert_eq!(made, expected.map(|(of, copy)| (of.to_owned(), copy.to_owned())).into());
    assert_eq!(finds.num_calls(), 1);
    assert_eq!(copies.num_calls(), 2);
}

#[tokio::test]
async fn a_staged_snapshot_is_copied_from_its_copy_and_known_by_its_source() {
    let mut request = request(&[SOURCE]);
    "snap-staged".clone_into(&mut request.snapshots[0].current);
    let finds = finds(vec![]);
    let copies = copies();

    let made = run([&finds, &copies], &request).await.unwrap();

    assert_eq!(made, [(SOURCE.to_owned(), "snap-staged-copy".to_owned())].into());
}

#[tokio::test]
async fn a_retry_adopts_what_the_first_attempt_copied_and_copies_the_rest() {
    let finds = finds(vec![copy_at(1, "snap-first", SnapshotState::Pending)]);
    let copies = copies();

    let made = run([&finds, &copies], &request(&[SOURCE, "snap-2"])).await.unwrap();

    assert_eq!(made[SOURCE], "snap-first");
    assert_eq!(made["snap-2"], "snap-2-copy");
    assert_eq!(copies.num_calls(), 1);
}

#[tokio::test]
async fn a_retry_after_everything_was_copied_copies_nothing() {
    let finds = finds(vec![copy_at(1, "snap-first", SnapshotState::Completed)]);
    let copies = copies();

    let made = run([&finds, &copies], &request(&[SOURCE])).await.unwrap();

    assert_eq!(made[SOURCE], "snap-first");
    assert_eq!(copies.num_calls(), 0);
}

#[tokio::test]
async fn only_this_restores_own_copies_of_this_hop_are_looked_for() {
    let finds = mock!(Client::describe_snapshots)
        .match_requests(|look| {
            let filters: Vec<_> =
                look.filters().iter().map(|filter| (filter.name(), filter.values())).collect();
            look.owner_ids() == ["self"]
                && filters
                    == [
                        (Some("tag:restore:id"), &["orders".to_owned()][..]),
                        (Some("tag:restore:step"), &["copy-snapshot".to_owned()][..]),
                    ]
        })
        .then_output(|| DescribeSnapshotsOutput::builder().build());
    let copies = copies();

    run([&finds, &copies], &request(&[SOURCE])).await.unwrap();

    assert_eq!(finds.num_calls(), 1);
}

#[tokio::test]
async fn a_copy_that_leaves_its_region_carries_a_presigned_url() {
    let finds = finds(vec![]);
    let copies = mock!(Client::copy_snapshot)
        .match_requests(|copy| {
            let url = copy.presigned_url().unwrap_or_default();
            url.starts_with("https://ec2.eu-west-1.amazonaws.com/?Action=CopySnapshot&")
                && url.contains("&X-Amz-Signature=")
                && copy.destination_region() == Some("eu-central-1")
        })
        .then_output(|| CopySnapshotOutput::builder().snapshot_id("snap-copy").build());

    run([&finds, &copies], &request(&[SOURCE])).await.unwrap();

    assert_eq!(copies.num_calls(), 1);
}

#[tokio::test]
async fn a_copy_within_its_region_carries_none() {
    let finds = finds(vec![]);
    let copies = mock!(Client::copy_snapshot)
        .match_requests(|copy| {
            copy.presigned_url().is_none() && copy.destination_region().is_none()
        })
        .then_output(|| CopySnapshotOutput::builder().snapshot_id("snap-copy").build());

    run([&finds, &copies], &within_region(request(&[SOURCE]))).await.unwrap();

    assert_eq!(copies.num_calls(), 1);
}

#[tokio::test]
async fn a_copy_whose_answer_was_lost_is_not_asked_for_again_by_the_sdk() {
    let finds = finds(vec![]);
    let copies = mock!(Client::copy_snapshot).sequence().http_status(503, None).times(3).build();

    let error = run([&finds, &copies], &request(&[SOURCE])).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Throttled);
    assert_eq!(copies.num_calls(), 1);
}

#[tokio::test]
async fn a_refused_copy_is_told_by_its_class_with_the_snapshot_the_role_and_the_key() {
    for (code, message, name) in [
        ("ResourceLimitExceeded", "Too many snapshot copies", ErrorName::QuotaExceeded),
        ("RequestLimitExceeded", "Request limit exceeded", ErrorName::Throttled),
        ("UnauthorizedOperation", "You are not authorized", ErrorName::AccessDenied),
        ("InvalidSnapshot.NotFound", "does not exist", ErrorName::Throttled),
        ("SomethingNew", "", ErrorName::Unexpected),
    ] {
        let (finds, copies) = (finds(vec![]), refuses(code, message));

        let error = run([&finds, &copies], &request(&[SOURCE])).await.unwrap_err();

        assert_eq!(error.name(), name, "{code}");
        let words = error.to_string();
        for part in ["ec2:CopySnapshot", code, SOURCE, "role/restore-target", KEY] {
            assert!(words.contains(part), "{words}");
        }
        assert_eq!(copies.num_calls(), 1, "{code}");
    }
}

#[tokio::test]
async fn nothing_is_copied_when_the_look_is_refused() {
    let finds = mock!(Client::describe_snapshots).then_error(|| {
        let refusal = ErrorMetadata::builder().code("UnauthorizedOperation").build();
        DescribeSnapshotsError::generic(refusal)
    });
    let copies = copies();

    let error = run([&finds, &copies], &request(&[SOURCE])).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert!(error.to_string().contains("ec2:DescribeSnapshots"), "{error}");
    assert_eq!(copies.num_calls(), 0);
}

#[tokio::test]
async fn a_copy_without_a_key_is_never_asked_for() {
    let mut request = request(&[SOURCE]);
    request.hop.kms_key_id = None;
    let (finds, copies) = (finds(vec![]), copies());

    let error = run([&finds, &copies], &request).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Unexpected);
    assert_eq!(copies.num_calls(), 0);
}

#[tokio::test]
async fn the_presigned_url_is_in_no_log() {
    let log = Log::default();
    let to_log = log.clone();
    let subscriber = subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || to_log.clone())
        .finish();
    // For all threads: whether a line is wanted is decided once, for the thread that comes by
    // first, and that can be another test's.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::callsite::rebuild_interest_cache();

    run([&finds(vec![]), &copies()], &request(&["snap-logged"])).await.unwrap();

    let written = log.written();
    assert!(written.contains("snap-logged-copy"), "{written}");
    assert!(!written.contains("X-Amz-"), "{written}");
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn written(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
