//! Permissions on the source's snapshots.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_ec2::operation::delete_tags::DeleteTagsOutput;
use aws_sdk_ec2::operation::describe_snapshot_attribute::DescribeSnapshotAttributeOutput;
use aws_sdk_ec2::operation::modify_snapshot_attribute::{
    ModifySnapshotAttributeError, ModifySnapshotAttributeOutput,
};
use aws_sdk_ec2::types::{CreateVolumePermission, OperationType};

use super::super::example::source;
use super::*;

const TARGET: &str = "444455556666";
const OWN: &str = "restore:share:444455556666:orders";
const ANOTHER: &str = "restore:share:444455556666:another";
const SHARED: &str =
    "arn:aws:ec2:eu-west-1:111122223333:snapshot/snap-source (permission of 444455556666)";

type Tags = &'static [(&'static str, &'static str)];

/// The source account, which has shared `snap-source`.
struct Source {
    staged: Rule,
    shared: Rule,
    permission: Rule,
    leaving: Rule,
    withdraw: Rule,
    give_back: Rule,
    tags: Rule,
    untag: Rule,
}

impl Source {
    /// The snapshot has `tags`, which the search finds and no later look sees change.
    fn new(tags: Tags) -> Self {
        Self {
            staged: mock!(Client::describe_snapshots)
                .match_requests(|input| {
                    input.filters().iter().any(|filter| filter.name() == Some("tag:restore:id"))
                })
                .then_output(|| DescribeSnapshotsOutput::builder().build()),
            shared: mock!(Client::describe_snapshots)
                .match_requests(|input| {
                    let keys = input.filters().iter().find(|one| one.name() == Some("tag-key"));
                    keys.is_some_and(|keys| keys.values() == ["restore:share:*:orders"])
                        && input.owner_ids() == ["self"]
                })
                .then_output(move || tagged(tags)),
            permission: permitted(&[TARGET, "777788889999"]),
            leaving: mock!(Client::create_tags)
                .match_requests(|input| {
                    let tags = input.tags().iter().map(|tag| (tag.key(), tag.value()));
                    input.resources() == ["snap-source"] && tags.eq([(Some(OWN), Some("leaving"))])
                })
                .then_output(|| CreateTagsOutput::builder().build()),
            withdraw: modify(OperationType::Remove, TARGET),
            give_back: modify(OperationType::Add, TARGET),
            tags: looks(vec![tags]),
            untag: untag(OWN),
        }
    }

    async fn clean(&self, request: &Request) -> Response {
        let rules = [
            &self.staged,
            &self.shared,
            &self.permission,
            &self.leaving,
            &self.withdraw,
            &self.give_back,
            &self.tags,
            &self.untag,
        ];
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules);
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [] as [&Rule; 0]);
        clean(&[source(ec2, rds)], request, Sweep::of(request)).await.response
    }

    /// How often the permission was withdrawn and given back, and the tag removed.
    fn changes(&self) -> (usize, usize, usize) {
        (self.withdraw.num_calls(), self.give_back.num_calls(), self.untag.num_calls())
    }
}

fn tagged(tags: Tags) -> DescribeSnapshotsOutput {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build());
    let snapshot = Snapshot::builder().snapshot_id("snap-source");
    let snapshot = snapshot.set_tags(Some(tags.collect())).build();
    DescribeSnapshotsOutput::builder().snapshots(snapshot).build()
}

/// Looks at the snapshot's tags, one after the other; the last sees what all later ones see.
fn looks(seen: Vec<Tags>) -> Rule {
    let next = AtomicUsize::new(0);
    mock!(Client::describe_snapshots)
        .match_requests(|input| input.snapshot_ids() == ["snap-source"])
        .then_output(move || {
            let next = next.fetch_add(1, Ordering::Relaxed);
            tagged(seen[next.min(seen.len() - 1)])
        })
}

fn modify(operation: OperationType, account: &'static str) -> Rule {
    mock!(Client::modify_snapshot_attribute)
        .match_requests(move |input| {
            input.snapshot_id() == Some("snap-source")
                && input.operation_type() == Some(&operation)
                && input.user_ids() == [account]
                && input.group_names().is_empty()
        })
        .then_output(|| ModifySnapshotAttributeOutput::builder().build())
}

fn untag(key: &'static str) -> Rule {
    mock!(Client::delete_tags)
        .match_requests(move |input| {
            let keys: Vec<_> = input.tags().iter().filter_map(Tag::key).collect();
            input.resources() == ["snap-source"] && keys == [key]
        })
        .then_output(|| DeleteTagsOutput::builder().build())
}

fn permitted(accounts: &'static [&'static str]) -> Rule {
    mock!(Client::describe_snapshot_attribute).then_output(move || {
        let permissions = accounts
            .iter()
            .map(|account| CreateVolumePermission::builder().user_id(*account).build())
            .collect();
        DescribeSnapshotAttributeOutput::builder()
            .set_create_volume_permissions(Some(permissions))
            .build()
    })
}

fn cross_account(reason: Reason) -> Request {
    request(Flow::Ec2CrossAccount, reason)
}

fn withdrawn() -> Response {
    Response::Done { cleaned_up: vec![SHARED.to_owned()], left: vec![] }
}

#[tokio::test]
async fn a_share_that_this_restore_gave_is_withdrawn_and_then_its_tag_goes() {
    let source = Source::new(&[(OWN, "given")]);

    let response = source.clean(&cross_account(Reason::Failed)).await;

    assert_eq!(response, withdrawn());
    assert_eq!(source.changes(), (1, 0, 1));
    assert_eq!(source.leaving.num_calls(), 1);
}

#[tokio::test]
async fn a_share_that_may_not_be_withdrawn_keeps_its_tag_and_is_told() {
    let refused = mock!(Client::modify_snapshot_attribute)
        .then_error(|| ModifySnapshotAttributeError::generic(error("UnauthorizedOperation")));
    let source = Source { withdraw: refused, ..Source::new(&[(OWN, "given")]) };

    let response = source.clean(&cross_account(Reason::Failed)).await;

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    assert_eq!((cleaned_up.len(), left.len()), (0, 1));
    assert_eq!(left[0].resource, SHARED);
    assert!(left[0].why.contains("ec2:ModifySnapshotAttribute: UnauthorizedOperation"), "{left:?}");
    assert_eq!(source.changes(), (1, 0, 0));
}

#[tokio::test]
async fn a_share_that_was_there_before_stays() {
    let source = Source::new(&[(OWN, "found")]);

    let response = source.clean(&cross_account(Reason::Failed)).await;

    assert_eq!(response, Response::Done { cleaned_up: vec![], left: vec![] });
    assert_eq!(source.changes(), (0, 0, 1));
    assert_eq!(source.leaving.num_calls(), 0);
}

#[tokio::test]
async fn a_share_that_another_restore_uses_stays_and_is_told() {
    let source = Source::new(&[(OWN, "given"), (ANOTHER, "given")]);

    let response = source.clean(&cross_account(Reason::Failed)).await;

    let why = "used by restore another".to_owned();
    let resource = SHARED.to_owned();
    let left = Left { resource, why, used_by_others: true, kept: false };
    assert_eq!(response, Response::Done { cleaned_up: vec![], left: vec![left] });
    assert_eq!(source.changes(), (0, 0, 1));
}

#[tokio::test]
async fn a_share_with_another_account_is_of_no_matter() {
    let source = Source::new(&[(OWN, "given"), ("restore:share:777788889999:another", "given")]);

    assert_eq!(source.clean(&cross_account(Reason::Failed)).await, withdrawn());
    assert_eq!(source.changes(), (1, 0, 1));
}

#[tokio::test]
async fn a_share_that_an_earlier_run_gave_another_account_is_withdrawn_from_that_one() {
    const EARLIER: &str = "restore:share:777788889999:orders";
    let leaving = mock!(Client::create_tags).then_output(|| CreateTagsOutput::builder().build());
    let source = Source {
        leaving,
        withdraw: modify(OperationType::Remove, "777788889999"),
        untag: untag(EARLIER),
        ..Source::new(&[(EARLIER, "given")])
    };

    let response = source.clean(&cross_account(Reason::Failed)).await;

    let cleaned_up = vec![SHARED.replace(TARGET, "777788889999")];
    assert_eq!(response, Response::Done { cleaned_up, left: vec![] });
    assert_eq!(source.changes(), (1, 0, 1));
}

#[tokio::test]
async fn a_share_that_another_restore_begins_to_use_meanwhile_is_given_back() {
    let both: Tags = &[(OWN, "leaving"), (ANOTHER, "given")];
    let tags = looks(vec![&[(OWN, "leaving")], both]);
    let source = Source { tags, ..Source::new(&[(OWN, "given")]) };

    let response = source.clean(&cross_account(Reason::Failed)).await;

    assert!(matches!(response, Response::Done { cleaned_up, left }
        if cleaned_up.is_empty() && left.len() == 1));
    assert_eq!(source.changes(), (1, 1, 1));
}

#[tokio::test]
async fn a_share_that_could_not_be_given_back_is_given_back_by_the_next_call() {
    let both: Tags = &[(OWN, "leaving"), (ANOTHER, "given")];
    let source = Source { permission: permitted(&[]), ..Source::new(both) };

    let response = source.clean(&cross_account(Reason::Failed)).await;

    assert!(matches!(response, Response::Done { left, .. } if left.len() == 1));
    assert_eq!(source.changes(), (0, 1, 1));

    let refused = mock!(Client::modify_snapshot_attribute)
        .then_error(|| ModifySnapshotAttributeError::generic(error("InternalError")));
    let permission = permitted(&[]);
    let source = Source { permission, give_back: refused, ..Source::new(both) };
    // It is tried again by the next call: the tag is still there.
    let response = source.clean(&cross_account(Reason::Failed)).await;
    assert!(matches!(response, Response::Pending { left, .. } if left.is_empty()));
    assert_eq!(source.untag.num_calls(), 0);
}

#[tokio::test]
async fn a_share_that_was_noted_and_never_given_loses_its_tag_alone() {
    let permission = permitted(&["777788889999"]);
    let source = Source { permission, ..Source::new(&[(OWN, "given")]) };

    let response = source.clean(&cross_account(Reason::Failed)).await;

    assert_eq!(response, Response::Done { cleaned_up: vec![], left: vec![] });
    assert_eq!(source.changes(), (0, 0, 1));
}

#[tokio::test]
async fn a_share_of_a_snapshot_that_is_gone_is_gone() {
    let tags = mock!(Client::describe_snapshots)
        .match_requests(|input| input.snapshot_ids() == ["snap-source"])
        .then_output(|| DescribeSnapshotsOutput::builder().build());
    let source = Source { tags, ..Source::new(&[(OWN, "given")]) };

    let response = source.clean(&cross_account(Reason::Failed)).await;

    assert_eq!(response, Response::Done { cleaned_up: vec![], left: vec![] });
    assert_eq!(source.changes(), (0, 0, 0));
}

#[tokio::test]
async fn a_share_that_may_not_be_shown_yet_keeps_its_tag_until_aws_must_show_it() {
    // Given a moment ago: the permission that the tag tells of is not shown.
    let source = Source { permission: permitted(&[]), ..Source::new(&[(OWN, "given")]) };
    let mut request = cross_account(Reason::Failed);
    request.elapsed_seconds = 0;

    let early = source.clean(&request).await;

    assert!(matches!(early, Response::Pending { wait_seconds: 120, .. }), "{early:?}");
    assert_eq!((source.leaving.num_calls(), source.changes()), (0, (0, 0, 0)));

    let source = Source::new(&[(OWN, "given")]);
    request.elapsed_seconds = 120;
    assert_eq!(source.clean(&request).await, withdrawn());
}

#[tokio::test]
async fn a_share_stays_where_the_restored_volumes_cannot_be_seen() {
    let source = Source::new(&[(OWN, "given")]);

    let response = source.clean(&cross_account(Reason::Restored)).await;

    assert!(matches!(response, Response::Done { left, .. } if left.len() == 1));
    assert_eq!(source.changes(), (0, 0, 0));
}
