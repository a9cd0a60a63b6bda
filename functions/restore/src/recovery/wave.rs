//! What became of a wave, and whether the next one is begun.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::objective::{Targets, between, last_usable, oldest};
use super::result::by_wave;
use super::{Ending, Ledger, LedgerWave, Objective, OnWaveFailure, RestoreResult, Unaccounted};
use crate::id::Label;

/// How a wave or a recovery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Every restore has succeeded.
    Succeeded,
    /// Some failed, no more than are tolerated.
    Tolerated,
    /// More failed than are tolerated, or something cut it off.
    Failed,
    /// Nothing of it was begun.
    NotStarted,
    /// It was not to be run: the recovery began with a later wave.
    Skipped,
}

/// Whether the next wave is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It is.
    Continue,
    /// It is not, nor any after it.
    Stop,
}

/// How many restores ended in which way; each is counted once among all and once by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// All of them.
    pub restores: usize,
    /// Those that succeeded.
    pub succeeded: usize,
    /// Those of them of which nothing was restored now: an earlier run had finished the instance.
    #[serde(default)]
    pub found_finished: usize,
    /// Those that failed.
    pub failed: usize,
    /// Those that were to be run and were not begun.
    pub not_started: usize,
    /// Those of waves that were skipped.
    pub skipped: usize,
}

/// What became of a wave: no more than a line, however many restores it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaveSummary {
    /// Its name.
    pub name: Label,
    /// How it ended.
    pub status: Status,
    /// Whether the next one is begun.
    pub verdict: Verdict,
    /// How its restores ended.
    pub counts: Counts,
    /// How many failed, in percent of all of its restores.
    pub failed_percentage: f64,
    /// How many were allowed to.
    pub tolerated_failure_percentage: f64,
    /// When the first was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When the last one ended, its clean-up included: the next wave is not begun before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How long it took from its start until all that it restored could be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// The instant of the oldest data that it restored, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_point: Option<Timestamp>,
    /// The time from the start of the recovery until all that it restored could be used, against the
    /// target of the whole (RTO).
    pub rto: Objective,
    /// The age of that data at the start of the recovery, against the target of the whole (RPO).
    pub rpo: Objective,
    /// How many things its restores made and did not remove.
    pub left: usize,
}

impl Counts {
    pub(super) fn of(results: &[RestoreResult]) -> Self {
        let mut counts = Self { restores: results.len(), ..Self::default() };
        for result in results {
            counts.found_finished += usize::from(result.found_finished);
            match result.ending {
                Ending::Succeeded => counts.succeeded += 1,
                Ending::Failed { .. } => counts.failed += 1,
                Ending::NotStarted => counts.not_started += 1,
                Ending::Skipped => counts.skipped += 1,
            }
        }
        counts
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            restores: self.restores + other.restores,
            succeeded: self.succeeded + other.succeeded,
            found_finished: self.found_finished + other.found_finished,
            failed: self.failed + other.failed,
            not_started: self.not_started + other.not_started,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl LedgerWave {
    /// Whether so many of its restores may fail without failing it.
    ///
    /// As a Map Run: it fails when the percentage is exceeded, not when it is reached
    /// (SFN/state-map-distributed).
    #[must_use]
    pub fn tolerates(&self, failed: usize) -> bool {
        percentage(failed, self.restores.len()) <= self.tolerated_failure_percentage
    }
}

impl WaveSummary {
    /// Adds up the `results` of a `wave` of `ledger`, and of it alone, in a recovery that was begun at
    /// `started_at`. A restore without one was not begun.
    ///
    /// # Errors
    ///
    /// [`Unaccounted`], when there are results of other restores, or two of one.
    pub fn of(
        ledger: &Ledger,
        wave: &LedgerWave,
        started_at: Timestamp,
        results: Vec<RestoreResult>,
    ) -> Result<Self, Unaccounted> {
        let accounted = by_wave(std::iter::once(wave), results)?;
        let results: Vec<RestoreResult> = accounted.into_iter().flatten().collect();
        Ok(Self::sum(Targets::of(ledger, started_at), wave, &results))
    }

    /// Adds up `results`, which are one for each restore of `wave`.
    ///
    /// A wave that failed stops the recovery where the plan says so, and so does one that was cut
    /// off or never begun: what was not tried has not gone well.
    pub(super) fn sum(targets: Targets<'_>, wave: &LedgerWave, results: &[RestoreResult]) -> Self {
        let counts = Counts::of(results);
        let failed_percentage = percentage(counts.failed, counts.restores);
        let exceeded = !wave.tolerates(counts.failed);
        let status = if wave.skipped {
            Status::Skipped
        } else if counts.not_started == counts.restores {
            Status::NotStarted
        } else if exceeded || counts.not_started > 0 {
            Status::Failed
        } else if counts.failed > 0 {
            Status::Tolerated
        } else {
            Status::Succeeded
        };
        let verdict = match (status, wave.on_wave_failure) {
            (Status::Failed | Status::NotStarted, OnWaveFailure::Stop) => Verdict::Stop,
            _ => Verdict::Continue,
        };
        let all: Vec<&RestoreResult> = results.iter().collect();
        let started_at = results.iter().filter_map(|result| result.started_at).min();
        Self {
            name: wave.name.clone(),
            status,
            verdict,
            counts,
            failed_percentage,
            tolerated_failure_percentage: wave.tolerated_failure_percentage,
            started_at,
            ended_at: results.iter().filter_map(|result| result.ended_at).max(),
            seconds: started_at.zip(last_usable(&all)).map(|(start, last)| between(start, last)),
            recovery_point: oldest(&all),
            rto: targets.time(status, &all),
            rpo: targets.age(status, &all),
            left: results.iter().map(RestoreResult::left_in_all).sum(),
        }
    }
}

/// How many failed, in percent. The counts are small enough for the division to be exact wherever
/// the percentage is a whole number.
fn percentage(failed: usize, restores: usize) -> f64 {
    let of = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
    if restores == 0 { 0.0 } else { of(failed) * 100.0 / of(restores) }
}

#[cfg(test)]
mod tests {
    use super::percentage;

    #[test]
    fn as_many_fail_as_are_tolerated_whatever_the_percentage() {
        for (failed, restores, tolerated) in
            [(29, 100, 29.0), (57, 100, 57.0), (29, 50, 58.0), (63, 180, 35.0), (63, 90, 70.0)]
        {
            assert!(percentage(failed, restores) <= tolerated, "{tolerated} % of {restores}");
            assert!(percentage(failed + 1, restores) > tolerated, "{tolerated} % of {restores}");
        }
    }
}
