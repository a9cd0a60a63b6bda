//! What a recovery was to reach, and whether it did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::request::Mode;

use super::{Ending, Ledger, RestoreResult, Status};

/// A target and what was reached.
///
/// It is met only where all that it depends on is known: what was not measured is not told as
/// reached. A run that skips waves measures a part of the recovery, one that finds an instance
/// finished by an earlier run does not know how long that took, and a dry one measures what comes
/// before it: none of them shows that a target is met, though each can show that it is missed, since
/// the whole takes no less time and its oldest snapshot is no younger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Objective {
    /// The target, where the plan has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_minutes: Option<u32>,
    /// What was measured, where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// Whether the target is met; nothing where there is none or it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

impl Objective {
    /// What a drill reached, which measures all of what it is about or nothing.
    pub(crate) fn reached(target_minutes: Option<u32>, seconds: Option<i64>) -> Self {
        Self::of(target_minutes, seconds, true)
    }

    fn of(target_minutes: Option<u32>, seconds: Option<i64>, known: bool) -> Self {
        let met = target_minutes.zip(seconds).and_then(|(minutes, seconds)| {
            let within = seconds <= i64::from(minutes) * 60;
            (known || !within).then_some(within)
        });
        Self { target_minutes, seconds, met }
    }
}

/// The targets of a recovery, and the instant that it counts from: one restore of it, a wave and the
/// whole are held against the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Targets<'a> {
    ledger: &'a Ledger,
    start: Timestamp,
}

impl<'a> Targets<'a> {
    /// Those of a recovery that was begun at `start`.
    pub(super) const fn of(ledger: &'a Ledger, start: Timestamp) -> Self {
        Self { ledger, start }
    }

    /// How long it took from the start until all that these `results` restored could be used, and
    /// they ended with this `status`. What failed is not recovered, and so misses every target; of a
    /// dry run nothing was to be.
    pub(super) fn time(&self, status: Status, results: &[&RestoreResult]) -> Objective {
        let target = self.ledger.rto_minutes;
        let seconds = last_usable(results).map(|last| between(self.start, last));
        let known = is_whole(self.ledger) && restored(results).all(|it| it.usable_at().is_some());
        let reached = Objective::of(target, seconds, known);
        // The waves of a drill wait for each other's tear-down, which those of the day do not.
        if self.ledger.mode == Mode::Drill && reached.met == Some(false) {
            return Objective { met: None, ..reached };
        }
        match (status, target) {
            (Status::Failed | Status::NotStarted, Some(_)) if !self.ledger.dry_run => {
                Objective { met: Some(false), ..reached }
            }
            _ => reached,
        }
    }

    /// How old the oldest data was at the start that these `results` restored, which ended with this
    /// `status`. Nothing is known of the data of what was not begun.
    pub(super) fn age(&self, status: Status, results: &[&RestoreResult]) -> Objective {
        let seconds = oldest(results).map(|oldest| between(oldest, self.start));
        let all = matches!(status, Status::Succeeded | Status::Tolerated)
            && results.iter().all(|it| !matches!(it.ending, Ending::NotStarted | Ending::Skipped));
        let known = all
            && !self.ledger.dry_run
            && restored(results).all(|result| result.recovery_point.is_some());
        Objective::of(self.ledger.rpo_minutes, seconds, known)
    }
}

/// When the last of what was restored could be used, as far as that is known.
pub(super) fn last_usable(results: &[&RestoreResult]) -> Option<Timestamp> {
    restored(results).filter_map(RestoreResult::usable_at).max()
}

/// The instant of the oldest data that was restored, as far as that is known.
pub(super) fn oldest(results: &[&RestoreResult]) -> Option<Timestamp> {
    restored(results).filter_map(|result| result.recovery_point).min()
}

/// Whether a run restores all of its plan.
fn is_whole(ledger: &Ledger) -> bool {
    !ledger.dry_run && !ledger.waves.iter().any(|wave| wave.skipped)
}

fn restored<'a>(results: &[&'a RestoreResult]) -> impl Iterator<Item = &'a RestoreResult> {
    results.iter().copied().filter(|result| result.ending == Ending::Succeeded)
}

/// The seconds from one instant to another; none where it is not later.
pub(super) fn between(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().max(0)
}
