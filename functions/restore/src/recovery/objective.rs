//! What a recovery was to reach, and whether it did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::request::Mode;

use super::{Ending, Ledger, RestoreResult, Status};

/// A target and what was reached.
///
/// It is met only where all that it depends on is known: what was not measured is not told as
/// reached. A run that skips waves measures a part of the recovery, and a dry one what comes before
/// it: neither shows that a target is met, though both can show that it is missed, since the whole
/// takes no less time and its oldest snapshot is no younger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How long a recovery took that began at `start`: until the last of its restores ended. One
    /// that failed is not complete, and so misses every target; a dry one was not to be.
    pub(super) fn time<'a>(
        ledger: &Ledger,
        start: Timestamp,
        status: Status,
        results: impl Iterator<Item = &'a RestoreResult> + Clone,
    ) -> Self {
        let last = results.clone().filter_map(|result| result.ended_at).max();
        let known = whole(ledger) && restored(results).all(|result| result.ended_at.is_some());
        let target = ledger.rto_minutes;
        let reached = Self::of(target, last.map(|last| between(start, last)), known);
        // The waves of a drill wait for each other's tear-down, which those of the day do not.
        if ledger.mode == Mode::Drill && reached.met == Some(false) {
            return Self { met: None, ..reached };
        }
        match (status, target) {
            (Status::Failed | Status::NotStarted, Some(_)) if !ledger.dry_run => {
                Self { met: Some(false), ..reached }
            }
            _ => reached,
        }
    }

    /// How old the data was at `start` that a recovery restored: that of the oldest.
    pub(super) fn point<'a>(
        ledger: &Ledger,
        start: Timestamp,
        status: Status,
        results: impl Iterator<Item = &'a RestoreResult> + Clone,
    ) -> Self {
        let oldest = restored(results.clone()).filter_map(|result| result.recovery_point).min();
        let all = matches!(status, Status::Succeeded | Status::Tolerated);
        let known =
            all && whole(ledger) && restored(results).all(|result| result.recovery_point.is_some());
        Self::of(ledger.rpo_minutes, oldest.map(|oldest| between(oldest, start)), known)
    }

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

/// Whether a run restores all of its plan.
fn whole(ledger: &Ledger) -> bool {
    !ledger.dry_run && !ledger.waves.iter().any(|wave| wave.skipped)
}

fn restored<'a>(
    results: impl Iterator<Item = &'a RestoreResult>,
) -> impl Iterator<Item = &'a RestoreResult> {
    results.filter(|result| result.ending == Ending::Succeeded)
}

/// The seconds from one instant to another; none where it is not later.
pub(super) fn between(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().max(0)
}
