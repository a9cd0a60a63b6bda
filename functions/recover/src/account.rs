//! What became of the restores of a recovery: each is accounted for once.

use jiff::Timestamp;
use restore::recovery::{
    Ending, Ledger, Outcome, RestoreResult, Summary, WaveSummary, left_behind,
};
use serde::{Deserialize, Serialize};
use step::{ErrorName, StepError};
use tracing::info;

use crate::results::{Child, children};
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
    let known: AllKnown = objects.read(&layout.planned()).await?;
    let mut results: Vec<RestoreResult> = wave
        .restores
        .iter()
        .filter_map(|entry| known.get(&entry.restore_id)?.obstacle.clone())
        .collect();
    for group in groups {
        for child in children(objects, group).await?.iter().filter(|child| child.has_begun()) {
            results.push(result(child, &known)?);
        }
    }
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

fn result(child: &Child, known: &AllKnown) -> Result<RestoreResult, StepError> {
    let restore_id = child.restore_id()?;
    let restored: Option<Restored> = child.answer()?;
    let ending = match &restored {
        Some(_) => Ending::Succeeded,
        None => Ending::Failed {
            error: child.error.clone().unwrap_or_else(|| child.status.clone()),
            cause: child.cause.clone().unwrap_or_default(),
        },
    };
    // What planning found may have grown older since; of what did not succeed nothing else is known.
    let recovery_point = match &restored {
        Some(restored) => restored.recovery_point,
        None => known.get(&restore_id).and_then(|known| known.recovery_point),
    };
    Ok(RestoreResult {
        ending,
        started_at: child.start_date,
        up_at: restored.as_ref().and_then(|it| it.up_at),
        checked_at: restored.as_ref().and_then(|it| it.checked_at),
        ended_at: child.stop_date,
        recovery_point,
        left: match restored {
            Some(restored) => restored.left,
            None => left_behind(child.cause.as_deref().unwrap_or_default()),
        },
        restore_id,
    })
}
