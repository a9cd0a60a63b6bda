//! What became of the restores of a recovery: each is accounted for once.

use jiff::Timestamp;
use restore::recovery::{
    Ending, Kept, Ledger, Outcome, RestoreResult, Summary, WaveSummary, left_behind,
};
use serde::{Deserialize, Serialize};
use step::{ErrorName, StepError};
use tracing::info;

use crate::results::{Child, each_child};
use crate::schedule::AllKnown;
use crate::{Layout, MapRun, Objects};

/// What became of a wave.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accounted {
    /// Whether the next one is begun, and how this one ended.
    pub summary: WaveSummary,
}

/// What became of the recovery.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reported {
    /// What it comes to.
    pub summary: Summary,
    /// The bucket of the object that has every restore.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

/// What a child that restored answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restored {
    #[serde(default)]
    left: Vec<String>,
    /// The instant of the data, where this run restored it and AWS tells.
    #[serde(default)]
    recovery_point: Option<Timestamp>,
    /// When the instance could be used, where this run brought it there.
    #[serde(default)]
    up_at: Option<Timestamp>,
    /// Of a drill, when all was looked at: what comes after is its tear-down.
    #[serde(default)]
    checked_at: Option<Timestamp>,
}

/// Adds up a wave whose groups have been run, of a recovery that was begun at `started_at`.
pub(crate) async fn wave(
    objects: &Objects,
    layout: &Layout,
    started_at: Timestamp,
    place: usize,
    groups: &[MapRun],
) -> Result<Accounted, StepError> {
    let ledger: Ledger = objects.read(&layout.ledger()).await?;
    let Some(wave) = ledger.waves.get(place) else {
        let message = format!("the recovery has no wave {place}");
        return Err(StepError::refused(ErrorName::Unexpected, message));
    };
    let mut known: AllKnown = objects.read(&layout.planned()).await?;
    let planned = objects.uri(&layout.planned());
    let mut results = Kept::of_wave(&ledger, wave);
    for entry in &wave.restores {
        if let Some(obstacle) = known.get_mut(&entry.restore_id).and_then(|it| it.obstacle.take()) {
            results.keep(obstacle, &planned);
        }
    }
    for group in groups {
        let each = each_child(objects, group, |child| {
            if child.has_begun() {
                let from = child.from.clone();
                results.keep(result(child, &known), &from);
            }
        });
        each.await?;
    }
    let results = results.into_results();
    let summary = WaveSummary::of(&ledger, wave, started_at, results.clone())
        .map_err(|error| StepError::refused(ErrorName::Unexpected, error.to_string()))?;
    objects.write(&layout.accounted(place), &results).await?;
    info!(wave = %summary.name, status = ?summary.status, "accounted for");
    Ok(Accounted { summary })
}

/// Adds up the recovery, and writes down what became of every restore: once, and never over anything.
/// Where it is written already, this step has run before, and its answer was lost.
pub(crate) async fn outcome(
    objects: &Objects,
    layout: &Layout,
    started_at: Timestamp,
    waves: &[usize],
) -> Result<Reported, StepError> {
    let ledger: Ledger = objects.read(&layout.ledger()).await?;
    let mut results = Vec::new();
    for wave in waves {
        results.extend(objects.read::<Vec<RestoreResult>>(&layout.accounted(*wave)).await?);
    }
    let outcome = Outcome::of(&ledger, started_at, results)
        .map_err(|error| StepError::refused(ErrorName::Unexpected, error.to_string()))?;
    let key = layout.outcome();
    objects.write_once(&key, &outcome).await?;
    info!(recovery = %ledger.recovery_id, status = ?outcome.summary.status, "reported");
    Ok(Reported { summary: outcome.summary, bucket: objects.bucket().to_owned(), key })
}

fn result(child: Child<Restored>, known: &AllKnown) -> RestoreResult {
    // What planning found may have grown older since; of what did not succeed nothing else is known.
    let recovery_point = match &child.answer {
        Some(restored) => restored.recovery_point,
        None => known.get(&child.restore_id).and_then(|known| known.recovery_point),
    };
    let up_at = child.answer.as_ref().and_then(|restored| restored.up_at);
    let found_finished = child.answer.is_some() && up_at.is_none();
    let checked_at = child.answer.as_ref().and_then(|restored| restored.checked_at);
    let (ending, left) = if let Some(restored) = child.answer {
        (Ending::Succeeded, restored.left)
    } else {
        let cause = child.cause.unwrap_or_default();
        let left = left_behind(&cause);
        (Ending::Failed { error: child.error.unwrap_or(child.status), cause }, left)
    };
    RestoreResult {
        restore_id: child.restore_id,
        ending,
        started_at: child.start_date,
        found_finished,
        up_at,
        checked_at,
        ended_at: child.stop_date,
        recovery_point,
        left,
        cut: None,
    }
}
