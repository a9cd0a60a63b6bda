use aws_sdk_rds::Client;
use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::add_tags_to_resource::{
    AddTagsToResourceError, AddTagsToResourceOutput,
};
use aws_sdk_rds::operation::describe_db_snapshot_attributes::{
    DescribeDBSnapshotAttributesError, DescribeDbSnapshotAttributesOutput,
};
use aws_sdk_rds::operation::describe_db_snapshots::DescribeDbSnapshotsOutput;
use aws_sdk_rds::operation::modify_db_snapshot_attribute::{
    ModifyDBSnapshotAttributeError, ModifyDbSnapshotAttributeOutput,
};
use aws_sdk_rds::types::{DbSnapshot, DbSnapshotAttribute, DbSnapshotAttributesResult, Tag};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use permission::Snapshot;
use restore::Service;

use step::{ErrorName, StepError};

use crate::example::{TARGET, request as request_of};
use crate::{Request, Share};

const ARN: &str = "arn:aws:rds:eu-west-1:111122223333:snapshot:orders-2026-11-23";
const IDENTIFIER: &str = "orders-2026-11-23";
const OWN_TAG: &str = "restore:share:444455556666:orders";

fn request() -> Request {
    request_of(Service::Rds, &[ARN])
}

/// What AWS says to each call, with the number of times it was asked.
struct Answers {
    describe: Rule,
    permission: Rule,
    tag: Rule,
    give: Rule,
}

impl Answers {
    /// The snapshot has `tags`; the account is seen to have the permission as in `seen`, one look
    /// after the other.
    fn of(tags: &'static [(&str, &str)], seen: &[bool]) -> Self {
        let (first, rest) = seen.split_first().unwrap();
        let mut permission = mock!(Client::describe_db_snapshot_attributes)
            .match_requests(|look| look.db_snapshot_identifier() == Some(IDENTIFIER))
            .sequence()
            .output(permitted(*first));
        for seen in rest {
            permission = permission.output(permitted(*seen));
        }
        Self {
            describe: mock!(Client::describe_db_snapshots)
                .match_requests(|look| look.db_snapshot_identifier() == Some(IDENTIFIER))
                .then_output(|| {
                    DescribeDbSnapshotsOutput::builder().db_snapshots(tagged(tags)).build()
                }),
            permission: permission.build(),
            tag: mock!(Client::add_tags_to_resource)
                .then_output(|| AddTagsToResourceOutput::builder().build()),
            give: mock!(Client::modify_db_snapshot_attribute)
                .match_requests(|modify| {
                    modify.db_snapshot_identifier() == Some(IDENTIFIER)
                        && modify.attribute_name() == Some("restore")
                        && modify.values_to_add() == [TARGET]
                        && modify.values_to_remove().is_empty()
                })
                .then_output(|| ModifyDbSnapshotAttributeOutput::builder().build()),
        }
    }

    async fn share(&self) -> Result<(), StepError> {
        let rules = [&self.describe, &self.permission, &self.tag, &self.give];
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules);
        Share::of(&request())?.all(|arn| Snapshot::Db(&rds, arn)).await
    }

    /// How often the permission was looked at, the tag written and the permission given.
    fn calls(&self) -> (usize, usize, usize) {
        (self.permission.num_calls(), self.tag.num_calls(), self.give.num_calls())
    }
}

fn tagged(tags: &[(&str, &str)]) -> DbSnapshot {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build());
    DbSnapshot::builder().db_snapshot_arn(ARN).set_tag_list(Some(tags.collect())).build()
}

/// Attributes of which one is about something else and the other names somebody else, and the
/// target account if `seen`.
fn permitted(seen: bool) -> impl Fn() -> DescribeDbSnapshotAttributesOutput {
    move || {
        let unrelated =
            DbSnapshotAttribute::builder().attribute_name("other").attribute_values(TARGET);
        let mut restore =
            DbSnapshotAttribute::builder().attribute_name("restore").attribute_values("all");
        if seen {
            restore = restore.attribute_values(TARGET);
        }
        let attributes = DbSnapshotAttributesResult::builder()
            .db_snapshot_attributes(unrelated.build())
            .db_snapshot_attributes(restore.build());
        DescribeDbSnapshotAttributesOutput::builder()
            .db_snapshot_attributes_result(attributes.build())
            .build()
    }
}

fn writes(value: &'static str) -> Rule {
    mock!(Client::add_tags_to_resource)
        .match_requests(move |tagging| {
            let tags: Vec<_> = tagging.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            tagging.resource_name() == Some(ARN) && tags == [(Some(OWN_TAG), Some(value))]
        })
        .then_output(|| AddTagsToResourceOutput::builder().build())
}

#[tokio::test]
async fn the_target_account_and_only_it_is_given_permission() {
    let answers = Answers { tag: writes("given"), ..Answers::of(&[], &[false, false, true]) };

    answers.share().await.unwrap();

    assert_eq!(answers.calls(), (3, 1, 1));
}

#[tokio::test]
async fn a_share_that_was_there_before_is_written_down_and_left_alone() {
    let answers = Answers { tag: writes("found"), ..Answers::of(&[], &[true, true]) };

    answers.share().await.unwrap();

    assert_eq!(answers.calls(), (2, 1, 0));
}

#[tokio::test]
async fn a_retry_shares_once() {
    let answers = Answers::of(&[(OWN_TAG, "given")], &[true]);

    answers.share().await.unwrap();

    assert_eq!(answers.calls(), (1, 0, 0));
}

#[tokio::test]
async fn a_retry_gives_what_was_only_written_down() {
    let answers = Answers::of(&[(OWN_TAG, "given")], &[false, true]);

    answers.share().await.unwrap();

    assert_eq!(answers.calls(), (2, 0, 1));
}

#[tokio::test]
async fn nothing_is_given_that_could_not_be_written_down() {
    let refused = mock!(Client::add_tags_to_resource).then_error(|| {
        AddTagsToResourceError::generic(ErrorMetadata::builder().code("AccessDenied").build())
    });
    let answers = Answers { tag: refused, ..Answers::of(&[], &[false]) };

    let error = answers.share().await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert!(error.to_string().contains("rds:AddTagsToResource"), "{error}");
    assert_eq!(answers.calls(), (1, 1, 0));
}

#[tokio::test]
async fn a_refused_share_is_told_by_its_class_with_the_snapshot_and_the_role() {
    for (code, name) in [
        ("InvalidDBSnapshotState", ErrorName::ResourceFailed),
        ("SharedSnapshotQuotaExceeded", ErrorName::LimitReached),
        ("AccessDenied", ErrorName::AccessDenied),
        ("SomethingNew", ErrorName::Unexpected),
    ] {
        let refused = mock!(Client::modify_db_snapshot_attribute).then_error(move || {
            ModifyDBSnapshotAttributeError::generic(ErrorMetadata::builder().code(code).build())
        });
        let answers = Answers { give: refused, ..Answers::of(&[], &[false, false]) };

        let error = answers.share().await.unwrap_err();

        assert_eq!(error.name(), name, "{code}");
        let words = error.to_string();
        for part in ["rds:ModifyDBSnapshotAttribute", code, ARN, "role/restore-source"] {
            assert!(words.contains(part), "{words}");
        }
    }
}

#[tokio::test]
async fn a_permission_that_aws_does_not_show_afterwards_is_asked_for_again() {
    let answers = Answers::of(&[], &[false, false, false]);

    let error = answers.share().await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Throttled);
    assert_eq!(answers.calls(), (3, 1, 1));
}

#[tokio::test]
async fn a_db_snapshot_that_is_not_there_is_named_and_nothing_is_changed() {
    let silent = mock!(Client::describe_db_snapshots)
        .then_output(|| DescribeDbSnapshotsOutput::builder().build());
    let answers = Answers { describe: silent, ..Answers::of(&[], &[false]) };

    let error = answers.share().await.unwrap_err();

    assert_eq!(error.name(), ErrorName::InvalidInput);
    assert!(error.to_string().contains(ARN), "{error}");
    assert_eq!(answers.calls(), (1, 0, 0));
}

#[tokio::test]
async fn the_permission_is_read_before_the_tags_that_explain_it() {
    let refused = mock!(Client::describe_db_snapshot_attributes).then_error(|| {
        DescribeDBSnapshotAttributesError::generic(
            ErrorMetadata::builder().code("AccessDenied").build(),
        )
    });
    let answers = Answers { permission: refused, ..Answers::of(&[], &[true]) };

    let error = answers.share().await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert_eq!(answers.describe.num_calls(), 0);
    assert_eq!(answers.calls(), (1, 0, 0));
}
