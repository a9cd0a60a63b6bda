//! What holds of every wait, whatever AWS answers.

use proptest::prelude::*;

use super::{Availability, InstanceState};
use crate::poll::{SHORTEST_SECONDS, next_look};

/// How a wait ends.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Ready,
    Failed,
    TimedOut,
}

/// One answer: what AWS says of the thing's state, and of its progress or its second state.
type Answer = (String, Option<String>);

/// What is waited for: how an answer of it is read, and the words that AWS answers with.
#[derive(Debug, Clone, Copy)]
struct Wait {
    read: fn(&Answer) -> Availability,
    words: &'static [&'static str],
}

/// BC:ec2.SnapshotState.
const SNAPSHOT: &[&str] = &["pending", "completed", "error", "recoverable", "recovering"];

/// BC:ec2.VolumeState, and BC:ec2.VolumeAttachmentState.
const VOLUME: &[&str] = &[
    "creating",
    "available",
    "in-use",
    "deleting",
    "deleted",
    "error",
    "attaching",
    "attached",
    "detaching",
    "detached",
    "busy",
];

/// BC:ec2.InstanceStateName.
const INSTANCE: &[&str] =
    &["pending", "running", "shutting-down", "terminated", "stopping", "stopped"];

/// BC:ec2.SummaryStatus.
const STATUS_CHECK: &[&str] =
    &["ok", "impaired", "insufficient-data", "not-applicable", "initializing"];

/// RDS/accessing-monitoring, "Viewing DB instance status", and the states of DB snapshots that RDS's
/// own waiters know.
const DATABASE: &[&str] = &[
    "available",
    "backing-up",
    "configuring-associated-roles",
    "configuring-enhanced-monitoring",
    "configuring-iam-database-auth",
    "configuring-log-exports",
    "converting-to-vpc",
    "copying",
    "creating",
    "delete-precheck",
    "deleted",
    "deleting",
    "failed",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "incompatible-create",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "insufficient-capacity",
    "maintenance",
    "modifying",
    "moving-to-vpc",
    "rebooting",
    "renaming",
    "resetting-master-credentials",
    "restore-error",
    "starting",
    "stopped",
    "stopping",
    "storage-config-upgrade",
    "storage-full",
    "storage-initialization",
    "storage-optimization",
    "upgrading",
];

const WAITS: [Wait; 10] = [
    Wait {
        read: |(state, progress)| Availability::of_snapshot(state, progress.as_deref(), None),
        words: SNAPSHOT,
    },
    Wait { read: |(state, _)| Availability::of_volume(state), words: VOLUME },
    Wait { read: |(state, _)| Availability::of_detached_volume(state), words: VOLUME },
    Wait {
        read: |(state, attachment)| Availability::of_attached_volume(state, attachment.as_deref()),
        words: VOLUME,
    },
    Wait {
        read: |(state, reason)| {
            Availability::of_instance(state, InstanceState::Running, reason.as_deref())
        },
        words: INSTANCE,
    },
    Wait {
        read: |(state, _)| Availability::of_instance(state, InstanceState::Stopped, None),
        words: INSTANCE,
    },
    Wait {
        read: |(state, _)| Availability::of_instance(state, InstanceState::Checked, None),
        words: INSTANCE,
    },
    Wait {
        read: |(system, instance)| {
            Availability::of_status_checks(system, instance.as_deref().unwrap_or_default())
        },
        words: STATUS_CHECK,
    },
    Wait {
        read: |(state, progress)| {
            Availability::of_db_snapshot(state, whole_percent(progress.as_deref()))
        },
        words: DATABASE,
    },
    Wait { read: |(state, _)| Availability::of_db_instance(state), words: DATABASE },
];

/// A DB snapshot's progress, which RDS answers as a number: whatever number that is.
fn whole_percent(progress: Option<&str>) -> Option<u8> {
    progress?.trim_end_matches('%').parse().ok()
}

/// A word of those, or one that no API model has.
fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    let known = prop::sample::select(words).prop_map(str::to_owned);
    prop_oneof![6 => known, 1 => any::<String>()]
}

/// What AWS may answer about something whose states are `words`.
fn answer(words: &'static [&'static str]) -> impl Strategy<Value = Answer> {
    let other = prop_oneof![
        (0..=110_u32).prop_map(|percent| Some(format!("{percent}%"))),
        word(words).prop_map(Some),
        Just(None),
    ];
    (word(words), other)
}

/// Something to wait for, and what AWS answers at each look about the one or several of it.
fn answered() -> impl Strategy<Value = (Wait, Vec<Vec<Answer>>)> {
    let wait = prop::sample::select(&WAITS[..]);
    wait.prop_flat_map(|wait| {
        let look = prop::collection::vec(answer(wait.words), 1..4);
        (Just(wait), prop::collection::vec(look, 1..40))
    })
}

/// What one look comes to.
fn seen(wait: Wait, answers: &[Answer]) -> Availability {
    Availability::of_all(answers.iter().map(wait.read))
}

/// Waits through `answers`, those of each look, of which the last are given for ever after.
fn end_of(wait: Wait, answers: &[Vec<Answer>], deadline: u32) -> (Outcome, u32) {
    let (mut elapsed, mut looks) = (0, 0);
    let last = answers.len() - 1;
    loop {
        if elapsed > deadline {
            return (Outcome::TimedOut, looks);
        }
        let answer = &answers[usize::try_from(looks).unwrap_or(last).min(last)];
        looks += 1;
        match seen(wait, answer) {
            Availability::Ready => return (Outcome::Ready, looks),
            Availability::Failed { reason } => {
                assert!(!reason.is_empty(), "failed for no reason");
                return (Outcome::Failed, looks);
            }
            Availability::Pending { percent } => elapsed += next_look(percent, elapsed),
        }
    }
}

proptest! {
    #[test]
    fn any_answers_end_a_wait_as_ready_failed_or_timed_out(
        (wait, answers) in answered(),
        deadline in 0..172_800_u32,
    ) {
        let (outcome, looks) = end_of(wait, &answers, deadline);

        prop_assert!(looks <= deadline / SHORTEST_SECONDS + 1);
        // Nothing is ready that AWS never said to be, nor while one of several is not.
        if outcome == Outcome::Ready {
            let looks = usize::try_from(looks).unwrap();
            for told in &answers[looks.min(answers.len()) - 1] {
                prop_assert_eq!((wait.read)(told), Availability::Ready);
            }
        }
    }
}

#[test]
fn what_is_waited_for_can_come_to_be_ready_but_by_no_word_that_nobody_knows() {
    let can_be_ready = WAITS.into_iter().filter(|Wait { read, words }| {
        assert_ne!(read(&("unheard-of".to_owned(), None)), Availability::Ready, "{words:?}");
        let second = || words.iter().map(|word| Some((*word).to_owned())).chain([None]);
        words.iter().any(|state| {
            second().any(|other| read(&((*state).to_owned(), other)) == Availability::Ready)
        })
    });
    // All but an instance that is to be checked: that it is so, its status checks alone tell.
    assert_eq!(can_be_ready.count(), WAITS.len() - 1);
}
