//! A place with snapshots in a mocked EC2, which filters them as EC2 does.

use aws_sdk_ec2::Client as Ec2;
use aws_sdk_ec2::operation::describe_snapshots::{DescribeSnapshotsInput, DescribeSnapshotsOutput};
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::builders::SnapshotBuilder;
use aws_sdk_ec2::types::{Filter, Snapshot, Tag};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use crate::accounts::tests::clients;
use crate::accounts::{Accounts, Clients};

/// A snapshot that may be a copy of any.
pub(super) fn copy(id: &str) -> SnapshotBuilder {
    Snapshot::builder()
        .snapshot_id(id)
        .volume_id("vol-ffffffff")
        .volume_size(8)
        .start_time(DateTime::from_secs(1_795_400_000))
}

pub(super) fn tagged(id: &str, key: &str, value: &str) -> Snapshot {
    copy(id).tags(Tag::builder().key(key).value(value).build()).build()
}

/// Whether a snapshot passes a filter. Those that are asked for by any other are none of these.
fn passes(snapshot: &Snapshot, filter: &Filter) -> bool {
    let any = |passes: &dyn Fn(&str) -> bool| filter.values().iter().any(|value| passes(value));
    match filter.name().unwrap() {
        "status" => any(&|value| value == "completed"),
        "tag:restore:source" => any(&|value| {
            let is = |tag: &Tag| (tag.key(), tag.value()) == (Some("restore:source"), Some(value));
            snapshot.tags().iter().any(is)
        }),
        "description" => any(&|value| {
            let words = snapshot.description().unwrap_or_default();
            words.contains(value.trim_matches('*'))
        }),
        "volume-id" => any(&|value| snapshot.volume_id() == Some(value)),
        other => panic!("{other}"),
    }
}

/// A place with these snapshots; how often they are asked for by a filter, and how often all are.
pub(super) fn place(snapshots: Vec<Snapshot>) -> (Accounts, [Rule; 2]) {
    let of_account = |asked: &DescribeSnapshotsInput| {
        assert!(asked.filters().iter().all(|it| it.values().len() <= 200));
        asked.owner_ids() == ["111122223333"]
    };
    let answer = move |asked: &DescribeSnapshotsInput| {
        let passing = |it: &&Snapshot| asked.filters().iter().all(|filter| passes(it, filter));
        let found = snapshots.iter().filter(passing).cloned().collect();
        DescribeSnapshotsOutput::builder().set_snapshots(Some(found)).build()
    };
    let filtered = mock!(Ec2::describe_snapshots)
        .match_requests(move |asked| of_account(asked) && asked.filters().len() == 2)
        .then_compute_output(answer.clone());
    let all = mock!(Ec2::describe_snapshots)
        .match_requests(move |asked| of_account(asked) && asked.filters().len() == 1)
        .then_compute_output(answer);
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&filtered, &all]);
    (
        Accounts { source: Some(Clients { ec2, ..clients() }), ..Accounts::default() },
        [filtered, all],
    )
}

/// A copy of each snapshot, by a tag and by its description, and one of nothing known.
pub(super) fn known_copies() -> Vec<Snapshot> {
    vec![
        tagged("snap-000000aa", "restore:source", "snap-0000000a"),
        copy("snap-000000bb").description("[Copied snap-0000000b from us-east-1]").build(),
        copy("snap-000000cc").description("snap-0000000c").build(),
    ]
}
