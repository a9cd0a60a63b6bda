//! What became of a recovery: each restore accounted for, and what it comes to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::objective::{Targets, between};
use super::result::by_wave;
use super::{
    Counts, Ending, Ledger, LedgerWave, Objective, RestoreResult, Status, Unaccounted, WaveSummary,
};
use crate::id::{Label, PlanId, RecoveryId};
use crate::request::Mode;

/// What became of a recovery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What it comes to.
    pub summary: Summary,
    /// Each restore of the plan, once, in the plan's order.
    pub restores: Vec<RestoreOutcome>,
}

/// What a recovery comes to: small enough for the output of an execution and the detail of an
/// event, however many restores it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The id of the recovery.
    pub recovery_id: RecoveryId,
    /// The plan.
    pub plan_id: PlanId,
    /// What it was for.
    #[serde(default, skip_serializing_if = "Mode::is_default")]
    pub mode: Mode,
    /// Whether nothing was done beyond planning.
    pub dry_run: bool,
    /// How it ended.
    pub status: Status,
    /// When it was begun.
    pub started_at: Timestamp,
    /// When the last restore ended, its clean-up included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How its restores ended.
    pub counts: Counts,
    /// The time it took until all could be used, against its target (RTO).
    pub rto: Objective,
    /// The age that the restored data had when it was begun, against its target (RPO).
    pub rpo: Objective,
    /// How many things its restores made and did not remove.
    pub left: usize,
    /// Its waves.
    pub waves: Vec<WaveSummary>,
}

/// What became of one restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreOutcome {
    /// Its wave.
    pub wave: Label,
    /// Where the plan has it.
    pub path: String,
    /// What was told of it.
    #[serde(flatten)]
    pub result: RestoreResult,
    /// How long it took from its own start until the instance could be used, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// The time from the start of the recovery until the instance could be used, against the target
    /// of the whole (RTO).
    pub rto: Objective,
    /// The age of its data at the start of the recovery, against the target of the whole (RPO).
    pub rpo: Objective,
}

impl Outcome {
    /// Adds up the `results` of a recovery that was begun at `started_at`. A restore without a
    /// result was not begun.
    ///
    /// # Errors
    ///
    /// [`Unaccounted`], when there are results of restores that were not to be run, or two of one.
    pub fn of(
        ledger: &Ledger,
        started_at: Timestamp,
        results: Vec<RestoreResult>,
    ) -> Result<Self, Unaccounted> {
        let accounted = by_wave(ledger.waves.iter(), results)?;
        let targets = Targets::of(ledger, started_at);
        let waves: Vec<WaveSummary> = ledger
            .waves
            .iter()
            .zip(&accounted)
            .map(|(wave, results)| WaveSummary::sum(targets, wave, results))
            .collect();
        let status = status(&waves);
        let all: Vec<&RestoreResult> = accounted.iter().flatten().collect();
        let summary = Summary {
            recovery_id: ledger.recovery_id.clone(),
            plan_id: ledger.plan_id.clone(),
            mode: ledger.mode,
            dry_run: ledger.dry_run,
            status,
            started_at,
            ended_at: waves.iter().filter_map(|wave| wave.ended_at).max(),
            counts: waves.iter().fold(Counts::default(), |sum, wave| sum.and(wave.counts)),
            rto: targets.time(status, &all),
            rpo: targets.age(status, &all),
            left: waves.iter().map(|wave| wave.left).sum(),
            waves,
        };
        let restores = ledger.waves.iter().zip(accounted).flat_map(|(wave, results)| {
            let entries = wave.restores.iter().zip(results);
            entries
                .map(move |(entry, result)| RestoreOutcome::of(targets, wave, &entry.path, result))
        });
        Ok(Self { restores: restores.collect(), summary })
    }
}

impl RestoreOutcome {
    fn of(targets: Targets<'_>, wave: &LedgerWave, path: &str, result: RestoreResult) -> Self {
        let status = match result.ending {
            Ending::Succeeded => Status::Succeeded,
            Ending::Failed { .. } => Status::Failed,
            Ending::NotStarted => Status::NotStarted,
            Ending::Skipped => Status::Skipped,
        };
        let span = result.started_at.zip(result.usable_at());
        Self {
            wave: wave.name.clone(),
            path: path.to_owned(),
            seconds: span.map(|(start, end)| between(start, end)),
            rto: targets.time(status, &[&result]),
            rpo: targets.age(status, &[&result]),
            result,
        }
    }
}

/// How a recovery with these waves ended: as its worst wave.
fn status(waves: &[WaveSummary]) -> Status {
    let any = |status| waves.iter().any(|wave| wave.status == status);
    let run = waves.iter().filter(|wave| wave.status != Status::Skipped);
    if run.clone().all(|wave| wave.status == Status::NotStarted) {
        Status::NotStarted
    } else if any(Status::Failed) || any(Status::NotStarted) {
        Status::Failed
    } else if any(Status::Tolerated) {
        Status::Tolerated
    } else {
        Status::Succeeded
    }
}
