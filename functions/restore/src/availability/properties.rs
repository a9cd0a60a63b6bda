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

/// One answer: what AWS says of the thing's state and progress.
type Answer = (String, Option<String>);

/// State words of the API models, and words that no model has.
fn answer() -> impl Strategy<Value = Answer> {
    let known = prop::sample::select(vec![
        "pending",
        "completed",
        "error",
        "recoverable",
        "recovering",
        "creating",
        "available",
        "in-use",
        "deleting",
        "deleted",
        "running",
        "stopping",
        "stopped",
        "shutting-down",
        "terminated",
        "backing-up",
        "modifying",
        "failed",
        "restore-error",
        "storage-full",
        "incompatible-network",
        "insufficient-capacity",
        "inaccessible-encryption-credentials",
    ]);
    let state = prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()];
    let progress = prop_oneof![
        (0..=110_u32).prop_map(|percent| Some(format!("{percent}%"))),
        any::<String>().prop_map(Some),
        Just(None),
    ];
    (state, progress)
}

/// What is waited for.
fn look() -> impl Strategy<Value = fn(&Answer) -> Availability> {
    prop::sample::select(vec![
        (|(state, progress)| Availability::of_snapshot(state, progress.as_deref(), None))
            as fn(&Answer) -> Availability,
        |(state, _)| Availability::of_volume(state),
        |(state, _)| Availability::of_detached_volume(state),
        |(state, progress)| Availability::of_attached_volume(state, progress.as_deref()),
        |(state, _)| Availability::of_instance(state, InstanceState::Running, None),
        |(state, _)| Availability::of_instance(state, InstanceState::Stopped, None),
        |(state, _)| Availability::of_instance(state, InstanceState::Checked, None),
        |(state, _)| Availability::of_db_instance(state),
    ])
}

/// Waits through `answers`, of which the last is given for ever after.
fn wait(look: fn(&Answer) -> Availability, answers: &[Answer], deadline: u32) -> (Outcome, u32) {
    let (mut elapsed, mut looks) = (0, 0);
    let last = answers.len() - 1;
    loop {
        if elapsed > deadline {
            return (Outcome::TimedOut, looks);
        }
        let answer = &answers[usize::try_from(looks).unwrap_or(last).min(last)];
        looks += 1;
        match look(answer) {
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
        look in look(),
        answers in prop::collection::vec(answer(), 1..40),
        deadline in 0..172_800_u32,
    ) {
        let (outcome, looks) = wait(look, &answers, deadline);

        prop_assert!(looks <= deadline / SHORTEST_SECONDS + 1);
        // Nothing is ready that AWS never said to be.
        if outcome == Outcome::Ready {
            let looks = usize::try_from(looks).unwrap();
            let told = &answers[looks.min(answers.len()) - 1];
            prop_assert_eq!(look(told), Availability::Ready);
        }
    }
}
