use aws_sdk_ec2::Client;
use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::create_tags::{CreateTagsError, CreateTagsOutput};
use aws_sdk_ec2::operation::describe_snapshot_attribute::{
    DescribeSnapshotAttributeError, DescribeSnapshotAttributeOutput,
};
use aws_sdk_ec2::operation::describe_snapshots::DescribeSnapshotsOutput;
use aws_sdk_ec2::operation::modify_snapshot_attribute::{
    ModifySnapshotAttributeError, ModifySnapshotAttributeOutput,
};
use aws_sdk_ec2::types::{
    CreateVolumePermission, OperationType, Snapshot as EbsSnapshot, SnapshotAttributeName, Tag,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use permission::Snapshot;
use restore::Service;

use step::{ErrorName, StepError};

use crate::example::{TARGET, request as request_of};
use crate::{Request, Share};

const SNAPSHOT: &str = "snap-0123456789abcdef0";
const OWN_TAG: &str = "restore:share:444455556666:orders";

fn request() -> Request {
    request_of(Service::Ec2, &[SNAPSHOT])
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
        let mut permission =
            mock!(Client::describe_snapshot_attribute).sequence().output(permitted(*first));
        for seen in rest {
            permission = permission.output(permitted(*seen));
        }
        Self {
            describe: mock!(Client::describe_snapshots).then_compute_output(|look| {
                let snapshots = look.snapshot_ids().iter().map(|id| tagged(id, tags)).collect();
                DescribeSnapshotsOutput::builder().set_snapshots(Some(snapshots)).build()
            }),
            permission: permission.build(),
            tag: mock!(Client::create_tags).then_output(|| CreateTagsOutput::builder().build()),
            give: mock!(Client::modify_snapshot_attribute)
                .match_requests(|modify| {
                    modify.attribute() == Some(&SnapshotAttributeName::CreateVolumePermission)
                        && modify.operation_type() == Some(&OperationType::Add)
                        && modify.user_ids() == [TARGET]
                        && modify.group_names().is_empty()
                        && modify.create_volume_permission().is_none()
                })
                .then_output(|| ModifySnapshotAttributeOutput::builder().build()),
        }
    }

    async fn share(&self, request: &Request) -> Result<(), StepError> {
        let rules = [&self.describe, &self.permission, &self.tag, &self.give];
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules);
        Share::of(request)?.all(|id| Snapshot::Ebs(&ec2, id)).await
    }

    /// How often the permission was looked at, the tag written and the permission given.
    fn calls(&self) -> (usize, usize, usize) {
        (self.permission.num_calls(), self.tag.num_calls(), self.give.num_calls())
    }
}

fn tagged(id: &str, tags: &[(&str, &str)]) -> EbsSnapshot {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build());
    EbsSnapshot::builder().snapshot_id(id).set_tags(Some(tags.collect())).build()
}

/// An attribute that names somebody else, and the target account if `seen`.
fn permitted(seen: bool) -> impl Fn() -> DescribeSnapshotAttributeOutput {
    move || {
        let accounts = ["777788889999", TARGET].into_iter().take(1 + usize::from(seen));
        let permissions = accounts.map(|id| CreateVolumePermission::builder().user_id(id).build());
        DescribeSnapshotAttributeOutput::builder()
            .set_create_volume_permissions(Some(permissions.collect()))
            .build()
    }
}

fn writes(value: &'static str) -> Rule {
    mock!(Client::create_tags)
        .match_requests(move |tagging| {
            let tags: Vec<_> = tagging.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            tagging.resources() == [SNAPSHOT] && tags == [(Some(OWN_TAG), Some(value))]
        })
        .then_output(|| CreateTagsOutput::builder().build())
}

#[tokio::test]
async fn the_target_account_and_only_it_is_given_permission() {
    let answers = Answers { tag: writes("given"), ..Answers::of(&[], &[false, false, true]) };

    answers.share(&request()).await.unwrap();

    assert_eq!(answers.calls(), (3, 1, 1));
}

#[tokio::test]
async fn a_share_that_was_there_before_is_written_down_and_left_alone() {
    let answers = Answers { tag: writes("found"), ..Answers::of(&[], &[true, true]) };

    answers.share(&request()).await.unwrap();

    assert_eq!(answers.calls(), (2, 1, 0));
}

#[tokio::test]
async fn a_retry_shares_once() {
    let answers = Answers::of(&[(OWN_TAG, "given")], &[true]);

    answers.share(&request()).await.unwrap();

    assert_eq!(answers.calls(), (1, 0, 0));
}

#[tokio::test]
async fn a_retry_gives_what_was_only_written_down() {
    let answers = Answers::of(&[(OWN_TAG, "given")], &[false, true]);

    answers.share(&request()).await.unwrap();

    assert_eq!(answers.calls(), (2, 0, 1));
}

#[tokio::test]
async fn every_snapshot_is_shared_and_one_of_two_volumes_once() {
    let seen = [false, false, true, false, false, true];
    let answers = Answers::of(&[], &seen);

    answers.share(&request_of(Service::Ec2, &["snap-1", "snap-2", "snap-1"])).await.unwrap();

    assert_eq!(answers.calls(), (6, 2, 2));
}

#[tokio::test]
async fn a_share_that_goes_while_it_is_written_down_is_given() {
    let answers = Answers::of(&[], &[true, false, false, true]);

    answers.share(&request()).await.unwrap();

    // First as found, then as given: what this restore gives, it takes back.
    assert_eq!(answers.calls(), (4, 2, 1));
}

#[tokio::test]
async fn what_restores_with_another_account_say_is_of_no_matter() {
    let theirs = &[("restore:share:777788889999:orders-2", "found")];
    let answers = Answers { tag: writes("given"), ..Answers::of(theirs, &[false, false, true]) };

    answers.share(&request()).await.unwrap();

    assert_eq!(answers.calls(), (3, 1, 1));
}

#[tokio::test]
async fn nothing_is_given_that_could_not_be_written_down() {
    let refused = mock!(Client::create_tags).then_error(|| {
        let refusal = ErrorMetadata::builder().code("UnauthorizedOperation").build();
        CreateTagsError::generic(refusal)
    });
    let answers = Answers { tag: refused, ..Answers::of(&[], &[false]) };

    let error = answers.share(&request()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert!(error.to_string().contains("ec2:CreateTags"), "{error}");
    assert_eq!(answers.calls(), (1, 1, 0));
}

#[tokio::test]
async fn a_refused_share_is_told_by_its_class_with_the_snapshot_and_the_role() {
    let default_key = "Encrypted snapshots with EBS default key cannot be shared";
    for (code, message, name) in [
        ("OperationNotPermitted", default_key, ErrorName::DefaultKeyNotShareable),
        ("UnauthorizedOperation", "You are not authorized", ErrorName::AccessDenied),
        ("InvalidSnapshot.NotFound", "does not exist", ErrorName::InvalidInput),
        ("SomethingNew", "", ErrorName::Unexpected),
    ] {
        let refused = mock!(Client::modify_snapshot_attribute).then_error(move || {
            ModifySnapshotAttributeError::generic(
                ErrorMetadata::builder().code(code).message(message).build(),
            )
        });
        let answers = Answers { give: refused, ..Answers::of(&[], &[false, false]) };

        let error = answers.share(&request()).await.unwrap_err();

        assert_eq!(error.name(), name, "{code}");
        let words = error.to_string();
        for part in ["ec2:ModifySnapshotAttribute", code, SNAPSHOT, "role/restore-source"] {
            assert!(words.contains(part), "{words}");
        }
    }
}

#[tokio::test]
async fn a_permission_that_aws_does_not_show_afterwards_is_asked_for_again() {
    let answers = Answers::of(&[], &[false, false, false]);

    let error = answers.share(&request()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Throttled);
    assert!(error.to_string().contains(TARGET), "{error}");
    assert_eq!(answers.calls(), (3, 1, 1));
}

#[tokio::test]
async fn a_permission_that_aws_does_not_show_holds_up_no_other_snapshot() {
    let answers = Answers::of(&[], &[false, false, false, false, false, true]);
    let request = request_of(Service::Ec2, &[SNAPSHOT, "snap-2"]);

    let error = answers.share(&request).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Throttled);
    assert!(error.to_string().contains(SNAPSHOT), "{error}");
    assert_eq!(answers.calls(), (6, 2, 2));
}

#[tokio::test]
async fn a_snapshot_that_aws_leaves_out_is_named_and_nothing_is_changed() {
    let silent = mock!(Client::describe_snapshots)
        .then_output(|| DescribeSnapshotsOutput::builder().build());
    let answers = Answers { describe: silent, ..Answers::of(&[], &[false]) };

    let error = answers.share(&request()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::InvalidInput);
    assert!(error.to_string().contains(SNAPSHOT), "{error}");
    assert_eq!(answers.calls(), (1, 0, 0));
}

#[tokio::test]
async fn the_permission_is_read_before_the_tags_that_explain_it() {
    let refused = mock!(Client::describe_snapshot_attribute).then_error(|| {
        DescribeSnapshotAttributeError::generic(
            ErrorMetadata::builder().code("AccessDenied").build(),
        )
    });
    let answers = Answers { permission: refused, ..Answers::of(&[], &[true]) };

    let error = answers.share(&request()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert_eq!(answers.describe.num_calls(), 0);
    assert_eq!(answers.calls(), (1, 0, 0));
}
