//! What holds of the copies of a hop, whatever earlier attempts have left.

use aws_sdk_ec2::types::SnapshotState;
use aws_smithy_types::DateTime;
use proptest::prelude::*;
use proptest::sample::select;
use restore::Service;
use restore::plan::HopStep;

use super::*;
use crate::example::{KEY, OTHER_KEY, request};

/// The snapshots of a restore; of one of them two volumes may be made.
const SOURCES: [&str; 3] = ["snap-0a0a0a0a", "snap-0b0b0b0b", "snap-0c0c0c0c"];

/// A copy of `source`, begun at `second`.
fn copied(id: String, source: &str, key: &str, state: SnapshotState, second: i64) -> Snapshot {
    Snapshot::builder()
        .snapshot_id(id)
        .state(state)
        .start_time(DateTime::from_secs(second))
        .kms_key_id(key)
        .tags(Tag::builder().key(tag::SOURCE).value(source).build())
        .build()
}

/// A copy that an earlier attempt has left, usable or not.
fn left() -> impl Strategy<Value = Snapshot> {
    let state = select(vec![
        SnapshotState::Pending,
        SnapshotState::Completed,
        SnapshotState::Error,
        SnapshotState::Recoverable,
        SnapshotState::Recovering,
    ]);
    let key = select(vec![KEY, OTHER_KEY]);
    (0..1000_u32, select(&SOURCES[..]), key, state, 0..5_i64).prop_map(
        |(id, source, key, state, second)| {
            copied(format!("snap-left-{id}"), source, key, state, second)
        },
    )
}

/// One attempt, to which AWS lists all that is `there`: the copies that it comes to, and how many
/// of them it makes, which are there from then on.
fn attempt(request: &Request, there: &mut Vec<Snapshot>) -> (Vec<String>, usize) {
    let mut made = Vec::new();
    let mut copies = Vec::new();
    for snapshot in request.hop.concerned(&request.snapshots).unwrap() {
        copies.push(match plan(request, snapshot, there) {
            Plan::Adopt(copy) => copy,
            Plan::Copy => {
                let (id, source) = (format!("snap-made-of-{}", snapshot.source), &snapshot.source);
                made.push(copied(id.clone(), source, KEY, SnapshotState::Pending, 10));
                id
            }
        });
    }
    let count = made.len();
    there.extend(made);
    (copies, count)
}

proptest! {
    #[test]
    fn a_second_attempt_makes_nothing_and_comes_to_the_copies_of_the_first(
        hop in prop::collection::vec(select(&SOURCES[..]), 1..5),
        mut there in prop::collection::vec(left(), 0..8),
        listed_from_the_end in any::<bool>(),
    ) {
        let request = request(Service::Ec2, HopStep::CopySnapshot, &hop);
        let (first, _) = attempt(&request, &mut there);
        if listed_from_the_end {
            there.reverse();
        }

        let (second, made) = attempt(&request, &mut there);

        prop_assert_eq!(made, 0);
        prop_assert_eq!(second, first);
    }
}
